import { matchNames } from './match-names.ts';
import type { NameMatch } from './match-names.ts';
import { openPlace } from './place.ts';
import type { Kind, OpenPlace, Place } from './place.ts';
import { differingProperties, directoryPropertiesOf, filePropertiesOf } from './properties.ts';
import type { Properties, TimeProperty } from './properties.ts';
import { workers } from './workers.ts';

/** `what`: missing, kind, size, content, attributes, permission, one of the times or HTTP headers, or `metadata NAME`. */
export interface Difference {
  /** Relative to the places; the places' own directories are `''`. */
  path: string;
  what: string;
  left: string | undefined;
  right: string | undefined;
}

export interface Comparison {
  equal: boolean;
  /** Paths found on either side, without the root. */
  entries: number;
  /** Content read on the left side, in bytes. */
  bytes: number;
  /** The first `maxDifferences` found, in no particular order. */
  differences: Difference[];
  differenceCount: number;
}

export interface ComparisonOptions {
  /** `hash` (default) reads every file on both sides; `none` compares what one HEAD a side tells. */
  content?: 'hash' | 'none';
  /** Times not to compare on the root and on the directories beneath it; by default all are compared. */
  ignoreRootTimes?: readonly TimeProperty[];
  ignoreDirectoryTimes?: readonly TimeProperty[];
  /** Files compared at the same time, each by one request a side. */
  concurrency?: number;
  /** Longest list of differences kept; the rest is counted. */
  maxDifferences?: number;
}

type Settings = Required<ComparisonOptions>;

interface Comparing {
  left: OpenPlace;
  right: OpenPlace;
  settings: Settings;
  result: Comparison;
}

const defaults: Settings = {
  content: 'hash',
  ignoreRootTimes: [],
  ignoreDirectoryTimes: [],
  concurrency: 32,
  maxDifferences: 1_000,
};

/** Rejects if either place cannot be read completely: an unread entry is never taken as equal. */
export async function comparePlaces(left: Place, right: Place, options: ComparisonOptions = {}): Promise<Comparison> {
  const comparing: Comparing = {
    left: openPlace(left, 'left'),
    right: openPlace(right, 'right'),
    settings: { ...defaults, ...options },
    result: { equal: true, entries: 0, bytes: 0, differences: [], differenceCount: 0 },
  };
  try {
    await walk(comparing);
    return comparing.result;
  } finally {
    comparing.left.close();
    comparing.right.close();
  }
}

type Visit = NameMatch & { path: string };

async function walk(comparing: Comparing): Promise<void> {
  const root: Visit = { name: '', path: '', left: 'directory', right: 'directory' };
  await workers(comparing.settings.concurrency, root, async (visit, pool) => {
    if (visit.left === 'directory' && visit.right === 'directory') await compareDirectory(comparing, visit.path);
    for await (const child of childrenOf(comparing, visit)) {
      const path = visit.path === '' ? child.name : `${visit.path}/${child.name}`;
      comparing.result.entries += 1;
      noteAbsence(comparing, { ...child, path });
      if (child.left === 'directory' || child.right === 'directory') pool.later({ ...child, path });
      if (child.left === 'file' && child.right === 'file') await pool.slot(() => compareFile(comparing, path));
    }
  });
}

/** Beneath a directory that one side lacks, or has as a file, the other side's children are reported one by one. */
function childrenOf({ left, right }: Comparing, { path, ...kinds }: Visit): AsyncIterable<NameMatch> {
  const list = (place: OpenPlace, kind: Kind | undefined) => (kind === 'directory' ? place.list(path) : nothing());
  return matchNames(list(left, kinds.left), list(right, kinds.right));
}

async function* nothing(): AsyncGenerator<never> {}

function noteAbsence(comparing: Comparing, { path, left, right }: Visit): void {
  if (left === right) return;
  const what = left === undefined || right === undefined ? 'missing' : 'kind';
  note(comparing, { path, what, left, right });
}

async function compareDirectory(comparing: Comparing, path: string): Promise<void> {
  const [left, right] = await Promise.all([
    directoryPropertiesOf(comparing.left, path),
    directoryPropertiesOf(comparing.right, path),
  ]);
  const { ignoreRootTimes, ignoreDirectoryTimes } = comparing.settings;
  noteProperties(comparing, { path, left, right, ignore: path === '' ? ignoreRootTimes : ignoreDirectoryTimes });
}

async function compareFile(comparing: Comparing, path: string): Promise<void> {
  const propertiesOf = async (place: OpenPlace) =>
    filePropertiesOf(place, await place.file(path, comparing.settings.content));
  const [left, right] = await Promise.all([propertiesOf(comparing.left), propertiesOf(comparing.right)]);
  if (comparing.settings.content === 'hash') comparing.result.bytes += Number(left.get('size'));
  noteProperties(comparing, { path, left, right, ignore: [] });
}

interface PropertiesOfBoth {
  path: string;
  left: Properties;
  right: Properties;
  ignore: readonly string[];
}

function noteProperties(comparing: Comparing, { path, left, right, ignore }: PropertiesOfBoth): void {
  for (const what of differingProperties(left, right, ignore)) {
    note(comparing, { path, what, left: left.get(what), right: right.get(what) });
  }
}

function note({ result, settings }: Comparing, difference: Difference): void {
  result.equal = false;
  result.differenceCount += 1;
  if (result.differences.length < settings.maxDifferences) result.differences.push(difference);
}
