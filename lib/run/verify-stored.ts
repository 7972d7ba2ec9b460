/** Compares the content of a restore point with the hashes that manifests hold of it: its source is gone. */
import { asFarshareError } from '../errors.ts';
import { type ByteRange, type FileProperties, joinPath, type ShardWork, type SharePath } from '../model/index.ts';
import { hashContent, isLong, type Side, verifyingPorts } from './content-comparison.ts';
import type { RunContext } from './context.ts';
import { countPasses, readStored, type StoredFile } from './stored-hashes.ts';
import type { ShardSession } from './shard-session.ts';

type StoredWork = Extract<ShardWork, { kind: 'stored' }>;

/** Small files are read this many at a time; the bytes in hand are limited besides. */
const filesAtOnce = 16;

/** Pass after pass in one shard: what one pass holds is held once in a run. */
export async function verifyStored(context: RunContext, session: ShardSession, work: StoredWork): Promise<void> {
  let current = work;
  if (current.of === 0) {
    current = { ...current, of: await countPasses(session.catalog, session.run, context.margins.manifestBytesHeld) };
    await session.checkpoint(current);
  }
  while (current.index < current.of) {
    const over = await new StoredPass(context, session, current).run();
    if (over !== undefined) return session.continueLater(over);
    current = { kind: 'stored', of: current.of, index: current.index + 1, done: '' };
    await session.checkpoint(current);
  }
  await session.finish('done');
}

interface Candidate {
  readonly key: string;
  /** With the directory of its date, if it has one. */
  readonly path: SharePath;
  readonly versions: readonly StoredFile[];
}

/** A file of the point of which hashes are stored. */
interface Known {
  readonly key: string;
  readonly path: SharePath;
  readonly side: Side & { readonly sizeBytes: number };
  readonly stored: StoredVersions;
}

/** Where no ChangeTime tells them apart, the file may be any of several versions: each piece has the hashes of all. */
interface StoredVersions extends Omit<StoredFile, 'pieces'> {
  readonly pieces: readonly (ByteRange & { readonly sha256: readonly string[] })[];
}

function knownAs(versions: readonly StoredFile[]): StoredVersions | undefined {
  const [first] = versions;
  if (first === undefined) return undefined;
  const pieces = new Map<number, ByteRange & { sha256: string[] }>();
  for (const { start, end, sha256 } of versions.flatMap((one) => [...one.pieces.values()])) {
    const known = pieces.get(start);
    if (known === undefined) pieces.set(start, { start, end, sha256: [sha256] });
    else known.sha256.push(sha256);
  }
  return { ...first, pieces: [...pieces.values()].toSorted((a, b) => a.start - b.start) };
}

class StoredPass {
  readonly #session: ShardSession;
  readonly #port: Side['port'];
  #work: StoredWork;

  constructor(context: RunContext, session: ShardSession, work: StoredWork) {
    this.#session = session;
    this.#port = verifyingPorts(context, session).point;
    this.#work = work;
  }

  /** Where to go on, when the turn is over before the end. */
  async run(): Promise<StoredWork | undefined> {
    const stored = await readStored(this.#session.catalog, this.#session.run, this.#work);
    const all = [...stored].map(([path, versions]) => ({ key: keyOf(path, versions), path, versions }));
    const left = all.filter(({ key }) => key > this.#work.done).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const short = left.filter(({ key }) => key.startsWith('s'));
    for (let at = 0; at < short.length; at += filesAtOnce) {
      const batch = short.slice(at, at + filesAtOnce);
      await Promise.all(batch.map((one) => this.#take(one)));
      if (await this.#isOverAfter(batch)) return this.#work;
    }
    for (const one of left.slice(short.length)) {
      if ((await this.#take(one)) === 'over' || (await this.#isOverAfter([one]))) return this.#work;
    }
    return undefined;
  }

  async #isOverAfter(batch: readonly Candidate[]): Promise<boolean> {
    const { index, of } = this.#work;
    this.#work = { kind: 'stored', index, of, done: batch.at(-1)?.key ?? '' };
    this.#session.countEntries(batch.length);
    if (this.#session.isOverBudget()) return true;
    if (this.#session.needsCheckpoint()) await this.#session.checkpoint(this.#work);
    return false;
  }

  async #take({ key, path, versions }: Candidate): Promise<'done' | 'over'> {
    const { run, tally } = this.#session;
    const at = joinPath(run.destination.path, path);
    try {
      const held = await this.#port.getFile(at, { snapshot: run.restorePoint });
      const stored = held && knownAs(versions.filter((one) => this.#isOf(one, held)));
      if (stored === undefined) return 'done';
      const side = { port: this.#port, path: at, snapshot: run.restorePoint, sizeBytes: stored.sizeBytes };
      return await this.#compare({ key, path, side, stored });
    } catch (error) {
      const { disposition, code, message, operation } = asFarshareError(error);
      if (disposition !== 'entry') throw error;
      tally.verified.unread += 1;
      this.#fail({ path, operation: operation ?? '', code, message });
      return 'done';
    }
  }

  #isOf(one: StoredFile, { sizeBytes, times }: FileProperties): boolean {
    const isSameChange = !this.#session.run.compareChangeTime || one.change === times.change;
    return one.sizeBytes === sizeBytes && one.lastWrite === times.lastWrite && isSameChange;
  }

  /** What is allocated without having a hash keeps the file from counting as compared; a hole on both sides has none. */
  async #compare(file: Known): Promise<'done' | 'over'> {
    const { key, stored, side } = file;
    const long = isLong(stored.sizeBytes);
    const allocated = long ? await this.#port.listRanges(side.path, { snapshot: side.snapshot }) : undefined;
    const { within } = this.#work;
    const from = within?.file === key ? within.offset : 0;
    for (const piece of stored.pieces.filter(({ start }) => start >= from)) {
      const hash = await hashContent(this.#session, side, { range: piece, allocated });
      if (hash === undefined || !piece.sha256.includes(hash)) {
        this.#differs(file, piece);
        return 'done';
      }
      if (long && (await this.#isOverWithin(key, piece.end))) return 'over';
    }
    const needed = allocated ?? [{ start: 0, end: stored.sizeBytes }];
    if (needed.every((one) => hasHash(one, stored))) this.#countCompared(stored);
    return 'done';
  }

  #countCompared({ sizeBytes }: Pick<StoredFile, 'sizeBytes'>): void {
    const { verified } = this.#session.tally;
    verified.withoutHash -= 1;
    verified.files += 1;
    verified.bytes += sizeBytes;
  }

  /** Long files are taken one at a time, so that one position is enough. */
  async #isOverWithin(file: string, offset: number): Promise<boolean> {
    this.#work = { ...this.#work, within: { file, offset } };
    if (this.#session.isOverBudget()) return true;
    await this.#session.checkpoint(this.#work);
    return false;
  }

  #differs({ path, stored }: Known, { start, end }: ByteRange): void {
    this.#countCompared(stored);
    this.#session.tally.verified.differing += 1;
    const { pieces: _pieces, change: _change, ...version } = stored;
    this.#session.note('mismatch', version);
    const message = `The SHA-256 of its bytes ${start} to ${end} is not the one in the manifest.`;
    this.#fail({ path, operation: 'GetFile', code: 'ContentDiffers', message });
  }

  /** The walk has counted it as unchanged. */
  #fail(failure: Parameters<ShardSession['noteFailure']>[0]): void {
    this.#session.tally.counts.unchanged -= 1;
    this.#session.noteFailure(failure);
  }
}

/** Short files come first: they are taken many at a time, long ones by pieces. */
const keyOf = (path: SharePath, versions: readonly StoredFile[]): string =>
  `${versions.some(({ sizeBytes }) => isLong(sizeBytes)) ? 't' : 's'}${path}`;

/** Whether pieces with a hash cover all of the range. */
function hasHash({ start, end }: ByteRange, stored: StoredVersions): boolean {
  let at = start;
  for (const piece of stored.pieces) if (piece.start <= at && piece.end > at) at = piece.end;
  return at >= end;
}
