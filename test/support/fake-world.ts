/** What a fake API tells of: jobs, runs and restore points in the shapes of docs/openapi.yaml. */
import type { RestorePointInfo, RunKind, RunReport, RunStatus } from '../../lib/model/index.ts';

export interface FakeEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly modifiedAt: string;
}

export interface FakeWorld {
  jobs: Record<string, unknown>[];
  /** Newest first. */
  runs: RunReport[];
  points: RestorePointInfo[];
  /** By directory; the same in every restore point. */
  entries: Record<string, FakeEntry[]>;
  versions: Record<string, unknown>[];
  /** By path. */
  content: Record<string, Buffer>;
  /** By run. */
  failures: Record<string, RunReport['failures'][number][]>;
}

export interface RunSpec {
  readonly job: string;
  readonly destination?: string;
  readonly kind?: RunKind;
  readonly status?: RunStatus;
  readonly startedMs: number;
  readonly seconds?: number;
  readonly copied?: number;
  readonly bytes?: number;
  readonly failed?: number;
  readonly guard?: readonly string[];
}

const iso = (ms: number): string => new Date(ms).toISOString();
const snapshotOf = (ms: number): string => `${iso(ms).slice(0, 19)}.0000000Z`;

const notEnded = new Set<RunStatus>(['queued', 'running', 'finalizing']);
let made = 0;
const usual = {
  destination: 'west',
  kind: 'backup',
  status: 'succeeded',
  seconds: 180,
  copied: 120,
  failed: 0,
} as const;

export const fakeFailures = (count: number): RunReport['failures'][number][] =>
  Array.from({ length: count }, (_, index) => ({
    path: `reports/2026/q${(index % 4) + 1}/ledger-${index}.xlsx`,
    operation: 'CopyFile',
    code: 'CannotVerifyCopySource',
    message: 'The source of the copy could not be read.',
  }));

export function fakeRun(spec: RunSpec): RunReport {
  const { job, destination, kind, status, startedMs, seconds, copied, failed } = { ...usual, ...spec };
  const { bytes = copied * 250_000 } = spec;
  made += 1;
  const stamp = iso(startedMs)
    .replaceAll(/[-:]|\.\d+/gu, '')
    .toLowerCase();
  const isSealed = kind === 'backup' && status === 'succeeded';
  const files = 18_400 + copied;
  return {
    runId: `${job}-${destination}-${stamp}-${made.toString(16).padStart(6, '0')}`,
    ...{ kind, job, destination, mode: 'mirror', dryRun: false, status },
    sourceSnapshot: status === 'queued' ? null : snapshotOf(startedMs),
    restorePoint: isSealed ? snapshotOf(startedMs + seconds * 1000) : null,
    startedAt: iso(startedMs),
    endedAt: notEnded.has(status) ? null : iso(startedMs + seconds * 1000),
    counts: {
      ...{ directories: 412, files, unchanged: files - copied - failed, copied, rangeCopied: 0, propertiesSet: 3 },
      ...{ directoriesMade: 2, deleted: 4, excluded: 17, streamed: 0, failed },
    },
    bytes: { scanned: 48_000_000_000, copied: bytes },
    requests: {
      source: { ListFilesAndDirectories: 420, GetFileProperties: 9 },
      destination: { ListFilesAndDirectories: 416, CopyFile: copied, DeleteFile: 4 },
      ...{ verification: 0, floor: 830 + copied, total: 849 + copied },
    },
    failures: fakeFailures(failed).slice(0, 100),
    ...(spec.guard && { guard: spec.guard }),
  };
}

export interface JobSpec {
  readonly name: string;
  readonly overdue?: boolean;
  readonly verifiedPercent?: number | null;
  readonly ageSeconds?: number | null;
  readonly nowMs: number;
  readonly lastRun?: RunReport;
}

export function fakeJob({ name, overdue = false, verifiedPercent = 64, ageSeconds = 7_300, nowMs, lastRun }: JobSpec) {
  return {
    ...{ name, enabled: true, schedule: '0 0 */6 * * *', timeZone: 'Europe/Berlin' },
    nextStart: iso(nowMs + 3_600_000),
    source: { account: 'production', share: name, path: '/' },
    verify: { samplePercent: 1 },
    destinations: [
      {
        ...{ name: 'west', account: 'vault', share: name, path: '/', mode: 'mirror', keep: { last: 7, daily: 30 } },
        newestPoint:
          ageSeconds === null
            ? null
            : { time: iso(nowMs - ageSeconds * 1000), snapshot: snapshotOf(nowMs - ageSeconds * 1000) },
        ...{ ageSeconds, expectedEverySeconds: 21_600, overdue, verifiedPercent },
        lastRun: lastRun
          ? {
              runId: lastRun.runId,
              status: lastRun.status,
              startedAt: lastRun.startedAt,
              endedAt: lastRun.endedAt,
            }
          : null,
      },
    ],
  };
}

export const fakePoint = (job: string, ms: number, complete: 'true' | 'partial' = 'true'): RestorePointInfo => ({
  ...{ job, destination: 'west', time: snapshotOf(ms), snapshot: snapshotOf(ms + 180_000) },
  ...{ sourceSnapshot: snapshotOf(ms), runId: `${job}-west-x`, complete },
});

export const emptyWorld = (): FakeWorld => ({
  ...{ jobs: [], runs: [], points: [], entries: {}, versions: [], content: {}, failures: {} },
});
