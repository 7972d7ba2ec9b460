/** What nobody here has seen the real service do is a switch of the emulator: restores pass both ways. */
import { describe, expect, test } from 'vitest';
import { changingTree } from '../../support/changes.ts';
import { startScene } from '../../support/engine-fixture.ts';
import { newShare, restore, differencesToPoint } from '../../support/restores.ts';

describe.concurrent('A restore equals its restore point', () => {
  test.each([
    ['where ChangeTime is not kept as sent', { changeTimeIsSettable: false }, 'changeTime'],
    ['where setting metadata leaves ChangeTime', { setMetadataMovesChangeTime: false }, undefined],
    ['where children leave the times of their directory', { childChangeMovesDirectoryTimes: false }, undefined],
    ['where another kind is not found', { otherKindIsNotFound: true }, undefined],
    ['where copies across accounts stay pending', { crossAccountCopyPendingMs: 300 }, undefined],
    ['where listings come in pages of two', { listingPageSize: 2 }, undefined],
    ['where listings come in another order', { listingOrder: 'scattered', listingPageSize: 3 }, undefined],
  ])('%s', async (_, switches, except) => {
    await using scene = await startScene({ switches, tree: { ...changingTree, 'a_b.txt': '1', aB: '2', a0: '3' } });
    const process = scene.engine();
    expect(await process.run()).toMatchObject({ status: 'succeeded' });
    const to = { account: 'production', share: newShare(), path: '' };

    const report = await restore(process, { to });
    const again = await restore(process, { to, onConflict: 'overwrite' });

    expect(report).toMatchObject({ status: 'succeeded', failures: [], counts: { files: 9, copied: 9 } });
    expect((await differencesToPoint(scene, report)).filter(({ what }) => what !== except)).toEqual([]);
    expect(again).toMatchObject({ status: 'succeeded', counts: { copied: 0, unchanged: 9 } });
  });
});
