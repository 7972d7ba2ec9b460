import { expect, test } from 'vitest';
import { FarshareError } from '../../../lib/errors.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import type { SharePort } from '../../../lib/run/ports.ts';
import { comparePlaces } from '../../../walker/index.ts';
import { changingTree } from '../../support/changes.ts';
import { type EngineProcess, type Scene, startScene } from '../../support/engine-fixture.ts';
import { clockAhead, mortal } from '../../support/mortal-process.ts';

const tenMinutes = 600_000;
const options = { tree: changingTree, job: { copyMethod: 'ranges' }, source: { keep: { last: 20 } } };

async function differences(scene: Scene, sourceSnapshot: string, snapshot = ''): Promise<readonly unknown[]> {
  const { emulator, source, destination } = scene;
  const from = { connectionString: emulator.connectionString(source.account), share: source.share };
  const to = { connectionString: emulator.connectionString(destination.account), share: destination.share };
  return (await comparePlaces({ ...from, snapshot: sourceSnapshot }, { ...to, snapshot })).differences;
}

/** Of every restore point against the source snapshot that it names. */
async function differencesOfPoints(scene: Scene): Promise<readonly unknown[]> {
  const points = scene.destination.snapshots();
  const found = points.map(({ snapshot, metadata }) =>
    differences(scene, metadata['farshare_snapshot'] ?? '', snapshot),
  );
  return (await Promise.all(found)).flat();
}

/** A run of changes that stops after so many effects, as a process that is killed does; then a newer run of another state. */
async function startOvertaken(scene: Scene, dieAfter: number) {
  await scene.engine().run();
  scene.source.write({ 'docs/file.txt': 'first change', 'new/file.txt': 'new', 'new/other.txt': 'new' });
  scene.store.files.delete(scene.source.at('still.txt'));
  const { state, runIds } = await startKilled(scene, dieAfter);
  if (scene.store.shares.getProperties(scene.destination).lease.state === 'leased')
    scene.store.leases.break(scene.destination, { breakPeriodSeconds: 0 });
  scene.source.write({ 'docs/file.txt': 'second', 'Mixed Case/Inner.txt': 'second', 'still.txt': 'again' });
  scene.store.files.delete(scene.source.at('new/file.txt'));
  const newer = await scene.engine().run();
  expect(newer.status).toBe('succeeded');
  const again = scene.engine({ state, clock: clockAhead(tenMinutes) });
  return { newer, runIds, again };
}

// The snapshot, the scan, the decision, deletions, directories, the manifest, the mark, the seal, the check, pruning.
test.concurrent.each([9, 13, 24, 32, 45, 60, 79, 81, 124])(
  'A run killed after its effect %i that another run has overtaken brings no older state of the source over the newer one',
  async (dieAfter) => {
    await using scene = await startScene(options);
    const { newer, runIds, again } = await startOvertaken(scene, dieAfter);

    await again.drive(runIds);

    expect(await differencesOfPoints(scene)).toEqual([]);
    expect(await differences(scene, newer.sourceSnapshot ?? '')).toEqual([]);
    expect(scene.destination.metadata()).toMatchObject({
      farshare_state: 'clean',
      farshare_head: newer.sourceSnapshot,
    });
    expect(await next(scene, again)).toMatchObject({ status: 'succeeded', counts: { unchanged: 7, copied: 0 } });
  },
);

const next = (scene: Scene, { context: { state } }: EngineProcess): Promise<RunReport> =>
  scene.engine({ state, clock: clockAhead(2 * tenMinutes) }).run();

test.concurrent('A run killed at its very end takes no manifest from the run that has the destination by then', async () => {
  await using scene = await startScene(options);
  const killed = await startKilled(scene, (effect) => effect.startsWith('transact schedule '));
  scene.source.write({ 'docs/file.txt': 'second' });
  let isRecorded = false;
  const halfway = await startKilled(scene, (effect) => {
    isRecorded ||= effect.startsWith('putBytes manifests/');
    return isRecorded && effect === 'send finalize';
  });

  const ended = await killed.goOn();

  expect(ended).toMatchObject([{ status: 'succeeded' }]);
  expect(await halfway.goOn()).toMatchObject([{ status: 'succeeded' }]);
  const findings = await scene.engine(halfway).engine.compareCatalog('docs', { repair: false });
  expect(findings.filter(({ runId }) => runId === halfway.runIds[0])).toEqual([]);
});

test.concurrent('A run whose end the state did not take at first has the lock again as it goes over its end once more', async () => {
  await using scene = await startScene(options);
  const effects: string[] = [];
  let failures = 1;
  const process = scene.engine({
    wrapState: (state) => ({
      ...{ get: state.get.bind(state), first: state.first.bind(state), list: state.list.bind(state) },
      transact: (partition, operations) => {
        if (partition !== 'schedule' || failures === 0) return state.transact(partition, operations);
        failures -= 1;
        throw new FarshareError('ServerBusy', 'The state is busy.', { disposition: 'retry' });
      },
    }),
    wrapShares: (shares) => ({
      open: (ref, access) => recording(shares.open(ref, access), ref.share === scene.destination.share, effects),
    }),
  });

  const report = await process.run();

  expect([report.status, failures]).toEqual(['succeeded', 0]);
  expect(effects.filter((effect) => effect !== 'write').slice(-4)).toEqual([
    'acquire',
    'release',
    'acquire',
    'release',
  ]);
  expect(effects.at(-2)).toBe('write');
});

/** Tells of the lock of the live destination, and of what is written to the catalog. */
function recording(port: SharePort, isDestination: boolean, effects: string[]): SharePort {
  const told: Partial<Record<keyof SharePort, string>> = isDestination
    ? { acquireLease: 'acquire', releaseLease: 'release' }
    : { putBytes: 'write' };
  return new Proxy(port, {
    get(target, name: keyof SharePort) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function' || told[name] === undefined) return member;
      return (...given: unknown[]) => {
        const isOfSnapshot = name === 'releaseLease' ? given[1] !== undefined : hasSnapshot(given[0]);
        if (!isOfSnapshot) effects.push(told[name] as string);
        return (member as (...of: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}

const hasSnapshot = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && 'snapshot' in given && given.snapshot !== undefined;

async function startKilled(scene: Scene, dieAfter: Parameters<typeof mortal>[0]) {
  const state = openLocalState(':memory:');
  const dying = mortal(dieAfter);
  const process = scene.engine({ state, ...dying.ports });
  const runIds = await process.engine.startRuns('docs', {});
  await process.drive(runIds, { signal: dying.died }).catch(() => undefined);
  expect(dying.died.aborted).toBe(true);
  return { state, runIds, goOn: () => scene.engine({ state, clock: clockAhead(tenMinutes) }).drive(runIds) };
}
