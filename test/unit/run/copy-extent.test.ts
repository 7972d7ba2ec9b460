import { expect, test } from 'vitest';
import type { RunRow } from '../../../lib/model/index.ts';
import { copyExtent } from '../../../lib/run/copy-extent.ts';
import type { SnapshotInfo } from '../../../lib/run/ports.ts';

const destination = { name: 'west', path: '', mode: 'mirror' };
const rowAt = (day: string) =>
  ({ job: { name: 'docs', fullEvery: 'P30D' }, destination, createdAtMs: Date.parse(day) }) as unknown as RunRow;

function pointAt(day: string, { kind = 'incremental', complete = 'true' }): SnapshotInfo {
  const metadata = {
    farshare_role: 'point',
    farshare_job: 'docs',
    farshare_destination: 'west',
    farshare_path: '',
    farshare_kind: kind,
    farshare_complete: complete,
    farshare_snapshot: `${day}T00:00:00.0000000Z`,
  };
  return { snapshot: `${day}T00:00:01.0000000Z`, metadata };
}

test('A full copy that is due comes once, also where a few entries of it failed', () => {
  const before = [pointAt('2026-01-01', { kind: 'full' }), pointAt('2026-01-20', {})];
  const partial = pointAt('2026-02-02', { kind: 'full', complete: 'partial' });

  const due = copyExtent(rowAt('2026-02-02'), before, {});
  const after = copyExtent(rowAt('2026-02-03'), [...before, partial], {});
  const later = copyExtent(rowAt('2026-03-05'), [...before, partial], {});

  expect([due, after, later]).toEqual([{ fullDue: true }, {}, { fullDue: true }]);
});
