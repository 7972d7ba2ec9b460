import { apiPath, get } from '../api.ts';
import { h, replace } from '../dom.ts';
import { poll } from '../poll.ts';
import type { Screen } from '../screen.ts';
import type { Job, Page, RunReport } from '../shapes.ts';
import { approvalsAwaited, showAttention } from './attention.ts';
import { jobsTable } from './jobs-table.ts';
import { runsTable } from './runs-table.ts';

/** Restore points are read from the destinations for it: not more often than they can change what one does. */
const jobsEverySeconds = 60;
const runsEverySeconds = 10;
const recentRuns = 10;

/** What is protected, what needs somebody, what is going on. */
export function showOverview(screen: Screen): void {
  const tiles = h('ul', { class: 'tiles', 'aria-label': 'In short' });
  const attention = h('section', { 'aria-label': 'Needs attention' });
  const jobs = screen.region();
  const underWay = screen.region();
  const recent = screen.region();
  screen.open(
    'Overview',
    tiles,
    attention,
    h('section', { 'aria-labelledby': 'under-way' }, h('h2', { id: 'under-way' }, 'Running now'), underWay),
    h('section', { 'aria-labelledby': 'jobs' }, h('h2', { id: 'jobs' }, 'Jobs'), jobs),
    h('section', { 'aria-labelledby': 'recent' }, h('h2', { id: 'recent' }, 'Recent runs'), recent),
  );
  const showJobs = jobsTable(jobs);
  const { signal } = screen;
  let known: readonly Job[] = [];
  let awaiting: readonly RunReport[] = [];
  const drawAttention = (): void => {
    showAttention(screen, attention, { jobs: known, awaiting: approvalsAwaited(known, awaiting) });
    replace(tiles, tilesOf(known, approvalsAwaited(known, awaiting).length));
  };
  void poll<Page<Job>>({
    signal,
    everySeconds: jobsEverySeconds,
    ask: (over) => get('jobs', { signal: over }),
    show: ({ items }) => {
      known = items;
      drawAttention();
      showJobs(items);
    },
    fail: (error) => screen.failed(jobs, error),
  });
  void poll({
    signal,
    everySeconds: runsEverySeconds,
    ask: askRuns,
    show: (answer) => {
      awaiting = answer.awaiting;
      drawAttention();
      const none = h('p', { class: 'quiet' }, 'No run is under way.');
      replace(underWay, answer.underWay.length === 0 ? none : runsTable('Running now', answer.underWay));
      const never = h('p', { class: 'quiet' }, 'Nothing has run yet.');
      replace(recent, answer.recent.length === 0 ? never : runsTable('Recent runs', answer.recent));
    },
    fail: (error) => screen.failed(recent, error),
  });
}

async function askRuns(signal: AbortSignal) {
  const ask = async (query: Record<string, string | number>): Promise<readonly RunReport[]> =>
    (await get<Page<RunReport>>(apiPath('runs'), { query, signal })).value.items;
  const [recent, awaiting, ...current] = await Promise.all([
    ask({ limit: recentRuns }),
    ask({ limit: 50, status: 'awaiting-approval' }),
    ...['running', 'finalizing', 'queued'].map((status) => ask({ limit: 20, status })),
  ]);
  return { value: { recent: recent ?? [], awaiting: awaiting ?? [], underWay: current.flat() }, retryAfter: undefined };
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
