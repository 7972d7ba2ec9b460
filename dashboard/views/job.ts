import { announce } from '../announce.ts';
import { apiPath, get, post } from '../api.ts';
import { barChart } from '../chart.ts';
import type { Bar } from '../chart.ts';
import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { bytesText, countText, dateTimeText, durationText, scheduleText, secondsBetween } from '../format.ts';
import { button, chip, facts, isUnderWay, link, messageBox, placeText, runLink, statusText } from '../parts.ts';
import { poll } from '../poll.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Destination, Job, Page, RunReport } from '../shapes.ts';
import { pointCell, verifiedCell } from './jobs-table.ts';
import { pointsCalendar } from './points.ts';
import { runsTable } from './runs-table.ts';

const everySeconds = 60;
const runsAsked = 100;
const runsCharted = 40;
const runsListed = 10;

/** One job and one of its destinations: state, trends, restore points, runs. */
export function showJob(screen: Screen): void {
  const [, name = ''] = screen.route.parts;
  const state = screen.region();
  const outcome = h('div');
  const trends = screen.region();
  const points = screen.region();
  const runs = screen.region();
  const part = (id: string, title: string, region: HTMLElement): HTMLElement =>
    h('section', { 'aria-labelledby': id }, h('h2', { id }, title), region);
  let shown: string | undefined;
  screen.open(`Job ${name}`, state, outcome);
  void poll<Page<Job>>({
    signal: screen.signal,
    everySeconds,
    ask: (signal) => get('jobs', { signal }),
    show: ({ items }) => {
      const job = items.find((one) => one.name === name);
      const wanted = screen.route.query['destination'];
      const destination = job?.destinations.find((one) => one.name === wanted) ?? job?.destinations[0];
      if (job === undefined || destination === undefined) {
        return replace(state, messageBox('warn', `The configuration has no job ${name}.`));
      }
      replace(state, stateOf(screen, job, { destination, outcome }));
      const backup = { job: name, destination: destination.name };
      const { runId, status } = destination.lastRun ?? {};
      if (shown === undefined) {
        outcome.after(
          part('trends', 'Trends', trends),
          part('points', 'Restore points', points),
          part('runs', 'Runs', runs),
        );
      }
      // Runs and points are read again when there is something new about them.
      if (shown === `${runId} ${status}`) return;
      shown = `${runId} ${status}`;
      pointsCalendar(screen, points, backup);
      void showRunsOf(screen, { trends, runs }, backup);
    },
    fail: (error) => screen.failed(state, error),
  });
}

interface Shown {
  readonly destination: Destination;
  readonly outcome: HTMLElement;
}

function stateOf(screen: Screen, job: Job, { destination, outcome }: Shown): Child[] {
  const { nextStart, source, verify } = job;
  const here = { job: job.name, destination: destination.name };
  const rows: (readonly [string, Child])[] = [
    ['Newest complete restore point', pointCell(destination)],
    ['Content verified so far', verifiedCell(destination)],
    ['Source', placeText(source)],
    ['Destination', `${placeText(destination)} (${destination.mode})`],
    ['Schedule', `${scheduleText(job.schedule)}${job.timeZone === undefined ? '' : `, ${job.timeZone}`}`],
    ['Next start', nextStart ? dateTimeText(nextStart) : 'none'],
    ['Verified a run', verify?.samplePercent === undefined ? 'nothing' : `${verify.samplePercent} % of the content`],
  ];
  return [
    job.destinations.length > 1 && destinationLinks(job, destination),
    destination.overdue && messageBox('bad', `The backup of ${job.name} to ${destination.name} is overdue`),
    !job.enabled && h('p', {}, chip('■', 'disabled: no schedule starts it', 'quiet')),
    facts(rows),
    h(
      'p',
      { class: 'actions' },
      button('Run now', () => runNow(screen, outcome, here), { id: 'run-now', kind: 'main' }),
      link(hrefOf(['restore'], here), 'Restore'),
      link(hrefOf(['versions'], { job: job.name }), 'Versions of a file'),
      link(hrefOf(['runs'], { job: job.name }), 'All runs'),
    ),
  ];
}

const destinationLinks = (job: Job, shown: Destination): HTMLElement =>
  h(
    'nav',
    { 'aria-label': 'Destinations', class: 'tabs' },
    job.destinations.map(({ name }) =>
      h(
        'a',
        {
          href: hrefOf(['jobs', job.name], { destination: name }),
          'aria-current': name === shown.name ? 'page' : undefined,
        },
        name,
      ),
    ),
  );

async function runNow(
  screen: Screen,
  outcome: HTMLElement,
  { job, destination }: Record<'job' | 'destination', string>,
) {
  await screen.attempt(outcome, async () => {
    const { runs } = await post<{ runs: readonly { runId: string }[] }>(apiPath('jobs', job, 'runs'), { destination });
    const started = runs[0];
    replace(outcome, messageBox('good', 'Started.', started && h('p', {}, runLink(started.runId, 'Follow the run'))));
    announce('Started.');
  });
}

async function showRunsOf(
  screen: Screen,
  { trends, runs }: Record<'trends' | 'runs', HTMLElement>,
  { job, destination }: Record<'job' | 'destination', string>,
): Promise<void> {
  await screen.attempt(runs, async () => {
    const { value } = await get<Page<RunReport>>('runs', { query: { job, limit: runsAsked }, signal: screen.signal });
    const own = value.items.filter((run) => run.destination === destination);
    const charted = own.filter(({ kind, dryRun, status }) => kind === 'backup' && !dryRun && !isUnderWay(status));
    replace(trends, chartsOf(charted.slice(0, runsCharted).toReversed()));
    const none = h('p', { class: 'quiet' }, 'Nothing has run yet.');
    replace(runs, own.length === 0 ? none : runsTable('Runs of the job', own.slice(0, runsListed)));
  });
}

function chartsOf(runs: readonly RunReport[]): Child {
  if (runs.length === 0) return h('p', { class: 'quiet' }, 'No backup has ended yet.');
  const bars = (valueOf: (run: RunReport) => number): Bar[] =>
    runs.map((run) => ({
      at: run.startedAt,
      value: valueOf(run),
      isBad: run.status === 'failed',
      outcome: statusText(run.status),
    }));
  const seconds = (run: RunReport): number => secondsBetween(run.startedAt, run.endedAt ?? run.startedAt);
  const changed = ({ counts }: RunReport): number => counts.copied + counts.rangeCopied + counts.deleted;
  return h(
    'div',
    { class: 'charts' },
    barChart({ id: 'chart-bytes', title: 'Bytes copied', bars: bars(({ bytes }) => bytes.copied), text: bytesText }),
    barChart({ id: 'chart-entries', title: 'Entries copied or deleted', bars: bars(changed), text: countText }),
    barChart({ id: 'chart-time', title: 'Time taken', bars: bars(seconds), text: durationText }),
  );
}
