/** One case of the campaign, as fast-check draws and shrinks it. */
import fc from 'fast-check';
import type { Fault, FilesEmulatorOptions } from '../../../emulator/index.ts';
import { DEFAULT_SWITCHES } from '../../../emulator/store/index.ts';
import type { Change, Content, Look } from './changes.ts';
import {
  directoryAttributes,
  exclusions,
  fileAttributes,
  headers,
  hugeSize,
  largeSize,
  metadata,
  names,
  permissions,
  sizes,
  times,
} from './pools.ts';

export type Switches = NonNullable<FilesEmulatorOptions['switches']>;

export interface Settings {
  readonly modes: readonly ('mirror' | 'dated')[];
  readonly copyMethod: 'auto' | 'copy-file' | 'ranges';
  readonly delta: 'sampled' | 'proven' | 'off';
  readonly deletions: 'mirror' | 'keep';
  /** Keys of `exclusions`. */
  readonly exclude: readonly string[];
  readonly sourcePath: string;
  readonly destinationPath: string;
  /** Entries after which a shard ends its turn. */
  readonly shardEntries: number;
  /** The same in milliseconds. */
  readonly shardMs: number;
  readonly concurrentShards: number;
  readonly concurrentCopies: number;
}

/** What happens to a run: nothing, answers that the service gives on bad days, or the death of its process. */
export type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }
  | { readonly kind: 'death'; readonly afterEffect: number; readonly losesState: boolean };

export interface Round {
  readonly changes: readonly Change[];
  /** How long the source is left alone before the run. */
  readonly pauseMs: number;
  readonly trouble: Trouble;
  readonly losesState: boolean;
  /** Somebody deletes the newest of the source's snapshots before the run, if it is not the only one. */
  readonly losesBase: boolean;
  readonly full: boolean;
}

export interface TreeCase {
  readonly switches: Switches;
  readonly settings: Settings;
  readonly rounds: readonly Round[];
}

/** Numbers of entries; those there are, are few. */
const chosen = fc.nat({ max: 12 });
const name = fc.constantFrom(...names);
const time = fc.constantFrom(...times);

const look: fc.Arbitrary<Look> = fc.record(
  {
    creationTime: time,
    lastWriteTime: time,
    changeTime: time,
    permission: fc.nat({ max: permissions.length - 1 }),
    metadata: fc.constantFrom(...metadata),
    attributes: fc.nat({ max: Math.max(fileAttributes.length, directoryAttributes.length) - 1 }),
    headers: fc.constantFrom(...headers),
  },
  { requiredKeys: [] },
);

const fill = fc.constantFrom('x', 'y', 'z');
const content: fc.Arbitrary<Content> = fc.record({
  size: fc.oneof(
    { weight: 80, arbitrary: fc.constantFrom(...sizes) },
    { weight: 2, arbitrary: fc.constant(largeSize) },
    { weight: 1, arbitrary: fc.constant(hugeSize) },
  ),
  fill,
});
const keep = fc.constantFrom('nothing' as const, 'lastWrite' as const, 'all' as const);

const newFile = fc.record({ do: fc.constant('file' as const), at: chosen, name, content, look });
const newDirectory = fc.record({ do: fc.constant('directory' as const), at: chosen, name, look });

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: newFile },
  { weight: 2, arbitrary: newDirectory },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), at: chosen }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rename' as const), at: chosen, to: chosen, name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('case' as const), at: chosen }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('swap' as const), at: chosen, to: chosen }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kind' as const), at: chosen, content }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), at: chosen, fill, keep }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('resize' as const), at: chosen, size: fc.nat({ max: 700 }), keep }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('look' as const), at: chosen, look }) },
);
const changes = fc.oneof(
  { weight: 30, arbitrary: fc.array(change, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant<Change[]>([{ do: 'empty' }]) },
);
const firstChanges = fc.array(fc.oneof({ weight: 3, arbitrary: newFile }, { weight: 2, arbitrary: newDirectory }), {
  maxLength: 10,
});

const writes = fc.constantFrom('CopyFile', 'CreateFile', 'PutRangeFromURL', 'SetFileProperties', 'DeleteFile');
const anything = fc.constantFrom(
  '*',
  'ListFilesAndDirectories',
  'GetFileProperties',
  'CreateDirectory',
  'ListFileRanges',
);
const when = { after: fc.nat({ max: 20 }), times: fc.integer({ min: 1, max: 3 }) };

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    operation: fc.oneof(writes, anything),
    ...when,
    action: fc.constantFrom(
      { status: 503, code: 'ServerBusy', retryAfterSeconds: 0 },
      { status: 500, code: 'OperationTimedOut' },
      { reset: 'before' as const },
      { reset: 'after' as const },
    ),
  }),
  fc.record({
    operation: fc.constant('ListFilesAndDirectories'),
    ...when,
    action: fc.constantFrom(
      { listing: 'repeatPage' as const },
      { listing: 'emptyPageWithMarker' as const },
      { truncateBodyAt: 300 },
    ),
  }),
  fc.record({
    operation: fc.constant('ListFilesAndDirectories'),
    // A source listing that leaves entries out cannot be found out.
    account: fc.constant('devstoreaccount2'),
    ...when,
    action: fc.record({ listing: fc.constant('dropEntries' as const), count: fc.integer({ min: 1, max: 3 }) }),
  }),
  fc.record({
    operation: fc.constant('CopyFile'),
    ...when,
    action: fc.record({
      copyPendingMs: fc.constantFrom(1, 700),
      outcome: fc.constantFrom('success' as const, 'failed' as const, 'aborted' as const, 'torn' as const),
      pendingShowsFullSize: fc.boolean(),
    }),
  }),
  fc.record({
    operation: fc.constant('ListFileRanges'),
    ...when,
    action: fc.constant({ rangeDiff: 'refuse' as const }),
  }),
);

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'none' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('faults' as const),
      faults: fc.array(fault, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('death' as const),
      afterEffect: fc.integer({ min: 1, max: 50 }),
      losesState: fc.boolean(),
    }),
  },
);

const rarely = fc.nat({ max: 9 }).map((number) => number === 9);
const second = 1_000;
const pauseMs = fc.constantFrom(0, 2 * second, 86_400 * second);
const rare = { pauseMs, trouble, losesState: rarely, losesBase: rarely, full: rarely };
const rounds = fc
  .tuple(
    fc.record({ changes: firstChanges, ...rare }),
    fc.array(fc.record({ changes, ...rare }), { minLength: 1, maxLength: 2 }),
  )
  .map(([first, more]) => [first, ...more]);

const settings: fc.Arbitrary<Settings> = fc.record({
  modes: fc.oneof(
    { weight: 6, arbitrary: fc.constant(['mirror' as const]) },
    { weight: 3, arbitrary: fc.constant(['dated' as const]) },
    { weight: 1, arbitrary: fc.constant(['mirror' as const, 'dated' as const]) },
  ),
  copyMethod: fc.constantFrom('auto', 'copy-file', 'ranges'),
  delta: fc.constantFrom('sampled', 'proven', 'off'),
  deletions: fc.constantFrom('mirror', 'mirror', 'mirror', 'keep'),
  exclude: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray([...exclusions.keys()]) },
  ),
  sourcePath: fc.constantFrom('', '', 'Teams/Finance'),
  destinationPath: fc.constantFrom('', '', 'copies/here'),
  shardEntries: fc.constantFrom(20_000, 1, 2, 5),
  shardMs: fc.constantFrom(60_000, 60_000, 1),
  concurrentShards: fc.constantFrom(64, 1, 3),
  concurrentCopies: fc.constantFrom(64, 1),
});

/** Each fact that nobody has seen the real service show, both ways; shrinks to what is held likelier. */
const bothWays = Object.fromEntries(
  Object.entries(DEFAULT_SWITCHES).flatMap(([name, likely]) =>
    typeof likely === 'boolean' ? [[name, fc.constantFrom(likely, !likely)]] : [],
  ),
);

const orders = ['upper', 'upper', 'upper', 'lower', 'ordinal', 'scattered'];
const switches: fc.Arbitrary<Switches> = fc.record({
  ...bothWays,
  changeTimeIsSettable: fc.constantFrom(true, true, true, false),
  crossAccountCopyPendingMs: fc.constantFrom(0, 0, 0, 5),
  listingPageSize: fc.constantFrom(5_000, 1, 2, 3),
  listingOrder: fc.constantFrom(...orders),
});

export const treeCase: fc.Arbitrary<TreeCase> = fc.record({ switches, settings, rounds });
