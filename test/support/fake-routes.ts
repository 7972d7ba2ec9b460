import type { RunReport } from '../../lib/model/index.ts';
import type { FakeEntry, FakeWorld } from './fake-world.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: Record<string, unknown>;
}

type Route = (world: FakeWorld, parts: readonly string[], asked: Asked) => FakeAnswer;

const ok = (body: unknown, headers?: Record<string, string>): FakeAnswer => ({
  status: 200,
  body,
  ...(headers && { headers }),
});

export const problem = (status: number, code: string, detail: string): FakeAnswer => ({
  status,
  body: { type: `urn:farshare:${code}`, title: code, status, detail, code },
});

const underWay = new Set(['queued', 'running', 'finalizing']);

/** One page of a list, by a cursor that is the index of its first item. */
function paged<Item>(items: readonly Item[], query: URLSearchParams, standard: number): FakeAnswer {
  const [start, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit') ?? standard)];
  const next = start + limit < items.length ? String(start + limit) : null;
  return ok({ items: items.slice(start, start + limit), next });
}

/** Runs that the app reads for one page: where few are as asked for, pages are short, or empty, and go on. */
const mostRead = 500;

function listRuns(world: FakeWorld, _parts: readonly string[], { url }: Asked): FakeAnswer {
  const { searchParams: query } = url;
  const wanted = (['job', 'status', 'kind'] as const).filter((name) => query.has(name));
  const [start, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit') ?? 50)];
  const items: RunReport[] = [];
  let at = start;
  for (; at < Math.min(start + mostRead, world.runs.length) && items.length < limit; at += 1) {
    const run = world.runs[at];
    if (run !== undefined && wanted.every((name) => run[name] === query.get(name))) items.push(run);
  }
  return ok({ items, next: at < world.runs.length ? String(at) : null });
}

function reportOf(world: FakeWorld, id: string): FakeAnswer {
  const run = world.runs.find(({ runId }) => runId === id);
  if (run === undefined) return problem(404, 'RunNotFound', `There is no run ${id}.`);
  return ok(run, underWay.has(run.status) ? { 'retry-after': '1' } : {});
}

const failuresOf: Route = (world, [id = ''], { url }) => paged(world.failures[id] ?? [], url.searchParams, 50);

const restorePoints: Route = (world, [job], { url }) => {
  const wanted = url.searchParams.get('destination');
  const isWanted = (destination: string): boolean => wanted === null || destination === wanted;
  return ok({ items: world.points.filter((point) => point.job === job && isWanted(point.destination)) });
};

const entriesOf: Route = (world, _parts, { url }) => {
  const found: FakeEntry[] | undefined = world.entries[url.searchParams.get('path') ?? ''];
  if (found === undefined) return problem(404, 'PathNotFound', 'There is no such directory in the restore point.');
  return paged(found, url.searchParams, 300);
};

const contentOf: Route = (world, _parts, { url }) => {
  const content = world.content[url.searchParams.get('path') ?? ''];
  if (content === undefined) return problem(404, 'PathNotFound', 'There is no such file in the restore point.');
  return { status: 200, body: content, headers: { 'content-type': 'application/octet-stream' } };
};

function startRun(world: FakeWorld, [job = '']: readonly string[]): FakeAnswer {
  const runId = addRun(world, { job, status: 'running' });
  return { status: 202, body: { runs: [{ runId, destination: 'west', url: `/api/runs/${runId}` }] } };
}

const startRestore: Route = (world, _parts, { body }) => {
  const restoreId = addRun(world, { job: String(body['job']), kind: 'restore', dryRun: body['dryRun'] === true });
  return { status: 202, body: { restoreId, url: `/api/restores/${restoreId}` } };
};

const actOn: Route = (world, [id = '', action = ''], _asked) => {
  const run = world.runs.find(({ runId }) => runId === id);
  if (run === undefined) return problem(404, 'RunNotFound', `There is no run ${id}.`);
  if (action === 'cancel') {
    if (!underWay.has(run.status)) return problem(409, 'RunEnded', 'The run has ended.');
    change(world, id, { status: 'cancelled', endedAt: new Date().toISOString() });
    return { status: 202, body: { runId: id, url: `/api/runs/${id}` } };
  }
  if (action === 'approve' && run.status !== 'awaiting-approval') {
    return problem(409, 'NotAwaitingApproval', 'The run does not await approval.');
  }
  const runId = addRun(world, { job: run.job, status: 'running', ...(action === 'retry' && { retryOf: id }) });
  return { status: 202, body: { runId, url: `/api/runs/${runId}` } };
};

/** Changes a run of the world in place. */
export function change(world: FakeWorld, id: string, changes: Partial<RunReport>): void {
  world.runs = world.runs.map((run) => (run.runId === id ? { ...run, ...changes } : run));
}

function addRun(world: FakeWorld, changes: Partial<RunReport>): string {
  const [model] = world.runs;
  if (model === undefined) throw new Error('A world needs a run to begin with');
  const runId = `${changes.job}-west-20261122t120000z-${world.runs.length.toString(16).padStart(6, '0')}`;
  const fresh = { ...model, startedAt: new Date().toISOString(), status: 'succeeded', failures: [], ...changes, runId };
  world.runs = [fresh as RunReport, ...world.runs];
  return runId;
}

const routes: readonly (readonly [pattern: RegExp, route: Route])[] = [
  [/^GET jobs$/u, (world) => ok({ items: world.jobs })],
  [/^POST jobs\/([^/]+)\/runs$/u, startRun],
  [/^GET jobs\/([^/]+)\/restore-points$/u, restorePoints],
  [/^GET jobs\/([^/]+)\/restore-points\/([^/]+)\/entries$/u, entriesOf],
  [/^GET jobs\/([^/]+)\/restore-points\/([^/]+)\/content$/u, contentOf],
  [/^GET jobs\/([^/]+)\/versions$/u, (world) => ok({ items: world.versions })],
  [/^GET runs$/u, listRuns],
  [/^GET (?:runs|restores)\/([^/]+)$/u, (world, [id = '']) => reportOf(world, id)],
  [/^GET runs\/([^/]+)\/failures$/u, failuresOf],
  [/^POST runs\/([^/]+)\/(cancel|approve|retry)$/u, actOn],
  [/^POST restores$/u, startRestore],
];

export function fakeRoutes(world: FakeWorld, asked: Asked): FakeAnswer {
  const path = `${asked.method} ${asked.url.pathname.replace('/api/', '')}`;
  for (const [pattern, route] of routes) {
    const [, ...parts] = pattern.exec(path) ?? [''];
    if (pattern.test(path)) return route(world, parts.map(decodeURIComponent), asked);
  }
  return { status: 404 };
}
