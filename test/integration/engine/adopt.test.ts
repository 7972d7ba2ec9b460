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

const refusingB = ['CopyFile', 'CreateFile'].map((operation) => ({
  operation,
  path: 'docs/b.txt',
  action: { status: 403, code: 'AuthorizationFailure' },
}));

function deletePoints({ store, destination }: Scene): void {
  const { account, share } = destination;
  for (const { snapshot, leased } of destination.snapshots()) {
    if (leased) store.leases.break({ account, share, snapshot }, { breakPeriodSeconds: 0 });
    store.shares.delete({ account, share, snapshot });
  }
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

  test.each([
    ['a first run that brought only a part', 'partial'],
    ['a run of which no restore point is left', 'gone'],
  ])('what %s has taken over is compared by ChangeTime too', async (_, point) => {
    const isPartial = point === 'partial';
    const job = { adopt: true, guard: { ...guard, maxFailedEntries: 1 }, verify: { samplePercent: 0 } };
    await using scene = await startFilled({ 'docs/a.txt': 'alpha' }, { job });
    const process = scene.engine();
    const first = await (isPartial ? scene.withFaults(refusingB, () => process.run()) : process.run());
    if (!isPartial) deletePoints(scene);
    const at = scene.source.at('docs/a.txt');
    const { headers } = scene.store.files.getProperties(at);
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('ALPHA')));
    scene.store.files.setProperties(at, {
      headers,
      creationTime: times.creationTime,
      lastWriteTime: times.lastWriteTime,
    });

    const report = await process.run();

    expect(first.counts).toMatchObject({ propertiesSet: 1, failed: isPartial ? 1 : 0 });
    expect(report.counts).toMatchObject({ copied: isPartial ? 2 : 1 });
    await expectEqualTrees(scene, report);
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
