/** A world with something of everything, for pictures and for tests that walk through all views. */
import type { RunReport } from '../../lib/model/index.ts';
import { emptyWorld, fakeFailures, fakeJob, fakePoint, fakeRun } from './fake-world.ts';
import type { FakeEntry, FakeWorld } from './fake-world.ts';

const hour = 3_600_000;
const day = 24 * hour;

export const hostileNames = [
  '<img src=x onerror=window.hit=1>.txt',
  '"><svg onload=window.hit=1>.txt',
  "';window.hit=1;'.txt",
  'invoice\u{202e}fdp.exe',
  'zero\u{200b}width.txt',
  '{{constructor.constructor("window.hit=1")()}}.txt',
];

export function showcase(nowMs: number): FakeWorld {
  const failed = fakeRun({ job: 'archive', status: 'failed', startedMs: nowMs - 5 * hour, failed: 230, copied: 90 });
  const waiting = fakeRun({
    job: 'legal',
    status: 'awaiting-approval',
    startedMs: nowMs - 2 * hour,
    copied: 40,
    guard: ['5,210 of 18,900 entries would be deleted, 27.6 %: more than the 25 % of maxDeletedPercent.'],
  });
  const busy = fakeRun({ job: 'media', status: 'running', startedMs: nowMs - 400_000, copied: 812, bytes: 91e9 });
  const restored = fakeRun({ job: 'finance', kind: 'restore', startedMs: nowMs - 26 * hour, copied: 14, seconds: 40 });
  const verified = {
    ...fakeRun({ job: 'finance', kind: 'verify', startedMs: nowMs - 20 * hour, copied: 0, seconds: 600 }),
    verification: {
      ...{ files: 18_400, bytes: 48e9, differing: 1, unread: 0, paths: [hostileNames[3] ?? ''] },
      ...{ slot: 63, slots: 100, coveredPercent: 64 },
    },
  };
  const finance = history('finance', nowMs);
  const runs = [busy, waiting, failed, restored, verified, ...finance, ...history('engineering', nowMs - hour)];
  return {
    ...emptyWorld(),
    runs: runs.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)),
    jobs: [
      fakeJob({ name: 'finance', nowMs, ageSeconds: 7_300, verifiedPercent: 64, ...lastOf(finance) }),
      fakeJob({ name: 'engineering', nowMs, ageSeconds: 10_900, verifiedPercent: 100, ...lastOf(runs, 'engineering') }),
      fakeJob({ name: 'legal', nowMs, ageSeconds: 21_200, verifiedPercent: 12, lastRun: waiting }),
      fakeJob({ name: 'media', nowMs, ageSeconds: 21_000, verifiedPercent: null, lastRun: busy }),
      fakeJob({ name: 'archive', nowMs, ageSeconds: 193_000, overdue: true, verifiedPercent: 3, lastRun: failed }),
    ],
    points: Array.from({ length: 90 }, (_, at) => fakePoint('finance', nowMs - 7_300_000 - (89 - at) * 6 * hour)).map(
      (point, at) => (at % 31 === 30 ? { ...point, complete: 'partial' as const } : point),
    ),
    entries: entriesOf(nowMs),
    versions: versionsOf(nowMs),
    content: { 'reports/plan.xlsx': Buffer.from('the plan') },
    failures: { [failed.runId]: fakeFailures(230) },
  };
}

const lastOf = (runs: readonly RunReport[], job = 'finance') => {
  const lastRun = runs.find((run) => run.job === job);
  return lastRun === undefined ? {} : { lastRun };
};

/** Forty runs, six hours apart, newest first, busier by day, two of them failed. */
function history(job: string, nowMs: number): RunReport[] {
  return Array.from({ length: 40 }, (_, at) =>
    fakeRun({
      job,
      startedMs: nowMs - 7_500_000 - at * 6 * hour,
      copied: [1_240, 2_310, 640, 85][at % 4] ?? 0,
      bytes: ([3.1, 5.4, 1.2, 0.2][at % 4] ?? 0) * 1e9 * (1 + Math.sin(at) / 3),
      seconds: 150 + (at % 7) * 25,
      ...(at === 9 || at === 22 ? { status: 'failed', failed: 3 } : {}),
    }),
  );
}

function entriesOf(nowMs: number): Record<string, FakeEntry[]> {
  const at = (days: number): string => new Date(nowMs - days * day).toISOString();
  const file = (name: string, size: number, days: number): FakeEntry => ({
    ...{ name, kind: 'file', size, modifiedAt: at(days) },
  });
  const directory = (name: string, days: number): FakeEntry => ({
    ...{ name, kind: 'directory', size: 0, modifiedAt: at(days) },
  });
  return {
    '': [directory('contracts', 12), directory('odd names', 2), directory('reports', 1), file('readme.txt', 812, 300)],
    contracts: [file('2025.zip', 4_812_000_000, 120)],
    'odd names': hostileNames.map((name, index) => file(name, 100 + index, index)),
    reports: [file('forecast.xlsx', 96_231, 3), file('plan.xlsx', 8, 1), file('summary.docx', 1_204_112, 9)],
  };
}

function versionsOf(nowMs: number): Record<string, unknown>[] {
  const point = (days: number) => {
    const { destination, time, snapshot } = fakePoint('finance', nowMs - 7_300_000 - days * day);
    return { destination, time, snapshot };
  };
  const version = (size: number, days: number, points: readonly number[]) => ({
    ...{ path: 'reports/plan.xlsx', size, modifiedAt: new Date(nowMs - days * day).toISOString() },
    points: points.map(point),
  });
  return [version(7_612, 14, [13, 12, 11, 10]), version(8_044, 9, [8, 7, 6]), version(8, 1, [0])];
}
