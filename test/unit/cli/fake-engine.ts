/** An engine that answers from lists, and a command line around it. */
import { runCli } from '../../../cli/run-cli.ts';
import type {
  CheckOptions,
  LocalEngine,
  PinOptions,
  RunQuery,
  StartOptions,
  VerifyOptions,
} from '../../../lib/engine.ts';
import type {
  Failure,
  Finding,
  FileVersion,
  PlannedAction,
  PruneReport,
  RestorePointInfo,
  RestoreRequest,
  RunEstimate,
  RunReport,
} from '../../../lib/model/index.ts';
import { environment, rightConfig } from '../config/configurations.ts';

const counts: RunReport['counts'] = {
  directories: 12,
  files: 1234,
  unchanged: 1200,
  copied: 30,
  rangeCopied: 1,
  propertiesSet: 2,
  directoriesMade: 3,
  deleted: 4,
  excluded: 0,
  streamed: 0,
  failed: 1,
};

export const aReport = (fields: Partial<RunReport> = {}): RunReport => ({
  runId: 'finance-west-20261122t030000z-1a2b3c',
  kind: 'backup',
  job: 'finance',
  destination: 'west',
  mode: 'mirror',
  dryRun: false,
  status: 'succeeded',
  sourceSnapshot: '2026-11-22T03:00:00.0000000Z',
  restorePoint: '2026-11-22T03:01:00.0000000Z',
  startedAt: '2026-11-22T03:00:00.000Z',
  endedAt: '2026-11-22T03:01:15.500Z',
  counts,
  bytes: { scanned: 5_000_000_000, copied: 1536 },
  requests: {
    source: { ListFilesAndDirectories: 12 },
    destination: { CopyFile: 30 },
    verification: 0,
    floor: 40,
    total: 1042,
  },
  failures: [],
  ...fields,
});

const aPoint = { time: '2026-11-22T03:00:00.000Z', snapshot: '2026-11-22T03:01:00.0000000Z' };

export const aPruneReport: PruneReport = {
  source: { keep: [{ snapshot: '2026-11-22T03:00:00.0000000Z', reasons: ['last-1', 'base of west'] }], prune: [] },
  destinations: {
    west: {
      keep: [{ snapshot: aPoint.snapshot, reasons: ['newest complete'] }],
      prune: ['2026-11-21T03:01:00.0000000Z'],
    },
  },
};

export const anEstimate: RunEstimate = {
  totals: [{ kind: 'copy', reason: 'missing', count: 1200, bytes: 2048 }],
  requests: { source: { GetFileProperties: 3 }, destination: { CopyFile: 1200 }, total: 1203, floor: 1201 },
  bytesToCopy: 2048,
  cost: {
    currency: 'USD',
    dated: '2026-11-23',
    where: 'somewhere',
    verified: false,
    tiers: { hot: { sourceRequests: 0.0001, destinationRequests: 12.5, storedMonth: 0 } },
    betweenRegions: 1.25,
    leavesOut: ['Taxes.'],
  },
};

export const aVersion: FileVersion = {
  path: 'plans/2026.xlsx',
  size: 1536,
  modifiedAt: '2026-11-20T10:00:00.1234567Z',
  points: [{ destination: 'west', ...aPoint }],
};

export interface FakeEngine extends LocalEngine {
  readonly started: { readonly job: string; readonly options: StartOptions }[];
  /** `cancel RUN` and the like. */
  readonly asked: string[];
  readonly queries: RunQuery[];
  readonly pinned: { readonly job: string; readonly options: PinOptions }[];
  readonly checked: CheckOptions[];
  readonly verified: { readonly job: string; readonly options: VerifyOptions }[];
  readonly restores: RestoreRequest[];
  readonly downloads: Parameters<LocalEngine['download']>[0][];
  readonly pruned: { readonly job: string; readonly options: { readonly dryRun: boolean } }[];
  closed: number;
}

export function fakeEngine(
  lists: {
    readonly reports?: readonly RunReport[];
    readonly actions?: readonly PlannedAction[];
    readonly failures?: readonly Failure[];
    readonly points?: readonly RestorePointInfo[];
    readonly findings?: readonly Finding[];
    readonly drive?: (signal: AbortSignal) => Promise<void>;
  } = {},
): FakeEngine {
  const { reports = [aReport()], actions = [], failures = [], points = [] } = lists;
  const engine: FakeEngine = {
    started: [],
    asked: [],
    queries: [],
    pinned: [],
    checked: [],
    pruned: [],
    verified: [],
    restores: [],
    downloads: [],
    closed: 0,
    startRuns: (job, options) => {
      engine.started.push({ job, options });
      return Promise.resolve(reports.map(({ runId }) => runId));
    },
    compareCatalog: () => Promise.resolve([]),
    startVerify: (job, options) => {
      engine.verified.push({ job, options });
      return Promise.resolve(reports.map(({ runId }) => runId));
    },
    download: (request) => {
      engine.downloads.push(request);
      return Promise.resolve(reports[0] ?? aReport());
    },
    startDrills: () => Promise.resolve([]),
    pointsFrom: () => Promise.resolve(points),
    startRestore: (request) => {
      engine.restores.push(request);
      return Promise.resolve(reports[0]?.runId ?? '');
    },
    drive: async (runIds, { signal, onProgress }) => {
      for (const report of reports.filter(({ runId }) => runIds.includes(runId))) {
        onProgress({ ...report, status: 'running' });
        onProgress({ ...report, status: 'running' });
        onProgress(report);
      }
      await lists.drive?.(signal);
      return reports;
    },
    report: (runId) => Promise.resolve(reports.find((report) => report.runId === runId)),
    runs: (query) => {
      engine.queries.push(query);
      const from = Number(query.cursor ?? 0);
      const items = reports.slice(from, from + 2);
      return Promise.resolve(from + 2 < reports.length ? { items, next: String(from + 2) } : { items });
    },
    cancel: (runId) => Promise.resolve(void engine.asked.push(`cancel ${runId}`)),
    approve: (runId) => Promise.resolve(reports[engine.asked.push(`approve ${runId}`) - 1]?.runId ?? ''),
    retry: (runId) => Promise.resolve(reports[engine.asked.push(`retry ${runId}`) - 1]?.runId ?? ''),
    failures: () => Promise.resolve(failures),
    failurePage: () => Promise.resolve({ items: failures }),
    jobs: () => Promise.resolve([]),
    versions: ({ path }) => Promise.resolve({ items: path === aVersion.path ? [aVersion] : [] }),
    entries: () => Promise.resolve({ items: [] }),
    openContent: () => Promise.reject(new Error('no content')),
    actions: async function* () {
      for (const action of actions) yield await Promise.resolve(action);
    },
    estimate: (_, prices) => Promise.resolve({ ...anEstimate, cost: { ...anEstimate.cost, dated: prices.dated } }),
    points: () => Promise.resolve(points),
    pin: (job, options) => {
      engine.pinned.push({ job, options });
      const { time, snapshot } = aPoint;
      return Promise.resolve([{ job, destination: 'west', time, snapshot, until: options.until ?? null }]);
    },
    prune: (job, options) => {
      engine.pruned.push({ job, options });
      return Promise.resolve(aPruneReport);
    },
    check: (options = {}) => {
      engine.checked.push(options);
      return Promise.resolve(lists.findings ?? []);
    },
    close: () => {
      engine.closed++;
      return Promise.resolve();
    },
  };
  return engine;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Both streams are terminals. */
  readonly isTTY?: boolean;
  readonly openEngine?: () => Promise<LocalEngine>;
  readonly config?: unknown;
  readonly columns?: number;
}

/** Runs the command line with farshare.json in the current folder. */
export async function cli(
  argv: readonly string[],
  engine: LocalEngine = fakeEngine(),
  world: World = {},
): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => ({
    isTTY: world.isTTY,
    columns: world.columns,
    write: (text: string, done?: () => void) => {
      texts[name] += text;
      done?.();
      return true;
    },
  });
  const code = await runCli({
    argv,
    env: { ...environment, ...world.env },
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    readFile: (path) =>
      path === 'farshare.json'
        ? Promise.resolve(JSON.stringify(world.config ?? rightConfig()))
        : Promise.reject(Object.assign(new Error('no file'), { code: 'ENOENT' })),
    openEngine: world.openEngine ?? (() => Promise.resolve(engine)),
    signal: world.signal ?? new AbortController().signal,
  });
  return { code, ...texts };
}
