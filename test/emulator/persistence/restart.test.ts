import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStore } from '../../../emulator/store/index.ts';
import { outcomeOf, randomChange, seededChance } from './random-changes.ts';
import { at, newFolder, openStore, seenTree, share } from './support.ts';

let folder: ReturnType<typeof newFolder>;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => folder.remove());

const START_MS = Date.parse('2026-11-20T03:00:00Z');

/** A clock that moves on by a millisecond each time it is told to. */
function steppedClock() {
  return {
    ms: START_MS,
    nowMs() {
      return this.ms;
    },
  };
}

describe('A store over a location', () => {
  test.each([1, 2, 3])(
    'answers and looks like one in memory, whatever is kept, evicted and opened again in between (seed %i)',
    (seed) => {
      const chance = seededChance(seed);
      const clock = steppedClock();
      const model = createStore({ clock });
      const options = { clock, cacheBytes: seed === 3 ? 20_000 : 200_000 };
      let kept = openStore(folder.path, options);
      [model, kept.store].forEach((store) => store.shares.create(share));

      const differences: unknown[] = [];
      for (let step = 0; step < 700; step += 1) {
        clock.ms += chance(3);
        const change = randomChange(chance);
        const [outcome, expected] = [outcomeOf(kept.store, change), outcomeOf(model, change)];
        if (outcome !== expected) differences.push({ step, outcome, expected });
        if (chance(20) === 0) kept.location.flush();
        if (chance(200) === 0) {
          kept.close();
          kept = openStore(folder.path, options);
        }
      }
      kept.close();
      kept = openStore(folder.path, options);

      expect(differences).toEqual([]);
      expect(kept.store.snapshots.list(share)).toEqual(model.snapshots.list(share));
      for (const snapshot of [undefined, ...model.snapshots.list(share)]) {
        const tree = { ...share, snapshot };
        expect(seenTree(kept.store, tree)).toEqual(seenTree(model, tree));
      }
      kept.close();
    },
  );

  test('keeps leases, pending copies, permissions, policies, settings and soft-deleted shares', () => {
    const clock = steppedClock();
    const switches = { softDeleteAccounts: '*', softDeleteDays: 7 };
    let kept = openStore(folder.path, { clock, switches });
    const gone = { account: 'one', share: 'gone' };
    kept.store.shares.create(share, { quota: 77, metadata: { a: 'b' } });
    kept.store.shares.create(gone);
    kept.store.files.create({ ...gone, path: 'f' }, { sizeBytes: 3, content: Buffer.from('abc') });
    kept.store.shares.delete(gone);
    const { permissionKey } = kept.store.permissions.create(share, 'O:SYG:SYD:(A;;FA;;;WD)');
    kept.store.files.create(at('leased'), { sizeBytes: 1 });
    const { leaseId } = kept.store.leases.acquire(at('leased'), { durationSeconds: -1 });
    kept.store.files.create(at('source'), { sizeBytes: 3, content: Buffer.from('abc') });
    kept.store.copies.start(at('copy'), at('source'), { sourceUrl: 'https://source', pendingMs: 60_000 });
    kept.store.shares.setAccessPolicies(share, [{ id: 'reader', permissions: 'r' }]);
    kept.close();

    kept = openStore(folder.path, { clock, switches });
    const before = kept.store.files.getProperties(at('copy')).copy?.status;
    clock.ms += 60_001;
    const after = kept.store.files.getProperties(at('copy'));

    expect(kept.store.shares.getProperties(share)).toMatchObject({ quota: 77, metadata: { a: 'b' } });
    expect(kept.store.permissions.get(share, permissionKey).permission).toBe('O:SYG:SYD:(A;;FA;;;WD)');
    expect(kept.store.files.getProperties(at('leased')).lease).toMatchObject({ state: 'leased', duration: 'infinite' });
    expect(kept.store.leases.release(at('leased'), leaseId).etag).toBeDefined();
    expect(kept.store.shares.getAccessPolicies(share).policies).toEqual([{ id: 'reader', permissions: 'r' }]);
    expect([before, after.copy?.status, after.sizeBytes]).toEqual(['pending', 'success', 3]);
    const [deleted] = kept.store.shares.list('one', { includeDeleted: true }).shares.filter((each) => each.deleted);
    expect(deleted?.share).toBe('gone');
    kept.close();
  });

  test('never gives an id, an ETag or a moment a second time, even if the clock went back', () => {
    const clock = steppedClock();
    let kept = openStore(folder.path, { clock });
    kept.store.shares.create(share);
    const first = kept.store.files.create(at('first'), { sizeBytes: 0 });
    kept.close();
    clock.ms -= 10_000;

    kept = openStore(folder.path, { clock });
    const second = kept.store.files.create(at('second'), { sizeBytes: 0 });
    kept.close();

    expect(second.fileId > first.fileId).toBe(true);
    expect(second.etag).not.toBe(first.etag);
    expect(second.lastModified > first.lastModified).toBe(true);
  });
});
