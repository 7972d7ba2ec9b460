/** Dated restore points whose listings come in an order that names cannot be merged in. */
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import { expectCountsAddUp, expectExactRequests, type Scene, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { newShare, restore } from '../../support/restores.ts';

/** Names whose order differs by collation, in upper and lower case and with signs between them. */
const names = Array.from({ length: 36 }, (_, n) => ['a', 'B', '_', 'c~', 'D^', 'é'][n % 6] + String((n * 7919) % 1000));
const tree: TreeLiteral = Object.fromEntries(
  names.map((name, n) => [
    `crowd/${name}`,
    { content: `content of ${name}`, lastWriteTime: `2024-02-0${(n % 3) + 1}T10:00:00.0000000Z` },
  ]),
);

const startUnordered = (listingOrder: string): Promise<Scene> =>
  startScene({
    ...{ switches: { listingOrder, listingPageSize: 5 }, tree, destinations: [{ mode: 'dated' }] },
    job: { verify: { samplePercent: 0 } },
  });

describe.concurrent.each([
  ['scattered', {}],
  ['scattered', { entriesHeld: 20, shardEntries: 5 }],
  ['ordinal', {}],
  ['lower', { entriesHeld: 20 }],
])('With listings in the order "%s", and margins %o', (listingOrder, margins) => {
  test('a dated restore point is verified, whole', async () => {
    await using scene = await startUnordered(listingOrder);
    const process = scene.engine({ margins });
    await process.run();
    scene.store.files.delete(scene.destination.at(`2024-02-01/crowd/${names[0]}`));
    await process.run();
    scene.emulator.stats.reset();

    const [report] = (await process.drive(await process.engine.startVerify('docs', { all: true }))) as [RunReport];

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    expect(report.failures.map(({ path, code }) => `${path} ${code}`)).toEqual([
      `crowd/${names[0]} RestorePointDiffers`,
    ]);
    expect(report).toMatchObject({ counts: { files: 36, unchanged: 35, directories: 1 }, verification: { files: 35 } });
    expect(process.events.map(({ name }) => name)).toContain('backup.listing.unordered');
  });

  test('a dated restore point is restored, each file once', async () => {
    await using scene = await startUnordered(listingOrder);
    const process = scene.engine({ margins });
    await process.run();
    const share = newShare();

    const report = await restore(process, { to: { account: 'production', share, path: '' } });

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 36, copied: 36, directoriesMade: 1 } });
    const { store, source } = scene;
    for (const name of names) {
      const reader = store.files.open({
        account: source.account,
        share,
        path: `crowd/${name}`,
        allowTrailingDot: true,
      });
      expect(Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString()).toBe(`content of ${name}`);
    }
  });
});

test.concurrent('A turn that is over at once comes to the end of a directory matched by hash all the same', async () => {
  await using scene = await startUnordered('lower');
  const process = scene.engine({ margins: { shardMs: 1 } });
  await process.run();

  const [report] = (await process.drive(await process.engine.startVerify('docs', { all: true }))) as [RunReport];

  expect(report).toMatchObject({ status: 'succeeded', counts: { files: 36, unchanged: 36 } });
});
