import { apiPath, get } from '../api.ts';
import type { Answer } from '../api.ts';
import { isUnderWay } from '../parts.ts';
import { h, replace } from '../dom.ts';
import { poll } from '../poll.ts';
import type { Screen } from '../screen.ts';
import type { Job, Page, RunReport } from '../shapes.ts';
import { approvalsAwaited, showAttention } from './attention.ts';
import { jobsTable } from './jobs-table.ts';
import { runsTable } from './runs-table.ts';

/** Restore points are read from the destinations for it: not more often than they can change what one does. */
const jobsEverySeconds = 60;
/** While something is under way, and while nothing is: the app puts each report together from its shards. */
const [busyEverySeconds, idleEverySeconds] = [10, 30];
const runsAsked = 20;
const runsShown = 10;
/** Runs of destinations that are older than the newest runs, asked for one by one. */
const mostOlder = 20;

interface Seen {
  jobs: readonly Job[];
  runs: readonly RunReport[];
}

/** What is protected, what needs somebody, what is going on. */
export function showOverview(screen: Screen): void {
  const tiles = h('ul', { class: 'tiles', 'aria-label': 'In short' });
  const attention = h('section', { 'aria-label': 'Needs attention' });
  const outcome = h('div');
  const [jobs, underWay, recent] = [screen.region(), screen.region(), screen.region()];
  const section = (id: string, title: string, region: HTMLElement): HTMLElement =>
    h('section', { 'aria-labelledby': id }, h('h2', { id }, title), region);
  screen.open(
    'Overview',
    tiles,
    outcome,
    attention,
    section('under-way', 'Running now', underWay),
    section('jobs', 'Jobs', jobs),
    section('recent', 'Recent runs', recent),
  );
  const showJobs = jobsTable(jobs);
  const seen: Seen = { jobs: [], runs: [] };
  const drawAttention = (): void => {
    const awaiting = approvalsAwaited(seen.jobs, seen.runs);
    showAttention(screen, attention, { jobs: seen.jobs, awaiting, outcome });
    replace(tiles, tilesOf(seen.jobs, awaiting.length));
  };
  void poll<Page<Job>>({
    signal: screen.signal,
    everySeconds: jobsEverySeconds,
    ask: (signal) => get('jobs', { signal }),
    show: ({ items }) => {
      seen.jobs = items;
      drawAttention();
      showJobs(items);
    },
    fail: (error) => screen.failed(jobs, error),
  });
  void poll<readonly RunReport[]>({
    signal: screen.signal,
    ask: (signal) => askRuns(seen, signal),
    show: (runs) => {
      seen.runs = runs;
      drawAttention();
      const busy = runs.filter(({ status }) => isUnderWay(status));
      replace(underWay, busy.length === 0 ? quiet('No run is under way.') : runsTable('Running now', busy));
      const newest = runs.slice(0, runsShown);
      replace(recent, newest.length === 0 ? quiet('Nothing has run yet.') : runsTable('Recent runs', newest));
    },
    fail: (error) => screen.failed(recent, error),
  });
}

const quiet = (text: string): HTMLElement => h('p', { class: 'quiet' }, text);

/** The newest runs, and older ones that are the last of a destination and wait or are under way. */
async function askRuns({ jobs }: Seen, signal: AbortSignal): Promise<Answer<readonly RunReport[]>> {
  const { value } = await get<Page<RunReport>>('runs', { query: { limit: runsAsked }, signal });
  const known = new Set(value.items.map(({ runId }) => runId));
  const older = jobs
    .flatMap(({ destinations }) => destinations.map(({ lastRun }) => lastRun))
    .filter((run) => run !== null)
    .filter(({ status }) => isUnderWay(status) || status === 'awaiting-approval')
    .filter((run) => !known.has(run.runId))
    .slice(0, mostOlder)
    .map((run) => get<RunReport>(apiPath('runs', run.runId), { signal }));
  const runs = [...value.items, ...(await Promise.all(older)).map((answer) => answer.value)];
  const isBusy = runs.some(({ status }) => isUnderWay(status));
  return { value: runs, retryAfter: isBusy ? busyEverySeconds : idleEverySeconds };
}

function tilesOf(jobs: readonly Job[], awaiting: number): HTMLElement[] {
  const all = jobs.filter(({ enabled }) => enabled).flatMap(({ destinations }) => destinations);
  const count = (what: (one: (typeof all)[number]) => boolean): number => all.filter(what).length;
  const isGood = (one: (typeof all)[number]): boolean => one.newestPoint !== null && !one.overdue;
  const tile = (value: string, text: string, tone: string): HTMLElement =>
    h('li', { class: `tile ${tone}` }, h('strong', {}, value), h('span', {}, text));
  const bad = (found: number, tone: string): string => (found > 0 ? tone : 'quiet');
  const [protectedNow, overdue] = [count(isGood), count(({ overdue: isLate }) => isLate)];
  const failed = count(({ lastRun }) => lastRun?.status === 'failed');
  return [
    tile(`${protectedNow} of ${all.length}`, 'destinations up to date', protectedNow === all.length ? 'good' : 'warn'),
    tile(String(overdue), 'overdue', bad(overdue, 'bad')),
    tile(String(failed), 'failed last time', bad(failed, 'bad')),
    tile(String(awaiting), 'awaiting approval', bad(awaiting, 'warn')),
  ];
}
