/** A directory of very many names, most of them backed up, and one run over it in a process whose memory is limited. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FilesEmulator, startFilesEmulator } from '../../emulator/index.ts';
import type { RunReport } from '../../lib/model/index.ts';
import type { EntryRef } from './engine-tree.ts';
import type { HugeRunResult, HugeRunSettings } from './huge-run.ts';

export interface HugeDirectory {
  /** On both sides, equal. */
  readonly held: number;
  /** On the source alone; their names sort before the others. */
  readonly fresh: number;
  /** `listingOrder` of the emulator. */
  readonly order: string;
  /** Characters that each name is made longer by. */
  readonly longerBy?: number;
  /** Of the listings; 5,000 when absent. */
  readonly pageSize?: number;
  readonly margins?: HugeRunSettings['margins'];
  /** Of the process's heap. */
  readonly heapMebibytes: number;
}

const source = { account: 'devstoreaccount1', share: 'source' };
const destination = { account: 'devstoreaccount2', share: 'vault' };
const moment = '2020-01-02T03:04:05.0000006Z';
const times = { creationTime: moment, lastWriteTime: moment, changeTime: moment };
const execute = promisify(execFile);

export interface HugeResult extends HugeRunResult {
  readonly emulator: FilesEmulator;
  /** Names of the directory that the restore point lacks, has besides or has otherwise than the source snapshot; the first ten. */
  readonly differences: readonly string[];
}

export async function runOverHugeDirectory(of: HugeDirectory): Promise<HugeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'farshare-huge-'));
  const emulator = await startFilesEmulator({
    switches: { listingOrder: of.order, ...(of.pageSize && { listingPageSize: of.pageSize }) },
  });
  try {
    const { store } = emulator;
    store.shares.create(source, { quota: 100 });
    store.shares.create(destination, { quota: 100 });
    fill(store, of);
    // The service shows whole seconds: what was there before the first snapshot must be seen to have been.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const run = (job: object): Promise<HugeRunResult> => runInChild({ emulator, folder, of, job });
    const { report } = await run({ exclude: ['crowd'], adopt: true });
    if (report.status !== 'succeeded') throw new Error(JSON.stringify(report));
    takeForSelected(store);
    emulator.stats.reset();
    const result = await run({});
    return { ...result, emulator, differences: differencesOf(store, result.report) };
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The point as if its run had not left out the names: they are equal, and comparing them once more would take as long as the run. */
function takeForSelected({ snapshots, shares, leases }: FilesEmulator['store']): void {
  for (const snapshot of snapshots.list(destination)) {
    const point = { ...destination, snapshot };
    const { metadata, lease } = shares.getProperties(point);
    const { farshare_selection: _selection, ...others } = metadata;
    if (lease.state === 'leased') leases.break(point, { breakPeriodSeconds: 0 });
    shares.delete(point);
    snapshots.create(destination, { metadata: others });
  }
}

interface HugeChild {
  readonly emulator: FilesEmulator;
  readonly folder: string;
  readonly of: HugeDirectory;
  readonly job: object;
}

function fill(store: FilesEmulator['store'], { held, fresh, longerBy = 0 }: HugeDirectory): void {
  for (const share of [source, destination]) store.directories.create({ ...share, path: 'crowd' }, times);
  const make = (share: typeof source, name: string): void => {
    const ref = { ...share, path: `crowd/${name}` };
    const content = Buffer.from(name.slice(-10));
    store.files.create(ref, { sizeBytes: content.length, content, ...times, attributes: 'Archive' });
  };
  const number = (n: number): string => `${String(n).padStart(8, '0')}${'n'.repeat(longerBy)}`;
  for (let n = 0; n < held; n += 1) for (const share of [source, destination]) make(share, `file-${number(n)}.dat`);
  for (let n = 0; n < fresh; n += 1) make(source, `!new-${number(n)}.dat`);
}

/** Both sides by the emulator's store, in its order: name, size, attributes, times, descriptor and content of each. */
function differencesOf(store: FilesEmulator['store'], { sourceSnapshot, restorePoint }: RunReport): string[] {
  const left = told(store, { ...source, path: 'crowd', snapshot: sourceSnapshot ?? '' });
  const right = told(store, { ...destination, path: 'crowd', snapshot: restorePoint ?? '' });
  const differences: string[] = [];
  while (differences.length < 10) {
    const [one, other] = [left.next(), right.next()];
    if (one.done === true && other.done === true) break;
    if (one.value !== other.value) differences.push(`${one.value ?? 'nothing'} and ${other.value ?? 'nothing'}`);
  }
  return differences;
}

function* told(store: FilesEmulator['store'], at: EntryRef): Generator<string, undefined> {
  for (let marker: string | undefined; marker !== '';) {
    const page = store.directories.list(at, { marker });
    for (const { name, ...file } of page.entries) {
      const reader = store.files.open({ ...at, path: `${at.path}/${name}` });
      const content = Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString();
      // Permissions belong to the live share.
      const { permission } = store.permissions.get({ account: at.account, share: at.share }, file.permissionKey);
      yield JSON.stringify([
        name,
        content,
        file.attributes,
        file.creationTime,
        file.lastWriteTime,
        file.changeTime,
        permission,
      ]);
    }
    marker = page.nextMarker;
  }
  return undefined;
}

async function runInChild({ emulator, folder, of, job }: HugeChild): Promise<HugeRunResult> {
  const settings: HugeRunSettings = {
    configuration: {
      accounts: {
        production: { connectionString: emulator.connectionString(source.account) },
        vault: { connectionString: emulator.connectionString(destination.account) },
      },
      jobs: [
        {
          name: 'huge',
          source: { account: 'production', share: source.share },
          destinations: [{ name: 'west', account: 'vault', share: destination.share }],
          verify: { samplePercent: 0 },
          ...job,
        },
      ],
    },
    stateFile: join(folder, 'state.sqlite'),
    margins: of.margins ?? {},
  };
  const heap = `--max-old-space-size=${of.heapMebibytes}`;
  const script = join(import.meta.dirname, 'huge-run.ts');
  const { stdout } = await execute(
    process.execPath,
    [heap, '--expose-gc', '--disable-warning=ExperimentalWarning', script, JSON.stringify(settings)],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as HugeRunResult;
}
