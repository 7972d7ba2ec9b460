/** Listings in an order that names cannot be merged in: by hash, in as many passes as hold few enough names. */
import { describe, expect, test } from 'vitest';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  type SceneOptions,
  startScene,
} from '../../support/engine-fixture.ts';

/** Pages of 12, and 40 entries held at once: 72 names are a directory of a million in small. */
const small = { listingPageSize: 12 };
const margins = { entriesHeld: 40, filesInline: 20 };

/** Names whose order differs by collation, in upper and lower case and with signs between them. */
const namesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => ['a', 'B', '_', 'c~', 'D^', 'é'][n % 6] + String((n * 7919) % 1000));

const treeOf = (count: number): Record<string, string> =>
  Object.fromEntries(namesOf(count).map((name) => [`crowd/${name}`, `content of ${name}`]));

function changeSome({ store, source }: Scene): void {
  const names = namesOf(72);
  for (const name of names.slice(0, 5)) store.files.delete(source.at(`crowd/${name}`));
  source.write({
    ...Object.fromEntries(names.slice(5, 15).map((name) => [`crowd/${name}`, 'changed'])),
    ...Object.fromEntries(names.slice(15, 25).map((name) => [`crowd/!new ${name}`, 'new'])),
    'crowd/sub/one.txt': 'beneath',
  });
}

const unorderedEvents = ({ events }: EngineProcess): string[] =>
  events.map(({ name }) => name).filter((name) => /unordered|listedagain/u.test(name));

describe.concurrent.each(['scattered', 'ordinal', 'lower'])('With listings in the order "%s"', (listingOrder) => {
  const switches = { ...small, listingOrder };

  test('a first run and a run after changes equal the source, every name counted once', async () => {
    await using scene = await startScene({ switches, tree: { ...treeOf(72), 'single.txt': 'x' } });
    const process = scene.engine({ margins });

    const first = await process.run();
    await expectEqualTrees(scene, first);
    changeSome(scene);
    scene.emulator.stats.reset();
    const second = await process.run();

    expectExactRequests(scene, second);
    await expectEqualTrees(scene, second);
    expect(first.counts).toMatchObject({ files: 73, directories: 1, copied: 73, unchanged: 0, deleted: 0 });
    expect(second.counts).toMatchObject({ files: 79, copied: 21, unchanged: 58, deleted: 5, directoriesMade: 1 });
    expectCountsAddUp(first);
    expectCountsAddUp(second);
    expect(unorderedEvents(process)).toContain('backup.listing.unordered');
  });

  test('a run without changes copies nothing and asks for no entry', async () => {
    await using scene = await startScene({ switches, tree: treeOf(72) });
    const process = scene.engine({ margins });
    await process.run();
    await process.run();
    scene.emulator.stats.reset();

    const report = await process.run();

    expect(report.counts).toMatchObject({ files: 72, unchanged: 72, copied: 0 });
    expect(scene.counted().destination).not.toHaveProperty('CopyFile');
    expect(scene.counted().source).not.toHaveProperty('GetFileProperties');
  });
});

const scattered = (options: Partial<SceneOptions> = {}): Promise<Scene> =>
  startScene({ switches: { ...small, listingOrder: 'scattered' }, tree: treeOf(72), ...options });

test.concurrent('What the service lists in order is never matched by hash', async () => {
  await using scene = await startScene({ switches: small, tree: treeOf(72) });
  const process = scene.engine({ margins });

  await process.run();
  changeSome(scene);
  const report = await process.run();

  await expectEqualTrees(scene, report);
  expect(unorderedEvents(process)).toEqual([]);
});

test.concurrent('A directory of one page is matched in memory, and the scan is not begun again', async () => {
  await using scene = await startScene({ switches: { listingOrder: 'scattered' }, tree: treeOf(72) });
  const process = scene.engine();

  const report = await process.run();

  await expectEqualTrees(scene, report);
  expect(unorderedEvents(process)).toEqual(['backup.listing.unordered']);
});

test.concurrent('The next run knows of the order, and does not begin its scan twice', async () => {
  await using scene = await scattered();
  const process = scene.engine({ margins });
  await process.run();
  const before = unorderedEvents(process).length;

  const report = await process.run();

  await expectEqualTrees(scene, report);
  expect(unorderedEvents(process).slice(before)).toEqual(['backup.listing.unordered']);
});

test.concurrent('A dry run says each action once', async () => {
  await using scene = await scattered();
  const process = scene.engine({ margins });
  await process.run();
  changeSome(scene);

  const report = await scene.engine({ margins }).run({ dryRun: true });

  expect(report.counts).toMatchObject({ files: 78, copied: 21, unchanged: 57, deleted: 5 });
});

test.concurrent('Dated mode copies each file once into its point', async () => {
  await using scene = await scattered({ destinations: [{ mode: 'dated' }] });
  const process = scene.engine({ margins });

  const first = await process.run();
  changeSome(scene);
  const second = await process.run();

  expect(first).toMatchObject({ status: 'succeeded', counts: { files: 72, copied: 72 } });
  expect(second).toMatchObject({ status: 'succeeded', counts: { files: 78, copied: 21, unchanged: 57 } });
});

test.concurrent('A name that is listed twice fails the run, and nothing is deleted', async () => {
  await using scene = await scattered();
  const process = scene.engine({ margins });
  await process.run();
  scene.store.files.delete(scene.source.at(`crowd/${namesOf(1)[0]}`));

  const report = await scene.withFaults(
    [{ operation: 'ListFilesAndDirectories', path: 'crowd', action: { listing: 'repeatPage' } }],
    () => process.run(),
  );

  expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { deleted: 0 } });
  expect(report.failures.map(({ code }) => code)).toContain('ListingRepeated');
});

test.concurrent('A scan begun again counts each file once, also what its listing of the destination leaves out', async () => {
  const tree = Object.fromEntries(namesOf(72).map((name) => [`crowd/${name}`, 'x']));
  await using scene = await startScene({ switches: small, tree });
  const process = scene.engine();
  const list = { operation: 'ListFilesAndDirectories', path: 'crowd', times: 1 } as const;

  const report = await scene.withFaults(
    [
      { ...list, account: 'devstoreaccount1', after: 2, action: { listing: 'repeatPage' } },
      { ...list, account: 'devstoreaccount2', action: { listing: 'dropEntries', count: 3 } },
    ],
    () => process.run(),
  );

  expect(unorderedEvents(process)).toEqual(['backup.listing.unordered', 'backup.run.listedagain']);
  expect(scene.counted().destination).toMatchObject({ CopyFile: 72 + 3 });
  expect(report.counts).toMatchObject({ files: 72, copied: 72, unchanged: 0, directories: 1, directoriesMade: 1 });
  expect(report.bytes.scanned).toBe(72);
  await expectEqualTrees(scene, report);
});

test.concurrent('What a listing of the destination leaves out is deleted by the next run', async () => {
  const switches = { childChangeMovesDirectoryTimes: false };
  await using scene = await startScene({ switches, tree: { 'docs/gone.txt': 'x', 'docs/stays.txt': 'x' } });
  const process = scene.engine();
  await process.run();
  scene.store.files.delete(scene.source.at('docs/gone.txt'));
  const hiding = {
    account: 'devstoreaccount2',
    path: 'docs',
    times: 1,
    action: { listing: 'dropEntries', count: 1 },
  } as const;

  const misled = await scene.withFaults([{ operation: 'ListFilesAndDirectories', ...hiding }], () => process.run());
  const next = await process.run();

  expect(misled).toMatchObject({ status: 'succeeded', counts: { files: 1, deleted: 0 } });
  expect(next).toMatchObject({ status: 'succeeded', counts: { files: 1, deleted: 1 } });
  await expectEqualTrees(scene, next);
});

test.concurrent.each(['upper', 'lower', 'ordinal'])(
  'A name whose case alone changes is one name, also where the listing goes by case (%s) and shows it twice',
  async (listingOrder) => {
    await using scene = await startScene({
      switches: { listingOrder, listingPageSize: 1 },
      tree: { A: 'x', '\u{7f}': 'y' },
    });
    const process = scene.engine();
    await process.run();
    scene.store.files.rename(scene.source.at('A'), scene.source.at('a'));

    const report = await process.run();

    expect(report.counts).toMatchObject({ files: 2, deleted: 0, failed: 0 });
    await expectEqualTrees(scene, report);
  },
);
