/** A directory as a model: source and destination come from one base, then the source changes and the plan is applied. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../../lib/model/index.ts';
import { compareFolded, foldName, matchListings, planEntry, type Action } from '../../../lib/plan/index.ts';
import { aDirectory, aFile, inPages, paged, timesWith } from './entries.ts';

/** An entry with what its listing does not show. */
interface Stored {
  readonly entry: Entry;
  readonly content: string;
  readonly metadata: string;
}

type Share = readonly Stored[];

const baseMs = 1_700_000_000_000;
const later = { lastModifiedMs: baseMs + 60_000 };

const changes: Readonly<Record<string, (stored: Stored) => readonly Stored[]>> = {
  none: (stored) => [stored],
  remove: () => [],
  'write another size': ({ entry, metadata }) => [
    entry.kind === 'file'
      ? {
          entry: { ...entry, ...later, sizeBytes: 11, times: timesWith({ lastWrite: 'w2', change: 'c2' }) },
          content: 'new',
          metadata,
        }
      : { entry: { ...entry, ...later, times: timesWith({ lastWrite: 'w2', change: 'c2' }) }, content: '', metadata },
  ],
  'write the same size and put LastWriteTime back': ({ entry, metadata }) => [
    {
      entry: { ...entry, ...later, times: timesWith({ change: 'c3' }) },
      content: entry.kind === 'file' ? 'new' : '',
      metadata,
    },
  ],
  'set metadata': ({ entry, content }) => [{ entry: { ...entry, ...later }, content, metadata: 'new' }],
  'set attributes': ({ entry, content, metadata }) => [
    { entry: { ...entry, ...later, attributes: 'Hidden', times: timesWith({ change: 'c4' }) }, content, metadata },
  ],
  'spell in other case': ({ entry, ...rest }) => [
    { entry: { ...entry, ...later, name: entry.name.toUpperCase(), times: timesWith({ change: 'c5' }) }, ...rest },
  ],
  'become the other kind': ({ entry: { name, kind } }) => [
    kind === 'directory'
      ? { entry: aFile(name, later), content: 'other', metadata: 'other' }
      : { entry: aDirectory(name, later), content: '', metadata: 'other' },
  ],
};

const storedArbitrary = fc
  .record({
    name: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split('')),
    isFile: fc.boolean(),
    content: fc.constantFrom('x', 'y'),
    metadata: fc.constantFrom('m', 'n'),
  })
  .map(({ name, isFile, content, metadata }): Stored =>
    isFile ? { entry: aFile(name), content, metadata } : { entry: aDirectory(name), content: '', metadata },
  );
const shareArbitrary = fc
  .uniqueArray(storedArbitrary, { selector: ({ entry }) => foldName(entry.name), maxLength: 12 })
  .map((stored) => stored.toSorted((a, b) => compareFolded(a.entry.name, b.entry.name)));

type Apply = (action: Action, source: Stored, destination: Stored) => Stored | undefined;

const keep: Apply = (_, __, destination) => destination;
const replace: Apply = (_, source) => source;
const setProperties: Apply = (_, source, destination) => ({ ...source, content: destination.content });
const remove: Apply = () => undefined;

/** What the engine would do, with the requests' answers taken from the model. */
const effects: Readonly<Record<Action['kind'], Apply>> = {
  none: keep,
  'verify-copy': keep,
  keep,
  excluded: keep,
  delete: remove,
  'compare-properties': setProperties,
  'set-properties': setProperties,
  adopt: setProperties,
  copy: replace,
  'compare-ranges': replace,
  'compare-md5': replace,
  'make-directory': replace,
  late: replace,
  'enter-directory': (action, source, destination) => {
    if (action.kind !== 'enter-directory') return destination;
    return {
      entry: action.differs ? source.entry : destination.entry,
      content: '',
      metadata: action.touched ? source.metadata : destination.metadata,
    };
  },
};

const nothing: Stored = { entry: aFile('nothing'), content: '', metadata: '' };

function apply(action: Action, source: Stored = nothing, destination: Stored = nothing): Stored | undefined {
  const renamed = 'renameCase' in action && action.renameCase ? withNameOf(destination, source) : destination;
  return effects[action.kind](action, source, renamed);
}

const withNameOf = (stored: Stored, named: Stored): Stored => ({
  ...stored,
  entry: { ...stored.entry, name: named.entry.name },
});

async function planAll(
  source: Share,
  destination: Share,
): Promise<readonly { action: Action; pair: readonly (Stored | undefined)[] }[]> {
  const planned: { action: Action; pair: readonly (Stored | undefined)[] }[] = [];
  const listing = (share: Share) =>
    inPages(
      paged(
        share.map(({ entry }) => entry),
        3,
      ),
    );
  const find = (share: Share, entry: Entry | undefined) => share.find((stored) => stored.entry === entry);
  for await (const batch of matchListings(listing(source), listing(destination))) {
    for (const pair of batch) {
      const action = planEntry(pair.source, pair.destination, {
        baseSnapshotMs: baseMs,
        compareChangeTime: true,
        full: false,
        deletions: 'mirror',
      });
      planned.push({ action, pair: [find(source, pair.source), find(destination, pair.destination)] });
    }
  }
  return planned;
}

/** What a restore would show; the service's own Last-Modified and ETag are not part of it. */
const visible = (share: Share) =>
  share.map(({ entry: { name, kind, times, attributes }, content, metadata }) => ({
    name,
    kind,
    times,
    attributes,
    content,
    metadata,
  }));

test('applying the plan makes the destination equal the source, whatever happened to the source', async () => {
  const scenario = shareArbitrary.chain((base) =>
    fc.tuple(
      fc.constant(base),
      fc.array(fc.constantFrom(...Object.keys(changes)), { minLength: base.length, maxLength: base.length }),
      shareArbitrary,
    ),
  );
  await fc.assert(
    fc.asyncProperty(scenario, async ([base, made, added]) => {
      const changed = base.flatMap((stored, index) => changes[made[index] ?? 'none']?.(stored) ?? []);
      const names = new Set(base.map(({ entry }) => foldName(entry.name)));
      const source = [...changed, ...added.filter(({ entry }) => !names.has(foldName(entry.name)))].toSorted((a, b) =>
        compareFolded(a.entry.name, b.entry.name),
      );

      const planned = await planAll(source, base);
      const result = planned
        .map(({ action, pair }) => apply(action, pair[0], pair[1]))
        .filter((stored) => stored !== undefined);

      expect(visible(result)).toEqual(visible(source));
    }),
    { numRuns: 300 },
  );
});

test('between equal listings there is nothing to do', async () => {
  await fc.assert(
    fc.asyncProperty(shareArbitrary, async (share) => {
      const planned = await planAll(share, share);

      expect(planned.map(({ action }) => action.reason)).toEqual(share.map(() => 'equal'));
    }),
  );
});
