import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { counted, dateTimeText, durationText, percentText, scheduleText } from '../format.ts';
import { ago, button, chip, link, placeText, runLink, statusChip, table } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Destination, Job } from '../shapes.ts';

const perPage = 20;
const columns = [
  { title: 'Job and destination' },
  { title: 'Newest restore point' },
  { title: 'Schedule' },
  { title: 'Verified' },
  { title: 'Last run' },
  { title: 'Actions' },
];

interface Row {
  readonly job: Job;
  readonly destination: Destination;
}

/** The jobs, worst first, with a filter that keeps what is typed while answers come. Returns how to show an answer. */
export function jobsTable(region: HTMLElement): (jobs: readonly Job[]) => void {
  let rows: readonly Row[] = [];
  let shown = perPage;
  const list = h('div');
  const filter = h('input', { id: 'job-filter', type: 'search', 'on:input': () => draw() });
  const bar = h('p', { class: 'bar' }, h('label', { for: 'job-filter' }, 'Filter'), filter);
  const more = (): void => {
    shown += perPage;
    draw();
  };
  function draw(): void {
    const wanted = filter.value.trim().toLowerCase();
    const found = rows.filter(({ job, destination }) => textOf(job, destination).includes(wanted));
    const left = found.length - shown;
    const count = `${counted(found.length, 'destination')}${wanted === '' ? '' : ' found'}`;
    replace(
      list,
      h('p', { class: 'small', role: 'status' }, count),
      table('Jobs and destinations', columns, found.slice(0, shown).map(cellsOf)),
      left > 0 && h('p', {}, button(`Show ${Math.min(left, perPage)} more of ${left}`, more, { id: 'more-jobs' })),
    );
  }
  return (jobs) => {
    rows = jobs
      .flatMap((job) => job.destinations.map((destination) => ({ job, destination })))
      .toSorted((a, b) => urgency(b) - urgency(a));
    if (jobs.length === 0) return replace(region, h('p', { class: 'quiet' }, 'The configuration names no job.'));
    // Drawn around the filter, never anew: whoever types in it goes on typing.
    if (!region.contains(filter)) replace(region, bar, list);
    region.querySelector(':scope > [data-error]')?.remove();
    draw();
  };
}

const textOf = (job: Job, destination: Destination): string =>
  `${job.name} ${placeText(job.source)} ${destination.name} ${placeText(destination)}`.toLowerCase();

function urgency({ job, destination }: Row): number {
  if (!job.enabled) return -1;
  if (destination.overdue || destination.unreachable !== undefined) return 3;
  if (destination.lastRun?.status === 'awaiting-approval') return 2;
  return destination.lastRun?.status === 'failed' ? 1 : 0;
}

function cellsOf({ job, destination }: Row): Child[] {
  const here = { destination: destination.name };
  return [
    [
      link(hrefOf(['jobs', job.name], here), `${job.name} to ${destination.name}`),
      job.enabled ? null : [' ', chip('■', 'disabled', 'quiet')],
      h('div', { class: 'small' }, `${placeText(job.source)} → ${placeText(destination)}`),
    ],
    pointCell(destination),
    [
      h('span', {}, scheduleText(job.schedule)),
      job.nextStart ? h('div', { class: 'small' }, `next ${dateTimeText(job.nextStart)}`) : null,
    ],
    verifiedCell(destination),
    destination.lastRun === null
      ? h('span', { class: 'quiet' }, 'none')
      : [
          statusChip(destination.lastRun.status),
          h('div', { class: 'small' }, runLink(destination.lastRun.runId, ago(destination.lastRun.startedAt))),
        ],
    link(
      hrefOf(['restore'], { job: job.name, ...here }),
      'Restore',
      h('span', { class: 'unseen' }, ` from ${job.name}`),
    ),
  ];
}

export function pointCell({ newestPoint, ageSeconds, expectedEverySeconds, overdue, unreachable }: Destination): Child {
  if (unreachable !== undefined) return [chip('✕', 'unknown', 'bad'), h('div', { class: 'small' }, unreachable)];
  if (newestPoint === null) return overdue ? chip('✕', 'none, overdue', 'bad') : chip('!', 'none yet', 'warn');
  const age = `${durationText(ageSeconds ?? 0)} old`;
  const expected = expectedEverySeconds === null ? '' : `expected every ${durationText(expectedEverySeconds)}`;
  return [
    overdue ? chip('✕', `${age}, overdue`, 'bad') : chip('✓', age, 'good'),
    h('div', { class: 'small' }, expected),
  ];
}

export function verifiedCell({ verifiedPercent }: Destination): Child {
  if (verifiedPercent === null) return h('span', { class: 'quiet' }, 'not yet');
  const text = percentText(verifiedPercent);
  return [
    h('meter', { min: 0, max: 100, value: verifiedPercent, 'aria-label': `Verified: ${text}` }, text),
    h('div', { class: 'small' }, text),
  ];
}
