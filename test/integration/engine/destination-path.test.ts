import { expect, test } from 'vitest';
import { expectEqualTrees, startScene } from '../../support/engine-fixture.ts';

test.concurrent.each(['/copies/Here', '/Here/50% größer', '/Here/東京 🗻/ends in a space '])(
  'A destination under %s has its restore points, and keeps them when the case of its path changes',
  async (path) => {
    await using scene = await startScene({ destinations: [{ path }], tree: { 'a.txt': 'a', 'd/b.txt': 'b' } });
    const process = scene.engine();
    const [destination] = scene.job.destinations as [(typeof scene.job.destinations)[0]];

    const first = await process.run();
    destination.path = destination.path.replace('Here', 'HERE');
    const second = await process.run();

    expect(first).toMatchObject({ status: 'succeeded', failures: [] });
    expect(second).toMatchObject({ status: 'succeeded', failures: [], counts: { unchanged: 2, copied: 0 } });
    await expectEqualTrees(scene, second);
    expect(await process.engine.points('docs')).toHaveLength(2);
  },
);
