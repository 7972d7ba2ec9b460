/** A restore to a folder of this machine: the one kind whose content passes through this process. */
import { asFarshareError } from '../errors.ts';
import {
  type DirectoryTask,
  emptyTally,
  type Entry,
  type Failure,
  type FileEntry,
  type JobConfig,
  joinPath,
  type RestoreRequest,
  restoreRequestSchema,
  type RunReport,
  type SharePath,
} from '../model/index.ts';
import {
  compilePatterns,
  copyRanges,
  hashDated,
  type HashPass,
  type IsNewerBeneath,
  type Patterns,
  rangeLimitBytes,
  splitPass,
} from '../plan/index.ts';
import { meterInto, type RunContext } from './context.ts';
import { isFileNewerBeneath } from './dated-versions.ts';
import { findRestorePoint, type FoundPoint } from './find-restore-source.ts';
import { ListingReader } from './listing-reader.ts';
import { besideName } from './name-beside.ts';
import type { HeldFile, LocalFolder, SharePort } from './ports.ts';
import { pathOf, snapshotTimeMs } from './snapshots.ts';
import { normalPattern } from './start-restore.ts';
import { runIdFor } from './start-run.ts';
import { WorkPool } from './work-pool.ts';

export interface DownloadOptions {
  readonly jobs: readonly JobConfig[];
  readonly request: Pick<RestoreRequest, 'from' | 'point' | 'paths' | 'onConflict'>;
  readonly folder: LocalFolder;
  /** The folder's, for the report. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onProgress: (report: RunReport) => void;
}

const filesAtOnce = 8;
const mostFailures = 10_000;
/** Names tried beside one that is taken. */
const mostNames = 9;

const isSame = (held: HeldFile | undefined, sizeBytes: number, lastWriteMs: number): boolean =>
  held?.isFile === true && held.sizeBytes === sizeBytes && held.lastWriteMs === lastWriteMs;

export async function downloadPoint(context: RunContext, options: DownloadOptions): Promise<RunReport> {
  const request = restoreRequestSchema.parse(options.request);
  const found = await findRestorePoint(context, options.jobs, request);
  return new Download(context, options, found).run();
}

class Download {
  readonly #context: RunContext;
  readonly #options: DownloadOptions;
  readonly #found: FoundPoint;
  readonly #source: SharePort;
  readonly #patterns: Patterns;
  readonly #tally = emptyTally();
  readonly #failures: Failure[] = [];
  readonly #pool = new WorkPool(filesAtOnce);
  readonly #startedAtMs: number;
  readonly #runId: string;
  readonly #directories: { readonly path: SharePath; readonly lastWriteMs: number }[] = [];

  constructor(context: RunContext, options: DownloadOptions, found: FoundPoint) {
    this.#context = context;
    this.#options = options;
    this.#found = found;
    this.#startedAtMs = context.clock.now();
    this.#runId = runIdFor(found.point.metadata['farshare_job'] ?? '', 'download', this.#startedAtMs);
    this.#source = context.shares.open(found.place, {
      meter: meterInto(() => this.#tally.source),
      signal: options.signal,
    });
    const include = (options.request.paths ?? []).map(normalPattern);
    this.#patterns = compilePatterns(include.length === 0 ? ['**'] : include, []);
  }

  async run(): Promise<RunReport> {
    const { folder, signal } = this.#options;
    await folder.makeDirectory([]);
    const waiting: DirectoryTask[] = [{ path: '', side: 'source' }];
    for (let task = waiting.pop(); task !== undefined && !signal.aborted; task = waiting.pop()) {
      const { path } = task;
      await this.#guarded(path, async () => {
        for await (const entries of this.#list(task)) await this.#take(path, entries, waiting);
      });
      this.#options.onProgress(this.#report('running'));
    }
    await this.#pool.drain();
    // Deepest first: what is made in a directory moves its time.
    for (const { path, lastWriteMs } of this.#directories.toReversed()) {
      await folder.setTimes(path.split('/'), lastWriteMs).catch(() => undefined);
    }
    const { counts } = this.#tally;
    if (counts.files + counts.directories === 0 && (this.#options.request.paths ?? []).length > 0) {
      this.#fail({ path: '', operation: '', code: 'PathNotFound', message: 'Nothing in the restore point matches.' });
    }
    return this.#report(this.#failures.length === 0 && !signal.aborted ? 'succeeded' : 'failed');
  }

  async *#list({ path, dates }: DirectoryTask): AsyncIterable<readonly Entry[]> {
    const reader = (at: SharePath): ListingReader =>
      new ListingReader(this.#source, joinPath(pathOf(this.#found.point), at), {
        snapshot: this.#found.point.snapshot,
        wanted: true,
        resume: undefined,
        ordered: false,
      });
    if (this.#found.point.metadata['farshare_mode'] !== 'dated') return yield* reader(path).pages();
    const all = dates ?? (await this.#allDates(reader('')));
    const at = (date: string, name: string): SharePath => joinPath(joinPath(date, path), name);
    const isNewer: IsNewerBeneath = (directories, thanMs) => {
      const paths = directories.map(({ date, name }) => at(date, name));
      return isFileNewerBeneath(paths, thanMs, (one) => reader(one).pages());
    };
    const mostEntries = this.#context.margins.entriesHeld;
    const passes: HashPass[] = [{ index: 0, of: 1 }];
    for (let pass = passes.pop(); pass !== undefined; pass = passes.pop()) {
      const pages = new Map(all.map((date) => [date, reader(at(date, '')).pages()]));
      const names = await hashDated(pages, isNewer, { pass, after: '', mostEntries });
      if (names.kind === 'entries') {
        yield names.entries;
        // As in `pairsInPasses`: none of it is held while the next pass is listed.
        names.entries.length = 0;
      } else passes.push(...splitPass(pass, names.versions, mostEntries));
    }
  }

  async #allDates(root: ListingReader): Promise<string[]> {
    const names: string[] = [];
    for await (const entries of root.pages()) names.push(...entries.map(({ name }) => name));
    return names.filter((name) => /^\d{4}-\d{2}-\d{2}$/u.test(name));
  }

  async #take(directory: SharePath, entries: readonly Entry[], waiting: DirectoryTask[]): Promise<void> {
    for (const entry of entries) {
      if (this.#options.signal.aborted) return;
      const path = joinPath(directory, entry.name);
      if (entry.kind === 'file') {
        if (!this.#patterns.file(path)) continue;
        await this.#pool.add(() => this.#guarded(path, () => this.#file(path, entry), true));
        continue;
      }
      const taken = this.#patterns.directory(path);
      if (taken === 'none') continue;
      this.#tally.counts.directories += 1;
      if (taken === 'all') await this.#guarded(path, () => this.#directory(path, entry));
      waiting.push({ path, side: 'source', ...(entry.dates && { dates: [...entry.dates] }) });
    }
  }

  async #directory(path: SharePath, entry: Entry): Promise<void> {
    await this.#options.folder.makeDirectory(path.split('/'));
    this.#directories.push({ path, lastWriteMs: Date.parse(entry.times.lastWrite) });
  }

  async #file(path: SharePath, entry: FileEntry): Promise<void> {
    const { counts } = this.#tally;
    counts.files += 1;
    this.#tally.bytesScanned += entry.sizeBytes;
    const { to, need, isBeside } = await this.#placeFor(path, entry);
    if (need === 'nothing') return void (counts.unchanged += 1);
    const { sizeBytes, times } = entry;
    const lastWriteMs = Date.parse(times.lastWrite);
    await this.#options.folder.write(to, { sizeBytes, lastWriteMs, pieces: this.#read(path, entry) });
    counts.copied += 1;
    if (isBeside) this.#tally.besides += 1;
  }

  /** Where a file goes, by the rule for names that are taken. */
  async #placeFor(path: SharePath, entry: FileEntry) {
    const { folder, request } = this.#options;
    const lastWriteMs = Date.parse(entry.times.lastWrite);
    for (let number = 0; ; number += 1) {
      const to = (number === 0 ? path : besideName(path, this.#time, number)).split('/');
      const held = await folder.look(to);
      const isFree = held === undefined || (request.onConflict === 'overwrite' && held.isFile);
      if (isSame(held, entry.sizeBytes, lastWriteMs)) return { to, need: 'nothing', isBeside: false };
      if (isFree) return { to, need: 'write', isBeside: number > 0 };
      if (request.onConflict === 'rename' && number < mostNames) continue;
      this.#tally.skipped += 1;
      return { to, need: 'nothing', isBeside: false };
    }
  }

  get #time(): string {
    return new Date(snapshotTimeMs(this.#found.point)).toISOString();
  }

  async *#read(path: SharePath, entry: FileEntry): AsyncIterable<{ start: number; bytes: Uint8Array }> {
    const { snapshot } = this.#found.point;
    const read = entry.dates?.[0] === undefined ? path : joinPath(entry.dates[0], path);
    const at = joinPath(pathOf(this.#found.point), read);
    const whole = [{ start: 0, end: entry.sizeBytes }];
    const allocated = entry.sizeBytes <= rangeLimitBytes ? whole : await this.#source.listRanges(at, { snapshot });
    for (const range of copyRanges(entry.sizeBytes, allocated)) {
      this.#options.signal.throwIfAborted();
      const bytes = await this.#source.getBytes(at, { snapshot, range });
      if (bytes === undefined) throw new Error('The file is not in the restore point any more.');
      this.#tally.bytesCopied += bytes.length;
      yield { start: range.start, bytes };
    }
  }

  /** One entry that cannot be had keeps no other from being downloaded; a full disk does. */
  async #guarded(path: SharePath, work: () => Promise<void>, isFile = false): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#options.signal.aborted) return;
      const { code: errno } = error as NodeJS.ErrnoException;
      const { disposition, code, message, operation } = asFarshareError(error);
      const isLocal = error instanceof Error && typeof errno === 'string' && disposition === 'bug';
      if (errno === 'ENOSPC' || (!isLocal && disposition !== 'entry')) throw error;
      if (isFile) this.#tally.counts.failed += 1;
      this.#fail({ path, operation: operation ?? '', code: isLocal ? errno : code, message });
    }
  }

  #fail(failure: Failure): void {
    if (this.#failures.length < mostFailures) this.#failures.push(failure);
  }

  #report(status: RunReport['status']): RunReport {
    const { point, place, asked } = this.#found;
    const { counts, source, bytesScanned, bytesCopied, skipped, besides } = this.#tally;
    const job = point.metadata['farshare_job'] ?? '';
    const requests = { ...asked.source };
    for (const [name, count] of Object.entries(source)) requests[name] = (requests[name] ?? 0) + count;
    const total = Object.values(requests).reduce((a, b) => a + b, 0);
    return {
      runId: this.#runId,
      kind: 'restore',
      job,
      destination: point.metadata['farshare_destination'] ?? '',
      mode: point.metadata['farshare_mode'] === 'dated' ? 'dated' : 'mirror',
      dryRun: false,
      status,
      sourceSnapshot: point.snapshot,
      restorePoint: null,
      startedAt: new Date(this.#startedAtMs).toISOString(),
      endedAt: status === 'running' ? null : new Date(this.#context.clock.now()).toISOString(),
      counts: { ...counts },
      bytes: { scanned: bytesScanned, copied: bytesCopied },
      requests: { source: requests, destination: {}, verification: 0, floor: total, total },
      failures: this.#failures.slice(0, 100),
      restore: {
        from: { ...place, path: pathOf(point) },
        point: point.snapshot,
        time: this.#time,
        to: { account: '', share: '', path: this.#options.name },
        paths: this.#options.request.paths ?? [],
        onConflict: this.#options.request.onConflict ?? 'skip',
        deleteExtra: false,
        safetySnapshot: null,
        skipped,
        renamed: besides,
      },
    };
  }
}
