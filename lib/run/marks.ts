/**
 * What the live destination share says of itself, in its metadata: for each path that is backed up to, whether it is being
 * written to and which source snapshot it equals. Marks of one path say nothing of another.
 */
import { createHash } from 'node:crypto';
import type { Metadata } from '../model/index.ts';
import { areNested, foldName } from '../plan/index.ts';

export interface Marks {
  /** Absent: nothing is known, which is as little as `writing`. */
  readonly state: 'writing' | 'clean' | undefined;
  /** Since when it has been written to, epoch ms. */
  readonly sinceMs: number | undefined;
  /** The source snapshot that the path equals; while `writing`, but for what was written since `sinceMs`. */
  readonly head: string | undefined;
  /** Since it was clean last, somebody restored to it: what it holds may be of any restore point. */
  readonly restored: true | undefined;
  /** Who wrote to it last: `writerOf` a run. After a restore nobody. */
  readonly writer: string | undefined;
}

const names = ['farshare_state', 'farshare_since', 'farshare_head', 'farshare_restored', 'farshare_writer'] as const;
type MarkName = (typeof names)[number];

/** The service keeps 8 KiB of names and values; what is left is for marks of others that this version does not know. */
const mostCharacters = 7_000;

/** `farshare_state` for the whole share; `farshare_state_1f0c22ab` for a path, by the SHA-256 of its folded form. */
const keyOf = (name: MarkName, path: string): string =>
  path === '' ? name : `${name}_${createHash('sha256').update(foldName(path)).digest('hex').slice(0, 8)}`;

/** Eight digits tell the runs of one share apart, and leave room for the marks of some forty paths. */
export const writerOf = (runId: string): string => createHash('sha256').update(runId).digest('hex').slice(0, 8);

/** `path` without slashes at its ends, `''` for the whole share. */
export function readMarks(metadata: Metadata, path: string): Marks {
  const state = metadata[keyOf('farshare_state', path)];
  const since = Date.parse(metadata[keyOf('farshare_since', path)] ?? '');
  const head = metadata[keyOf('farshare_head', path)];
  return {
    state: state === 'writing' || state === 'clean' ? state : undefined,
    sinceMs: Number.isNaN(since) ? undefined : since,
    head: head === '' ? undefined : head,
    restored: metadata[keyOf('farshare_restored', path)] === 'true' ? true : undefined,
    writer: metadata[keyOf('farshare_writer', path)],
  };
}

/**
 * The metadata with this path marked as being written to. Marks of paths above and beneath go: no configuration has both, but
 * one configuration may follow another. Beneath, they are known by `pathsBeneath`, and, for the whole share, by their names.
 */
export function markWriting(
  metadata: Metadata,
  path: string,
  { sinceMs, pathsBeneath, writer }: { sinceMs: number; pathsBeneath: readonly string[]; writer: string },
): Metadata {
  const gone = new Set([...pathsAbove(path), ...pathsBeneath].flatMap((one) => names.map((name) => keyOf(name, one))));
  const isGone = (key: string): boolean => gone.has(key) || (path === '' && isMarkOfSomePath(key));
  const others = Object.entries(metadata).filter(([key]) => !isGone(key));
  return withinSize(
    {
      ...Object.fromEntries(others),
      [keyOf('farshare_state', path)]: 'writing',
      [keyOf('farshare_since', path)]: new Date(sinceMs).toISOString(),
      [keyOf('farshare_writer', path)]: writer,
    },
    path,
  );
}

/** The metadata with this path marked as equal to the source snapshot. */
export function markClean(metadata: Metadata, path: string, head: string): Metadata {
  const { [keyOf('farshare_restored', path)]: _restored, ...others } = metadata;
  return withinSize(
    { ...others, [keyOf('farshare_state', path)]: 'clean', [keyOf('farshare_head', path)]: head },
    path,
  );
}

/**
 * The metadata after something was restored to `target`: each of the `paths` that it touches, if it has a mark, equals nothing
 * that is known. Undefined when none has one.
 */
export function markRestored(metadata: Metadata, target: string, paths: readonly string[]): Metadata | undefined {
  const touched = new Set(['', ...pathsAbove(target), target, ...paths].filter((path) => areNested(path, target)));
  const marked = [...touched].filter((path) => readMarks(metadata, path).state !== undefined);
  if (marked.length === 0) return undefined;
  const change = marked.flatMap((path) => [
    [keyOf('farshare_state', path), 'writing'],
    [keyOf('farshare_restored', path), 'true'],
  ]);
  const writers = new Set(marked.map((path) => keyOf('farshare_writer', path)));
  const others = Object.entries(metadata).filter(([key]) => !writers.has(key));
  return Object.fromEntries([...others, ...change]);
}

/** The metadata with this path marked as written to, and equal to nothing. */
export function markTorn(metadata: Metadata, path: string, sinceMs: number): Metadata {
  const { [keyOf('farshare_head', path)]: _head, ...others } = metadata;
  return withinSize(
    {
      ...others,
      [keyOf('farshare_state', path)]: 'writing',
      [keyOf('farshare_since', path)]: new Date(sinceMs).toISOString(),
    },
    path,
  );
}

const isMarkOfSomePath = (key: string): boolean =>
  names.some((name) => key.startsWith(`${name}_`) && /^[0-9a-f]{8}$/u.test(key.slice(name.length + 1)));

function pathsAbove(path: string): readonly string[] {
  const parts = path.split('/');
  return path === '' ? [] : parts.map((_, depth) => parts.slice(0, depth).join('/'));
}

/**
 * Some forty paths have room. Beyond, the marks of the path written to longest ago go: a path without marks is believed less,
 * never more.
 */
function withinSize(metadata: Metadata, path: string): Metadata {
  const kept: Record<string, string> = { ...metadata };
  const sizeOf = (): number => Object.entries(kept).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const own = new Set(names.map((name) => keyOf(name, path)));
  const others = Object.entries(kept)
    .filter(([key]) => /^farshare_since(?:_[0-9a-f]{8})?$/u.test(key) && !own.has(key))
    .toSorted(([, a], [, b]) => (a < b ? -1 : 1));
  for (const [since] of others) {
    if (sizeOf() <= mostCharacters) break;
    for (const name of names) delete kept[since.replace('farshare_since', name)];
  }
  return kept;
}
