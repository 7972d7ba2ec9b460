/** A Files emulator by its URL and its control endpoints: it may run in any process. */
import { ShareClient } from '@azure/storage-file-share';
import { DEFAULT_ACCOUNT_KEY } from '../../emulator/index.ts';
import type { Fault } from '../../emulator/faults.ts';

export const sourceAccount = 'devstoreaccount1';
export const destinationAccount = 'devstoreaccount2';

export interface TreeSpec {
  readonly share: string;
  readonly files: number;
  readonly filesPerDirectory: number;
  readonly depth?: number;
  readonly sizeBytes: number;
  readonly path?: string;
}

/** Requests by operation, all statuses together. */
export type Requests = Record<string, number>;

type StatsDocument = { accounts: Record<string, Record<string, Record<string, number>>>; bytesCopied: number };

export class EmulatorControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  connectionString(account: string): string {
    const key = `AccountName=${account};AccountKey=${DEFAULT_ACCOUNT_KEY}`;
    return `DefaultEndpointsProtocol=http;${key};FileEndpoint=${this.url}/${account};`;
  }

  share(account: string, name: string): ShareClient {
    return new ShareClient(this.connectionString(account), name, { allowTrailingDot: true });
  }

  /** Grows a tree at the source account; answers what it then holds more. */
  async growTree(spec: TreeSpec): Promise<{ files: number; directories: number; bytes: number }> {
    return this.#ask('POST', 'tree', { account: sourceAccount, path: '', depth: 1, seed: 7, ...spec });
  }

  async resetRequests(): Promise<void> {
    await this.#ask('POST', 'stats/reset');
  }

  /** Requests of one account since the last reset. */
  async requests(account: string): Promise<Requests> {
    const { accounts } = await this.#ask<StatsDocument>('GET', 'stats');
    const operations = Object.entries(accounts[account] ?? {});
    return Object.fromEntries(
      operations.map(([name, statuses]) => [name, Object.values(statuses).reduce((sum, count) => sum + count, 0)]),
    );
  }

  async setFaults(faults: readonly Fault[]): Promise<void> {
    await this.#ask('POST', 'faults', faults);
  }

  /** How often each fault of the script has fired. */
  async fired(): Promise<number[]> {
    const script = await this.#ask<{ fired: number }[]>('GET', 'faults');
    return script.map(({ fired }) => fired);
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
  }

  async #ask<Answer>(method: string, path: string, document?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}/_emulator/${path}`, {
      method,
      ...(document === undefined ? {} : { body: JSON.stringify(document) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text) as Answer;
  }
}

/** Requests that change something at the account they are sent to. */
export const writesIn = (requests: Requests): string[] =>
  Object.keys(requests).filter((name) => /^(?:Abort|Copy|Create|Delete|Put|Rename|Set|Undelete)/u.test(name));
