import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import { startLocalHost } from '../../../local-host/index.ts';
import type { LocalHost, LocalHostOptions } from '../../../local-host/index.ts';
import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';

export const fixtureAppRoot = join(import.meta.dirname, 'fixture-app');

/** The fixture app's surroundings: storage, settings, and the folder where its functions record what they did. */
export interface Fixture {
  azurite: Azurite;
  directory: string;
  settings: Record<string, string>;
  logs: string[];
  queue(name: string): QueueClient;
  /** Starts one more host; all are stopped by `stop`. */
  startHost(options?: Partial<LocalHostOptions>): Promise<LocalHost>;
  records<T = Record<string, unknown>>(name: string): Promise<T[]>;
  stop(): Promise<void>;
}

export async function startFixture(): Promise<Fixture> {
  const azurite = await startAzurite();
  const directory = await mkdtemp(join(tmpdir(), 'local-host-'));
  const hosts: LocalHost[] = [];
  const logs: string[] = [];
  const settings = {
    AzureWebJobsStorage: azurite.connectionString,
    AzureWebJobsFixture: azurite.connectionString,
    ECHO_QUEUE: 'echo-in',
    EACH_SECOND: '* * * * * *',
    FIXTURE_RECORDS: directory,
  };
  const defaults = { appRoot: fixtureAppRoot, port: 0, stateDir: directory, settings };
  return {
    azurite,
    directory,
    settings,
    logs,
    queue: (name) => QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(name),
    async startHost(options = {}) {
      const host = await startLocalHost({ ...defaults, log: (line) => logs.push(line), ...options });
      hosts.push(host);
      return host;
    },
    records: (name) => readRecords(directory, name),
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      await azurite.stop();
      await rm(directory, { recursive: true });
    },
  };
}

async function readRecords<T>(directory: string, name: string): Promise<T[]> {
  const text = await readFile(join(directory, `${name}.jsonl`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Waits for a condition of the outside world; the test's own time limit ends a wait in vain. */
export async function until<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    await sleep(50);
  }
}

export function toBase64(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
}
