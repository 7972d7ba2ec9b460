import { BlobServiceClient } from '@azure/storage-blob';
import type { BlobLeaseClient, BlockBlobClient } from '@azure/storage-blob';
import { retryOptions } from './storage-retries.ts';

/** The schedule monitor's record, as handlers see it (the library lower-cases the first letters). */
export interface ScheduleStatus {
  Last: string;
  Next: string;
  LastUpdated: string;
}

/** .NET's DateTimeOffset default: "never". */
export const never = '0001-01-01T00:00:00+00:00';

/** Instants are written the way the real host writes them. */
export function timestamp(instant: Date): string {
  return instant.toISOString().replace('Z', '+00:00');
}

/** The real host's listener lock: a dead host's timers go on elsewhere after so long. */
const leaseSeconds = 15;

/**
 * One timer's record in the blob container `azure-webjobs-hosts`. The blob's lease is the singleton lock: whoever holds
 * it fires the timer, and nobody else can write the record.
 */
export class TimerStatusBlob {
  readonly #service: BlobServiceClient;
  readonly #blob: BlockBlobClient;
  readonly #lease: BlobLeaseClient;

  constructor(connectionString: string, hostId: string, functionName: string) {
    this.#service = BlobServiceClient.fromConnectionString(connectionString, { retryOptions });
    this.#blob = this.#service
      .getContainerClient('azure-webjobs-hosts')
      .getBlockBlobClient(`timers/${hostId}/Host.Functions.${functionName}/status`);
    this.#lease = this.#blob.getBlobLeaseClient();
  }

  /** True when this host has the lock now; false when another one has it. */
  async acquire(): Promise<boolean> {
    await this.#createIfMissing();
    return unlessConflict(() => this.#lease.acquireLease(leaseSeconds));
  }

  /** Renews the lock; false when it was lost meanwhile. */
  async renew(): Promise<boolean> {
    return unlessConflict(() => this.#lease.renewLease());
  }

  /** Gives the lock to whoever asks next. */
  async release(): Promise<void> {
    await unlessConflict(() => this.#lease.releaseLease());
  }

  /** The record, undefined while there is none. */
  async read(): Promise<ScheduleStatus | undefined> {
    const text = (await this.#blob.downloadToBuffer()).toString();
    return text === '' ? undefined : (JSON.parse(text) as ScheduleStatus);
  }

  /** Writes the record; false when the lock was lost. */
  async write(status: ScheduleStatus): Promise<boolean> {
    const text = JSON.stringify(status);
    const conditions = { leaseId: this.#lease.leaseId };
    return unlessConflict(() => this.#blob.upload(text, Buffer.byteLength(text), { conditions }));
  }

  async #createIfMissing(): Promise<void> {
    if (await this.#blob.exists()) return;
    await this.#service.getContainerClient('azure-webjobs-hosts').createIfNotExists();
    await unlessConflict(() => this.#blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }));
  }
}

/** 409 and 412 mean that another host holds, or has taken, what was asked for. */
async function unlessConflict(request: () => Promise<unknown>): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === 409 || statusCode === 412) return false;
    throw error;
  }
}
