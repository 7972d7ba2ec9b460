import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../emulator/index.ts';
import { workMessageSchema } from '../../../lib/model/index.ts';
import { workShard } from '../../../lib/run/index.ts';
import type { MessageQueues } from '../../../lib/run/ports.ts';
import { changes, changingTree } from '../../support/changes.ts';
import {
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  startScene,
} from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };

interface Sent {
  readonly queue: string;
  readonly message: unknown;
}

/** Each message comes twice, at times drawn from a seed: late, and after those sent later. */
function unreliable(seed: number, sent: Sent[]) {
  let state = seed;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return (queues: MessageQueues): MessageQueues => ({
    async send(queue, message, delayMs = 0) {
      sent.push({ queue, message });
      await queues.send(queue, message, delayMs + random() * 200);
      await queues.send(queue, message, delayMs + random() * 600);
    },
  });
}

const makeAll = (scene: Scene, names: RegExp) => {
  for (const { name, make } of changes) if (names.test(name)) make(scene);
};

describe.concurrent('Messages that come twice, late and out of order', () => {
  test.each([1, 22, 333, 4444])('end in an equal tree with exact counts (seed %i)', async (seed) => {
    await using scene = await startScene({ job: { guard }, tree: changingTree });
    const size = { files: 600, filesPerDirectory: 20, depth: 3, sizeBytes: 10, seed };
    scene.store.tree.grow(scene.source, { path: 'grown', ...size });
    const sent: Sent[] = [];
    const process = scene.engine({ wrapQueues: unreliable(seed, sent), margins: { shardEntries: 60 } });

    const first = await process.run();
    expectExactRequests(scene, first);
    makeAll(scene, /^metadata of a file$|new directory|became a directory|deleted directory/u);
    const second = await process.run();

    expect(sent.length).toBeGreaterThan(20);
    await expectEqualTrees(scene, second);
    expectCountsAddUp(first);
    expectCountsAddUp(second);
    expect(first.counts).toMatchObject({ files: 606, copied: 606, deleted: 0, failed: 0 });
    expect(second.counts).toMatchObject({ copied: 2, propertiesSet: 0, deleted: 4, failed: 0, files: 606 });
  });

  test('do nothing once their run has ended', async () => {
    await using scene = await startScene({ job: { guard }, tree: changingTree });
    const sent: Sent[] = [];
    const process = scene.engine({ wrapQueues: unreliable(7, sent) });
    const first = await process.run();
    makeAll(scene, /a new file|metadata/u);
    const before = scene.counted();

    for (const { message } of sent) await workShard(process.context, workMessageSchema.parse(message));

    expect(scene.counted()).toEqual(before);
    expect(await process.report(first.runId)).toEqual(first);
  });
});

const each = (action: Fault['action'], operations: readonly string[]): Fault[] =>
  operations.map((operation) => ({ operation, times: 2, action }));

const written = [
  ...['CreateShare', 'SetShareMetadata', 'SnapshotShare', 'AcquireShareLease', 'ReleaseShareLease', 'CreateFile'],
  ...['CopyFile', 'CreateDirectory', 'SetFileProperties', 'SetDirectoryProperties', 'CreateFilePermission'],
];
const read = [
  ...['GetShareProperties', 'ListShares', 'ListFilesAndDirectories', 'GetFileProperties', 'GetDirectoryProperties'],
  'GetFilePermission',
];
const tree = { ...changingTree, 'empty.txt': '', 'private.txt': { content: 'p', sddl: 'O:BAG:SYD:(A;;FA;;;WD)' } };

describe.concurrent('A service in trouble', () => {
  const troubles: readonly (readonly [string, readonly Fault[]])[] = [
    ['that is busy at every operation', each({ status: 503, retryAfterSeconds: 1 }, [...written, ...read])],
    ['that fails inside at every operation', each({ status: 500, code: 'InternalError' }, [...written, ...read])],
    ['that cuts connections before every operation', each({ reset: 'before' }, [...written, ...read])],
    ['that cuts connections after every operation', each({ reset: 'after' }, [...written, ...read])],
  ];

  test.each(troubles)('%s ends in an equal tree, each attempt counted', async (_, faults) => {
    await using scene = await startScene({ tree, job: { guard } });
    const process = scene.engine();

    const report = await scene.withFaults(faults, () => process.run());

    expectExactRequests(scene, report);
    await expectEqualTrees(scene, report);
    expectCountsAddUp(report);
    expect(scene.destination.snapshots()).toHaveLength(1);
    expect(scene.source.snapshots()).toHaveLength(1);
  });

  test('while deleting and renaming ends in an equal tree', async () => {
    await using scene = await startScene({ tree, job: { guard } });
    const process = scene.engine();
    await process.run();
    makeAll(
      scene,
      /^a name in other case of a directory|deleted directory|^metadata of a directory|^metadata of a file/u,
    );
    scene.store.files.delete(scene.source.at('still.txt'));
    scene.emulator.stats.reset();
    const operations = ['DeleteFile', 'DeleteDirectory', 'RenameDirectory', 'SetDirectoryMetadata', 'SetFileMetadata'];

    const report = await scene.withFaults(each({ reset: 'after' }, operations), () => process.run());

    expectExactRequests(scene, report);
    await expectEqualTrees(scene, report);
    expect(report.counts.deleted).toBe(4);
  });
});
