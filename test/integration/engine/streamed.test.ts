import { expect, test } from 'vitest';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';

/** 230 characters of nine bytes each when percent-encoded: no copy source URL can name it. */
const longName = `${'備'.repeat(226)}.bin`;

test('A file whose name is too long for a copy source URL is streamed, counted, and left alone when unchanged', async () => {
  const content = new Uint8Array(Buffer.alloc(5 * 1024 * 1024, '0123456789\u00ff', 'latin1'));
  await using scene = await startScene({
    tree: {
      [`deep/${longName}`]: {
        content,
        headers: { contentType: 'application/x-bin' },
        metadata: { owner: 'ada' },
        attributes: 'Archive|ReadOnly',
      },
      [`deep/${'空'.repeat(230)}`]: '',
      'plain.txt': 'plain',
    },
  });
  const process = scene.engine();

  const first = await process.run();
  expectExactRequests(scene, first);
  scene.emulator.stats.reset();
  const second = await process.run();

  expectCountsAddUp(first);
  expect(first.counts).toMatchObject({ files: 3, copied: 3, streamed: 2 });
  // Two ranges of the file, and in the catalog the run's manifest and report.
  expect(first.requests.destination).toMatchObject({ CopyFile: 1, PutRange: 2 + 2 });
  await expectEqualTrees(scene, first);
  expect(second.counts).toMatchObject({ unchanged: 3, copied: 0, streamed: 0 });
});
