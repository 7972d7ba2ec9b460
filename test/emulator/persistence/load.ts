import { SignedClient } from '../concurrency/signed-client.ts';
import type { Store } from '../../../emulator/store/index.ts';
import type { Chance } from './random-changes.ts';

const ACCOUNT = 'devstoreaccount1';
const SHARE = 'load';
const PAGES = 40;
const PAGE_BYTES = 512;

/** When the answer to each step of a writer came, and how many steps were sent. Steps are numbered from 0. */
export type Writer = { readonly name: string; sent: number; readonly answeredAtMs: number[] };

/** A snapshot and how far each writer was, at least and at most, when it was taken. */
export type TakenSnapshot = {
  readonly at: string;
  readonly answeredAtMs: number;
  readonly bounds: ReadonlyMap<string, { readonly least: number; readonly most: number }>;
};

/** What a writer's part of the tree holds after its first `steps` steps: names of entries, and the number in each page. */
function expectedAfter(steps: number): { names: Set<string>; pages: number[] } {
  const names = new Set<string>();
  const pages = Array.from({ length: PAGES }, () => 0);
  for (let step = 0; step < steps; step += 1) {
    if (step % 4 === 0) names.add(`e${step}`);
    if (step % 4 === 1) pages[step % PAGES] = step;
    if (step % 4 === 2 && names.delete(`e${step - 2}`)) names.add(`r${step - 2}`);
    if (step % 4 === 3) names.delete(`r${step - 43}`);
  }
  return { names, pages };
}

type Call = Parameters<SignedClient['call']>;

/** Step by step: make an entry, write a page, rename the entry, delete an older one. */
function callOf(writer: string, step: number): Call {
  const base = `/${ACCOUNT}/${SHARE}/${writer}`;
  if (step % 4 === 0) {
    return ['PUT', `${base}/e${step}`, { headers: { 'x-ms-type': 'file', 'x-ms-content-length': '10' } }];
  }
  if (step % 4 === 1) {
    const start = (step % PAGES) * PAGE_BYTES;
    const headers = { 'x-ms-write': 'update', 'x-ms-range': `bytes=${start}-${start + PAGE_BYTES - 1}` };
    const body = Buffer.alloc(PAGE_BYTES, step % 256);
    body.writeUInt32LE(step);
    return ['PUT', `${base}/pages?comp=range`, { headers, body }];
  }
  if (step % 4 === 2) {
    const source = `http://127.0.0.1${base}/e${step - 2}`;
    return ['PUT', `${base}/r${step - 2}?comp=rename`, { headers: { 'x-ms-file-rename-source': source } }];
  }
  return ['DELETE', `${base}/r${step - 43}`];
}

/** Writers and a taker of snapshots that go on until their connection breaks. */
export class Load {
  readonly writers: readonly Writer[];
  readonly snapshots: TakenSnapshot[] = [];

  constructor(writers: number) {
    this.writers = Array.from({ length: writers }, (_, index) => ({ name: `w${index}`, sent: 0, answeredAtMs: [] }));
  }

  async prepare(port: number): Promise<void> {
    const client = new SignedClient(port);
    await client.call('PUT', `/${ACCOUNT}/${SHARE}?restype=share`);
    for (const { name } of this.writers) {
      const size = String(PAGES * PAGE_BYTES);
      await client.call('PUT', `/${ACCOUNT}/${SHARE}/${name}?restype=directory`);
      const headers = { 'x-ms-type': 'file', 'x-ms-content-length': size };
      await client.call('PUT', `/${ACCOUNT}/${SHARE}/${name}/pages`, { headers });
    }
    client.close();
  }

  /** Resolves when every connection is broken. @throws Error for an answer that no step should get */
  async run(port: number, chance: Chance): Promise<void> {
    await Promise.all([...this.writers.map((writer) => this.write(port, writer)), this.takeSnapshots(port, chance)]);
  }

  private async write(port: number, writer: Writer): Promise<void> {
    const client = new SignedClient(port);
    for (;;) {
      const step = writer.sent;
      writer.sent += 1;
      const answer = await client.call(...callOf(writer.name, step)).catch(() => undefined);
      if (answer === undefined) return client.close();
      const isExpected = answer.status < 300 || (step % 4 === 3 && answer.status === 404);
      if (!isExpected) throw new Error(`Step ${step} of ${writer.name}: ${answer.status} ${answer.code}`);
      writer.answeredAtMs[step] = Date.now();
    }
  }

  private async takeSnapshots(port: number, chance: Chance): Promise<void> {
    const client = new SignedClient(port);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20 + chance(150)));
      const least = new Map(this.writers.map((writer) => [writer.name, writer.answeredAtMs.length]));
      const answer = await client
        .call('PUT', `/${ACCOUNT}/${SHARE}?restype=share&comp=snapshot`)
        .catch(() => undefined);
      if (answer === undefined) return client.close();
      if (answer.status !== 201) throw new Error(`Snapshot: ${answer.status} ${answer.code}`);
      const bounds = new Map(
        this.writers.map(({ name, sent }) => [name, { least: least.get(name) ?? 0, most: sent }] as const),
      );
      this.snapshots.push({ at: String(answer.headers['x-ms-snapshot']), answeredAtMs: Date.now(), bounds });
    }
  }

  /** Goes on from what is there: forgets the steps that were lost. */
  resumeAt(steps: ReadonlyMap<string, number>, snapshots: readonly string[]): void {
    for (const writer of this.writers) {
      writer.sent = steps.get(writer.name) ?? 0;
      writer.answeredAtMs.length = writer.sent;
    }
    const there = this.snapshots.filter(({ at }) => snapshots.includes(at));
    this.snapshots.splice(0, this.snapshots.length, ...there);
  }
}

export const loadedShare = { account: ACCOUNT, share: SHARE };

/**
 * After how many steps a writer's part looks as it does. Undefined if it looks as it never did: a step half done, or done
 * without one before it.
 */
export function stepsSeen(store: Store, writer: Writer, snapshot?: string): number | undefined {
  const directory = { ...loadedShare, snapshot, path: writer.name };
  const names = new Set<string>();
  let marker: string | undefined;
  do {
    const page = store.directories.list(directory, { marker });
    page.entries.forEach(({ name }) => names.add(name));
    marker = page.nextMarker;
  } while (marker !== '');
  names.delete('pages');
  const content = Buffer.from(
    store.files.open({ ...directory, path: `${writer.name}/pages` }).read(0, PAGES * PAGE_BYTES),
  );
  const pages = Array.from({ length: PAGES }, (_, index) => content.readUInt32LE(index * PAGE_BYTES));
  const newest = Math.max(...pages, ...[...names].map((name) => Number(name.slice(1))));
  // Steps that leave no newer number: a rename, a deletion.
  for (let steps = newest; steps <= newest + 4; steps += 1) {
    const expected = expectedAfter(steps);
    const hasSameNames = expected.names.size === names.size && [...names].every((name) => expected.names.has(name));
    if (hasSameNames && expected.pages.join() === pages.join()) return steps;
  }
  return undefined;
}
