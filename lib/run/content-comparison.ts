/**
 * Reads a file on both sides and compares it, a block of 4 MiB at a time: with copies of what no copy source URL can name, the
 * only content that passes through this process (invariant 8).
 */
import { createHash } from 'node:crypto';
import { asFarshareError } from '../errors.ts';
import type { ByteRange, Sample, SharePath } from '../model/index.ts';
import { blockRange, inlineLimitBytes, rangeLimitBytes } from '../plan/index.ts';
import { joinPath } from '../model/index.ts';
import { meterInto, type RunContext } from './context.ts';
import { paceRequest } from './pace.ts';
import type { SharePort } from './ports.ts';
import type { ShardSession } from './shard-session.ts';

/** Content in hand in this process, of both sides: what is read beyond it waits. */
const mostBytesInHand = 64 * 1024 * 1024;

/** `differs`: at which offset. `unread`: one side refused to be read, for the reason given. */
export type Comparison =
  | { readonly kind: 'equal'; readonly sha256: string }
  | { readonly kind: 'differs'; readonly at: number }
  | { readonly kind: 'unread'; readonly code: string };

/** One side of a comparison. */
export interface Side {
  readonly port: SharePort;
  readonly path: SharePath;
  readonly snapshot: string | undefined;
}

/** Both sides of a file of a run: the source snapshot, and the sealed restore point. */
export interface Sides {
  readonly source: Side;
  readonly point: Side;
  readonly sizeBytes: number;
}

/** Ports whose requests are counted as verification, besides where all are. */
export function verifyingPorts(context: RunContext, session: ShardSession): { source: SharePort; point: SharePort } {
  const { job, destination } = session.run;
  const { signal } = session;
  const open = (side: 'source' | 'destination', { account, share }: { account: string; share: string }): SharePort => {
    const meter = meterInto(() => session.tally[side]);
    const record = (operation: string): void => {
      session.tally.verified.requests += 1;
      meter.record(operation);
    };
    const pace = (): Promise<void> => paceRequest(context, job, signal);
    return context.shares.open({ account, share }, { meter: { record }, signal, pace });
  };
  return { source: open('source', job.source), point: open('destination', destination) };
}

export function sidesOf(session: ShardSession, ports: ReturnType<typeof verifyingPorts>, file: Sample): Sides {
  const { run } = session;
  const kept = file.into === undefined ? file.path : joinPath(file.into, file.path);
  const read = file.from === undefined ? file.path : joinPath(file.from, file.path);
  return {
    source: { port: ports.source, path: joinPath(run.job.source.path, read), snapshot: run.sourceSnapshot },
    point: { port: ports.point, path: joinPath(run.destination.path, kept), snapshot: run.restorePoint },
    sizeBytes: file.sizeBytes,
  };
}

/** Whether a file is better compared by a shard of its own, that can go on where another stopped. */
export const isLong = (sizeBytes: number): boolean => sizeBytes > inlineLimitBytes;

/** Compares `range` of both sides. With `allocated`, blocks in which neither side holds anything are taken for zeros. */
export async function compareContent(
  session: ShardSession,
  sides: Sides,
  { range, allocated }: { range: ByteRange; allocated?: readonly ByteRange[] },
): Promise<Comparison> {
  const sha256 = createHash('sha256');
  try {
    for (let { start } = range; start < range.end; start = blockRange(start / rangeLimitBytes, sides.sizeBytes).end) {
      const block = blockRange(start / rangeLimitBytes, sides.sizeBytes);
      if (allocated?.some((one) => one.start < block.end && one.end > block.start) === false) {
        sha256.update(Buffer.alloc(block.end - block.start));
        continue;
      }
      const read = await readBoth(session, sides, block);
      if (read === undefined) return { kind: 'differs', at: start };
      const at = firstDifference(read.source, read.point);
      if (at !== undefined) return { kind: 'differs', at: start + at };
      sha256.update(read.source);
    }
  } catch (error) {
    return readFailure(sides, range, error);
  }
  return { kind: 'equal', sha256: sha256.digest('hex') };
}

/** The SHA-256 of `range` of one side; blocks without anything `allocated` are taken for zeros. Undefined: it is not there. */
export async function hashContent(
  session: ShardSession,
  { port, path, snapshot, sizeBytes }: Side & { readonly sizeBytes: number },
  { range, allocated }: { range: ByteRange; allocated?: readonly ByteRange[] | undefined },
): Promise<string | undefined> {
  const sha256 = createHash('sha256');
  for (let { start } = range; start < range.end; start = blockRange(start / rangeLimitBytes, sizeBytes).end) {
    const block = blockRange(start / rangeLimitBytes, sizeBytes);
    const length = block.end - block.start;
    if (allocated?.some((one) => one.start < block.end && one.end > block.start) === false) {
      sha256.update(Buffer.alloc(length));
      continue;
    }
    await session.paceBytes(length);
    const bytes = await holding(length, () => port.getBytes(path, { snapshot, range: block }));
    if (bytes === undefined) return undefined;
    sha256.update(bytes);
  }
  return sha256.digest('hex');
}

/** Undefined when the restore point lacks the file. */
async function readBoth(
  session: ShardSession,
  { source, point }: Sides,
  range: ByteRange,
): Promise<{ source: Uint8Array; point: Uint8Array } | undefined> {
  const length = range.end - range.start;
  await session.paceBytes(2 * length);
  return holding(2 * length, async () => {
    const [from, held] = await Promise.all(
      [source, point].map(({ port, path, snapshot }) => port.getBytes(path, { snapshot, range })),
    );
    if (from === undefined) throw new SourceMissing();
    return held === undefined ? undefined : { source: from, point: held };
  });
}

class SourceMissing extends Error {}

/** A file of another length is refused, or answered cut short, which looks like a broken connection: its size tells. */
async function readFailure({ point, sizeBytes }: Sides, range: ByteRange, error: unknown): Promise<Comparison> {
  if (error instanceof SourceMissing) return { kind: 'unread', code: 'ResourceNotFound' };
  const { disposition, code } = asFarshareError(error);
  if (disposition !== 'entry' && disposition !== 'retry') throw error;
  const held = await point.port.getFile(point.path, { snapshot: point.snapshot });
  if (held === undefined || held.sizeBytes !== sizeBytes) return { kind: 'differs', at: range.start };
  if (disposition === 'retry') throw error;
  return { kind: 'unread', code };
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? a.length : at;
}

let bytesInHand = 0;
const waiting: (() => void)[] = [];

/** Runs `work` once so many bytes more may be in hand; a single piece larger than all of it waits until nothing else is. */
async function holding<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  while (bytesInHand > 0 && bytesInHand + bytes > mostBytesInHand) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  bytesInHand += bytes;
  try {
    return await work();
  } finally {
    bytesInHand -= bytes;
    for (const wake of waiting.splice(0)) wake();
  }
}
