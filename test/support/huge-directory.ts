/** A directory of very many names, most of them backed up, and one run over it in a process whose memory is limited. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FilesEmulator, startFilesEmulator } from '../../emulator/index.ts';
import type { HugeRunResult, HugeRunSettings } from './huge-run.ts';

export interface HugeDirectory {
  /** On both sides, equal. */
  readonly held: number;
  /** On the source alone; their names sort before the others. */
  readonly fresh: number;
  /** `listingOrder` of the emulator. */
  readonly order: string;
  readonly margins?: HugeRunSettings['margins'];
  /** Of the process's heap. */
  readonly heapMebibytes: number;
}

const source = { account: 'devstoreaccount1', share: 'source' };
const destination = { account: 'devstoreaccount2', share: 'vault' };
const moment = '2020-01-02T03:04:05.0000006Z';
const times = { creationTime: moment, lastWriteTime: moment, changeTime: moment };
const execute = promisify(execFile);

export async function runOverHugeDirectory(of: HugeDirectory): Promise<HugeRunResult & { emulator: FilesEmulator }> {
  const folder = mkdtempSync(join(tmpdir(), 'farshare-huge-'));
  const emulator = await startFilesEmulator({ switches: { listingOrder: of.order } });
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
    emulator.stats.reset();
    return { ...(await run({})), emulator };
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface HugeChild {
  readonly emulator: FilesEmulator;
  readonly folder: string;
  readonly of: HugeDirectory;
  readonly job: object;
}

function fill(store: FilesEmulator['store'], { held, fresh }: HugeDirectory): void {
  for (const share of [source, destination]) store.directories.create({ ...share, path: 'crowd' }, times);
  const make = (share: typeof source, name: string): void => {
    const ref = { ...share, path: `crowd/${name}` };
    store.files.create(ref, { sizeBytes: 10, ...times, attributes: 'Archive' });
  };
  const number = (n: number): string => String(n).padStart(8, '0');
  for (let n = 0; n < held; n += 1) for (const share of [source, destination]) make(share, `file-${number(n)}.dat`);
  for (let n = 0; n < fresh; n += 1) make(source, `!new-${number(n)}.dat`);
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
    [heap, '--disable-warning=ExperimentalWarning', script, JSON.stringify(settings)],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as HugeRunResult;
}
