import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import type { ShareOpener } from '../../../lib/run/ports.ts';
import { FarshareError } from '../../../lib/errors.ts';
import { expectEqualTrees, startScene } from '../../support/engine-fixture.ts';

const two = { destinations: [{}, {}], tree: { 'docs/file.txt': 'one' } };

/** Every request to the share fails as an account that cannot be reached does, after its retries in place. */
const away =
  (share: string, isAway: () => boolean) =>
  (shares: ShareOpener): ShareOpener => ({
    open(ref, access) {
      const port = shares.open(ref, access);
      if (ref.share !== share) return port;
      return new Proxy(port, {
        get(target, name: keyof typeof port) {
          const value: unknown = target[name];
          if (typeof value !== 'function') return value;
          return (...args: unknown[]): unknown => {
            if (!isAway()) return (value as (...all: unknown[]) => unknown).apply(target, args);
            return Promise.reject(new FarshareError('Unreachable', 'No answer.', { disposition: 'retry' }));
          };
        },
      });
    },
  });

describe.concurrent('Several destinations', () => {
  test.each([
    ['the first, which takes the snapshot,', 0],
    ['the second', 1],
  ])('while %s is away the other is backed up; back again, it gets all that it missed, in order', async (_, index) => {
    await using scene = await startScene(two);
    let isAway = false;
    const share = scene.destinations[index]?.share ?? '';
    const process = scene.engine({ wrapShares: away(share, () => isAway) });
    const name = `place${index + 1}`;
    const of = (reports: readonly RunReport[]) => reports.filter(({ destination }) => destination === name);
    await process.runAll();
    isAway = true;
    const outage: RunReport[] = [];
    for (const content of ['two', 'three', 'four']) {
      scene.source.write({ 'docs/file.txt': content });
      outage.push(...(await process.runAll()));
    }
    isAway = false;
    scene.source.write({ 'docs/file.txt': 'five' });

    const back = await process.runAll();

    expect(of(outage).map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    const others = outage.filter(({ destination }) => destination !== name);
    expect(others.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(of(back).map(({ sourceSnapshot }) => sourceSnapshot)).toEqual([
      ...others.map(({ sourceSnapshot }) => sourceSnapshot),
      back.find(({ destination }) => destination !== name)?.sourceSnapshot,
    ]);
    const contents = of(back).map(({ restorePoint }) => {
      const file = scene.destinations[index]?.at('docs/file.txt', restorePoint ?? '');
      return file && Buffer.from(scene.store.files.open(file).read(0, 9)).toString();
    });
    expect(contents).toEqual(['two', 'three', 'four', 'five']);
    await expectEqualTrees(scene, of(back).at(-1) as RunReport, { index });
    // Nobody waits any more: retention at the source holds again.
    expect(scene.source.snapshots().length).toBeLessThanOrEqual(2);
  });

  test('the snapshot of one that awaits approval stays while the others go on, until it is superseded', async () => {
    const tree = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}.txt`, `${n}`]));
    const destinations = [{ keep: { last: 1 } }, { keep: { last: 1 } }];
    await using scene = await startScene({ tree, destinations, source: { keep: { last: 1 } } });
    const process = scene.engine();
    await process.runAll();
    for (let n = 0; n < 20; n += 1) scene.store.files.delete(scene.source.at(`${n}.txt`));
    const [awaiting] = await process.runAll({ destination: 'place1' });
    for (const content of ['two', 'three']) {
      scene.source.write({ '29.txt': content });
      await process.runAll({ destination: 'place2', approve: true });
    }

    const approved = await process.engine.approve(awaiting?.runId ?? '');

    expect(awaiting?.status).toBe('awaiting-approval');
    const [report] = await process.drive([approved]);
    expect(report).toMatchObject({ status: 'succeeded', sourceSnapshot: awaiting?.sourceSnapshot });
    await process.runAll();
    expect(scene.source.snapshots()).toHaveLength(1);
  });

  test('with the state lost, nothing of the source goes that a destination which does not answer may need', async () => {
    await using scene = await startScene(two);
    let isAway = false;
    const wrapShares = away(scene.destinations[1]?.share ?? '', () => isAway);
    await scene.engine({ wrapShares }).runAll();
    const [base] = scene.source.snapshots();
    isAway = true;

    for (const content of ['two', 'three', 'four']) {
      scene.source.write({ 'docs/file.txt': content });
      await scene.engine({ wrapShares }).runAll({ destination: 'place1' });
    }

    expect(scene.source.snapshots()).toContainEqual({ ...base, leased: true });
    expect(scene.source.snapshots()).toHaveLength(4);
    isAway = false;
    const back = await scene.engine({ wrapShares }).runAll({ destination: 'place2' });
    expect(back.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'succeeded'));
    expect(scene.source.snapshots().length).toBeLessThanOrEqual(2);
  });
});
