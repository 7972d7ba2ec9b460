/** The engine of a deployed app, through its HTTP API: what the app does, the command line asks for and watches. */
import type { Engine, LocalEngine, Page } from '../lib/engine.ts';
import { hasEnded, type Failure, type FileVersion, type RestorePointInfo, type RunReport } from '../lib/model/index.ts';
import { AppClient } from './app-client.ts';
import { UsageError } from './usage-error.ts';

const pollMs = 1_000;

const path = (text: string): string => encodeURIComponent(text);

/** `name=value&…` of what is given. */
const query = (values: Readonly<Record<string, string | number | undefined>>): string =>
  new URLSearchParams(
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  ).toString();

/** What the API has no route for is refused, with what to do instead. */
const notThere = (what: string) => (): never => {
  throw new UsageError('NotOverApp', `${what} does not work with --app: use a configuration instead.`);
};

export function createRemoteEngine(client: AppClient): LocalEngine {
  const report: Engine['report'] = (runId) => client.find<RunReport>(`/api/runs/${path(runId)}`);
  const followUp =
    (what: 'approve' | 'retry') =>
    async (runId: string): Promise<string> =>
      (await client.post<{ readonly runId: string }>(`/api/runs/${path(runId)}/${what}`)).runId;
  return {
    startRuns: async (job, { approve, idempotencyKey: _key, ...options }) => {
      if (approve === true) {
        throw new UsageError('NotOverApp', '--approve does not work with --app: let the run stop, then approve it.');
      }
      const { runs } = await client.post<{ readonly runs: readonly { readonly runId: string }[] }>(
        `/api/jobs/${path(job)}/runs`,
        options,
      );
      return runs.map(({ runId }) => runId);
    },
    report,
    cancel: async (runId) => void (await client.post(`/api/runs/${path(runId)}/cancel`)),
    approve: followUp('approve'),
    retry: followUp('retry'),
    runs: (asked) =>
      client.page<RunReport>(`/api/runs?${query({ ...asked, limit: Math.min(asked.limit ?? 50, 500) })}`),
    failures: (runId) => client.all<Failure>(`/api/runs/${path(runId)}/failures`),
    failurePage: (runId, page) => client.page<Failure>(`/api/runs/${path(runId)}/failures?${query({ ...page })}`),
    points: (job, destination) =>
      client.all<RestorePointInfo>(`/api/jobs/${path(job)}/restore-points?${query({ destination })}`),
    startRestore: async (request) =>
      (await client.post<{ readonly restoreId: string }>('/api/restores', asBody(request))).restoreId,
    versions: ({ from, path: pattern, cursor }): Promise<Page<FileVersion>> => {
      if ('account' in from) return notThere('--from')();
      const asked = query({ path: pattern, destination: from.destination, cursor });
      return client.page<FileVersion>(`/api/jobs/${path(from.job)}/versions?${asked}`);
    },
    drive: async (runIds, { signal, onProgress }) => {
      const reports = new Map<string, RunReport>();
      const waiting = [...runIds];
      while (waiting.length > 0 && !signal.aborted) {
        const runId = waiting.shift() ?? '';
        const now = await report(runId);
        if (now === undefined) continue;
        reports.set(runId, now);
        onProgress(now);
        if (now.next !== undefined) waiting.push(now.next);
        else if (!hasEnded(now.status)) {
          waiting.push(runId);
          await client.pause(pollMs, signal);
        }
      }
      return [...reports.values()];
    },
    ...refused,
    close: () => Promise.resolve(),
  };
}

const refused = {
  jobs: notThere('This'),
  actions: notThere('A list of actions'),
  estimate: notThere('An estimate'),
  pointsFrom: notThere('--from'),
  entries: notThere('This'),
  openContent: notThere('This'),
  startVerify: notThere('verify'),
  compareCatalog: notThere('verify'),
  startDrills: notThere('drill'),
  download: notThere('--to-folder'),
  pin: notThere('pin'),
  prune: notThere('prune'),
  check: notThere('check'),
};

/** `from` of a job is two fields of the body. */
function asBody({ from, idempotencyKey: _key, ...options }: Parameters<Engine['startRestore']>[0]): unknown {
  return 'job' in from ? { ...from, ...options } : { from, ...options };
}
