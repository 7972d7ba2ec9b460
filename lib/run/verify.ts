/** Compares the content of sampled files of a sealed restore point with the source, and copies again what differs. */
import { asFarshareError } from '../errors.ts';
import {
  type Failure,
  type FileTask,
  type ManifestContent,
  parentPath,
  type Sample,
  type ShardWork,
} from '../model/index.ts';
import { rangeLimitBytes } from '../plan/index.ts';
import type { ByteRange } from '../model/index.ts';
import { compareContent, type Comparison, isLong, type Sides, sidesOf, verifyingPorts } from './content-comparison.ts';
import type { RunContext } from './context.ts';
import { propertyDifference } from './compare-properties.ts';
import { copyFile, type CopyOutcome } from './copy-file.ts';
import { DatedDirectories, givingWay } from './dated-directories.ts';
import { dateFor } from './dated-versions.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { eachNote } from './fan-out.ts';
import { noteChange } from './file-notes.ts';
import { countCopied, settlePending } from './file-writer.ts';
import type { DirectoryNote } from './scan-entries.ts';
import { runPartition } from './run-state.ts';
import { VersionSeeker } from './seek-version.ts';
import type { ShardSession } from './shard-session.ts';

type VerifyWork = Extract<ShardWork, { kind: 'verify' }>;
type VerifyFileWork = Extract<ShardWork, { kind: 'verify-file' }>;

/** Small files are read this many at a time; the bytes in hand are limited besides. */
export const filesAtOnce = 16;
/** The part of a large file that has one SHA-256, and after which a turn may end. */
const segmentBytes = 16 * rangeLimitBytes;

/** Compares files of a run one after the other; large ones become shards of their own. */
export class Verifier {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #ports: ReturnType<typeof verifyingPorts>;
  readonly #seeker: VersionSeeker;

  constructor(context: RunContext, session: ShardSession) {
    this.#context = context;
    this.#session = session;
    this.#ports = verifyingPorts(context, session);
    this.#seeker = new VersionSeeker(session, this.#ports);
  }

  async verify(sampled: Sample): Promise<void> {
    await (sampled.seek === undefined ? this.#compare(sampled) : this.#compareNext(sampled, 0));
  }

  /** A version written while all its times were put back looks like the one before it: each that does is compared. */
  async settle({ seek, ...file }: Sample, found: Comparison): Promise<void> {
    if (found.kind === 'differs' && seek !== undefined) return this.#compareNext({ ...file, seek }, found.at);
    await settle(this.#context, this.#session, file, found);
  }

  /** The next version of a file that is sought. */
  async #compareNext(tried: Sample, differsAt: number): Promise<void> {
    const { seek: _seek, ...file } = tried;
    let next: Sample | undefined;
    try {
      next = await this.#seeker.find(tried);
    } catch (error) {
      const { disposition, code } = asFarshareError(error);
      if (disposition !== 'entry') throw error;
      return settle(this.#context, this.#session, file, { kind: 'unread', code });
    }
    if (next !== undefined) return this.#compare(next);
    // What differs may be an earlier version: it is left, and the right one filed as one of this run.
    const into = dateFor(this.#session.run, file.lastWrite);
    await settle(this.#context, this.#session, { ...file, into }, { kind: 'differs', at: differsAt });
  }

  async #compare(file: Sample): Promise<void> {
    if (isLong(file.sizeBytes)) return this.#session.addChild({ kind: 'verify-file', file, done: 0 });
    const sides = sidesOf(this.#session, this.#ports, file);
    await this.settle(file, await compareContent(this.#session, sides, { range: { start: 0, end: file.sizeBytes } }));
  }
}

export async function verifyNotes(context: RunContext, session: ShardSession, work: VerifyWork): Promise<void> {
  const verifier = new Verifier(context, session);
  const { isDone } = await eachNote<Sample>(context, session, work, {
    atOnce: filesAtOnce,
    step: (file) => verifier.verify(file),
  });
  // What was found is counted; the paths were kept for this alone. A row that stays after a crash goes with the run's.
  if (isDone && work.note.startsWith('n-sample-')) {
    await context.state.transact(runPartition(session.run.runId), [{ kind: 'delete', key: work.note }]);
  }
}

/** One large file, segment by segment; holes on both sides are not read. */
export async function verifyFile(context: RunContext, session: ShardSession, work: VerifyFileWork): Promise<void> {
  const { file } = work;
  const sides = sidesOf(session, verifyingPorts(context, session), file);
  const allocated = await allocatedOnEither(sides);
  let found: Comparison | undefined;
  for (let start = work.done; start < file.sizeBytes; start += segmentBytes) {
    const range = { start, end: Math.min(file.sizeBytes, start + segmentBytes) };
    const within = allocated.filter((one) => one.start < range.end && one.end > range.start);
    if (within.length === 0) continue;
    found = await compareContent(session, sides, { range, allocated: within });
    if (found.kind !== 'equal') break;
    noteContent(session, file, range, found.sha256);
    const next = { ...work, done: range.end };
    if (session.isOverBudget() && range.end < file.sizeBytes) return session.continueLater(next);
    await session.checkpoint(next);
  }
  await new Verifier(context, session).settle(file, found ?? { kind: 'equal', sha256: '' });
  await session.finish('done');
}

async function allocatedOnEither({ source, point }: Sides): Promise<readonly ByteRange[]> {
  const [from, held] = await Promise.all(
    [source, point].map(({ port, path, snapshot }) => port.listRanges(path, { snapshot })),
  );
  return [...(from ?? []), ...(held ?? [])].toSorted((a, b) => a.start - b.start);
}

async function settle(context: RunContext, session: ShardSession, file: Sample, found: Comparison): Promise<void> {
  const { verified } = session.tally;
  const isBackup = session.run.kind === 'backup';
  if (found.kind === 'unread') {
    verified.unread += 1;
    if (!isBackup)
      noteFailure(session, file, { ...contentFailure(file, 'Its content could not be read.'), code: found.code });
    return;
  }
  verified.files += 1;
  verified.bytes += file.sizeBytes;
  if (found.kind === 'equal') {
    noteContent(session, file, { start: 0, end: file.sizeBytes }, found.sha256);
    return settleProperties(context, session, file);
  }
  verified.differing += 1;
  session.note('mismatch', file);
  if (!isBackup)
    return noteFailure(session, file, contentFailure(file, `Its content differs from byte ${found.at} on.`));
  await copyAgain(context, session, file);
}

/** For the manifest; of a large file by segments, of which those that hold nothing are left out. */
function noteContent(
  session: ShardSession,
  { as: _as, seek: _seek, ...file }: Sample,
  range: ByteRange,
  sha256: string,
): void {
  if (sha256 !== '') session.note('verified', { ...file, ...range, sha256 } satisfies ManifestContent);
}

/** A drill restored the file: everything that it has must be as it was. */
async function settleProperties(context: RunContext, session: ShardSession, file: Sample): Promise<void> {
  if (session.run.kind !== 'drill') return;
  const sides = sidesOf(session, verifyingPorts(context, session), file);
  const message = await propertyDifference(sides, session.run.compareChangeTime);
  if (message === undefined) return;
  session.tally.verified.differing += 1;
  session.note('mismatch', file);
  noteFailure(session, file, { ...contentFailure(file, message), code: 'PropertiesDiffer' });
}

/** It was counted as what the listings, or its copy, showed. */
function noteFailure(session: ShardSession, { as }: Sample, failure: Failure): void {
  session.tally.counts[as] -= 1;
  session.noteFailure(failure);
}

const contentFailure = ({ path }: Sample, message: string): Failure => ({
  path,
  operation: 'GetFile',
  code: 'ContentDiffers',
  message,
});

/** Whole, whatever made it differ. The run seals anew afterwards, and compares it once more. */
async function copyAgain(context: RunContext, session: ShardSession, file: Sample): Promise<void> {
  const { counts } = session.tally;
  try {
    const task = await taskOf(session, file);
    if (task === undefined) return;
    // It is counted anew, by what becomes of it now.
    counts[file.as] -= 1;
    if (session.run.destination.mode === 'mirror') {
      session.note('directory', { path: parentPath(file.path), made: false, checkOnly: true } satisfies DirectoryNote);
    }
    const outcome = await copyOver(context, session, task);
    if (outcome.kind === 'copied') {
      const { path, into, sizeBytes, times } = task;
      const place = into === undefined ? { path } : { path, into };
      noteChange(session, { kind: 'copied', ...place, sizeBytes, lastWrite: times.lastWrite });
      return countCopied(session, outcome.bytes);
    }
    if (outcome.kind === 'transfer')
      return session.addChild({ kind: 'ranges', file: task, created: false, doneBefore: 0 });
    const pending = { ...task, copyId: outcome.copyId };
    if (await settlePending(context, session, pending)) {
      session.addChild({ kind: 'pending', files: [pending], sinceMs: context.clock.now() });
    }
  } catch (error) {
    noteEntryFailure(session, file.path, error);
  }
}

/** In dated mode the version, and what it was filed under, may be gone. */
async function copyOver(context: RunContext, session: ShardSession, task: FileTask): Promise<CopyOutcome> {
  if (task.into !== undefined) await new DatedDirectories(session).makeAbove(task);
  return givingWay(session, task, () => copyFile(context, session, task));
}

async function taskOf(session: ShardSession, file: Sample): Promise<FileTask | undefined> {
  const { source, run } = session;
  const path = run.job.source.path === '' ? file.path : `${run.job.source.path}/${file.path}`;
  const from = await source.getFile(path, { snapshot: run.sourceSnapshot });
  if (from === undefined) return undefined;
  const { sizeBytes, times, attributes, permissionKey } = from;
  const into = file.into === undefined ? {} : { into: file.into };
  return { path: file.path, sizeBytes, times, attributes, permissionKey, ...into };
}
