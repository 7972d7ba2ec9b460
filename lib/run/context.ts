import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { AccessFacts, RequestCounts } from '../model/index.ts';
import type { Margins } from './margins.ts';
import type {
  AccountInspector,
  Clock,
  MessageQueues,
  RequestMeter,
  ShareOpener,
  StateStore,
  Telemetry,
  WebhookSender,
} from './ports.ts';

/** Everything a step acts through. Built once per process, in compose.ts. */
export interface RunContext {
  readonly clock: Clock;
  readonly state: StateStore;
  readonly queues: MessageQueues;
  readonly shares: ShareOpener;
  readonly telemetry: Telemetry;
  /** Who is told of runs; nobody when absent. */
  readonly webhooks?: WebhookSender;
  readonly margins: Margins;
  /** Names this deployment in the metadata of its snapshots. */
  readonly deployment: string;
  /** `separate`: another identity deletes snapshots and ends their leases, this process never. Absent: it does. */
  readonly pruning?: 'app' | 'separate';
  /** What is known of the accounts beside their shares; for `check`. */
  readonly accounts?: {
    readonly access: Readonly<Record<string, AccessFacts>>;
    readonly inspector: AccountInspector;
  };
  /** Aborted when the process is to end soon: turns give the rest of their work back. */
  readonly stopping?: AbortSignal;
}

export const newId = (): string => randomUUID();
/** In [0, 1). */
export const randomFraction = (): number => randomInt(2 ** 32) / 2 ** 32;
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** A name-based UUID (RFC 9562, version 5), so that the same owner asks for the same lease id whenever it comes back. */
export function uuid5(...parts: readonly string[]): string {
  const namespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
  const hash = createHash('sha1').update(namespace).update(parts.join('\n')).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Adds every attempt to the counts it is given. */
export const meterInto = (counts: () => RequestCounts): RequestMeter => ({
  record: (operation) => {
    const target = counts();
    target[operation] = (target[operation] ?? 0) + 1;
  },
});
