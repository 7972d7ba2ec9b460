import { describe, expect, test } from 'vitest';
import {
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type SceneOptions,
  startScene,
  type Scene,
} from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const times = {
  creationTime: '2026-01-01T00:00:00.0000001Z',
  lastWriteTime: '2026-02-01T00:00:00.0000001Z',
  changeTime: '2026-02-01T00:00:00.0000002Z',
};
const sddl = 'O:BAG:BAD:(A;;FA;;;BA)(A;;FR;;;WD)';
const described = {
  metadata: { a: 'b' },
  headers: { contentType: 'text/plain', contentMd5: 'XrY7u+Ae7tCTyyK7j1rNww==' },
};
const tree = {
  'docs/': { ...times, metadata: { of: 'docs' } },
  'docs/a.txt': { content: 'alpha', ...times, ...described, sddl },
  'docs/b.txt': { content: 'beta', ...times },
};

/** A destination as another tool leaves it: contents and LastWriteTimes, and nothing else. */
async function startFilled(
  copied: Record<string, string>,
  options: SceneOptions = { job: { adopt: true, guard } },
): Promise<Scene> {
  const scene = await startScene({ tree, ...options });
  const { lastWriteTime } = times;
  scene.store.shares.create(scene.destination, { quota: 100 });
  scene.destination.write(
    Object.fromEntries(Object.entries(copied).map(([path, content]) => [path, { content, lastWriteTime }])),
  );
  return scene;
}

const whole = { 'docs/a.txt': 'alpha', 'docs/b.txt': 'beta' };

describe('With adopt', () => {
  test('a copy made by other means is taken over without copying content', async () => {
    await using scene = await startFilled(whole);
    const process = scene.engine();
    scene.emulator.stats.reset();

    const report = await process.run();

    expectExactRequests(scene, report);
    await expectEqualTrees(scene, report);
    expectCountsAddUp(report);
    expect(report.counts).toMatchObject({ files: 2, copied: 0, propertiesSet: 2 });
    expect(scene.emulator.stats.report().bytesCopied).toBe(0);
    // Each file: a look at both sides, and one request that sets it right (two where metadata differs as well).
    // The first one written is read back.
    expect(report.requests.destination['GetFileProperties']).toBe(3);
    expect(report.requests.destination['SetFileProperties']).toBe(2);
    expect(report.requests.destination['SetFileMetadata']).toBe(1);
  });

  test('what differs in size or LastWriteTime is copied, and what is too much deleted', async () => {
    await using scene = await startFilled({ 'docs/a.txt': 'alph', 'docs/b.txt': 'beta', 'docs/c.txt': 'gamma' });

    const report = await scene.engine().run();

    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 2, copied: 1, propertiesSet: 1, deleted: 1 });
  });

  test('a file whose stored hash is another is copied', async () => {
    await using scene = await startFilled(whole);
    scene.destination.write({
      'docs/a.txt': { content: 'omega', ...times, headers: { contentMd5: 'fX5VMP1Ocbs+oJ8gvr5dFA==' } },
    });

    const report = await scene.engine().run();

    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 2, copied: 1 });
  });

  test('the next run finds everything equal', async () => {
    await using scene = await startFilled(whole, { job: { guard }, destinations: [{ adopt: true }] });
    const process = scene.engine();
    await process.run();

    const report = await process.run();

    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 2, unchanged: 2, copied: 0, propertiesSet: 0 });
  });

  test('a dry run says what would be set', async () => {
    await using scene = await startFilled({ 'docs/a.txt': 'alpha' });
    const process = scene.engine();

    const report = await process.run({ dryRun: true });

    const actions = new Set<string>();
    for await (const { kind, path, reason } of process.engine.actions(report.runId))
      actions.add(`${kind} ${path}: ${reason}`);
    expect(actions).toEqual(
      new Set(['copy docs/b.txt: missing', 'enter-directory docs: adopted', 'set-properties docs/a.txt: adopted']),
    );
    expect(scene.destination.snapshots()).toEqual([]);
  });

  test('without it the first run asks', async () => {
    await using scene = await startFilled(whole, { job: { guard, adopt: true }, destinations: [{ adopt: false }] });

    const report = await scene.engine().run();

    expect(report.status).toBe('awaiting-approval');
  });
});
