import { get } from '../api.ts';
import { pointCalendar } from '../calendar.ts';
import { h, replace } from '../dom.ts';
import { dateTimeText } from '../format.ts';
import { chip } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Destination, Job, Page, RestorePointInfo } from '../shapes.ts';
import { browse } from './browse.ts';
import { readPoints } from './points.ts';
import { restoreForm } from './restore-form.ts';

/** Restoring, step by step: from where, when, what, to where; each step appears when the one before it is decided. */
export function showRestore(screen: Screen): void {
  const from = screen.region();
  const rest = h('div');
  screen.open('Restore', step(1, 'Which backup', from), rest);
  void screen.attempt(from, async () => {
    const { value } = await get<Page<Job>>('jobs', { signal: screen.signal });
    const backups = value.items.flatMap((job) => job.destinations.map((destination) => ({ job, destination })));
    if (backups.length === 0) return replace(from, h('p', { class: 'quiet' }, 'The configuration names no job.'));
    const { job, destination } = screen.route.query;
    const wanted = backups.findIndex(
      (one) => one.job.name === job && (destination === undefined || one.destination.name === destination),
    );
    const select = h(
      'select',
      { id: 'backup', 'on:change': () => choose(select.selectedIndex - 1) },
      h('option', { value: '' }, 'choose …'),
      backups.map((one, at) =>
        h('option', { selected: at === wanted }, `${one.job.name} from ${one.destination.name}`),
      ),
    );
    const choose = (at: number): void => {
      const backup = backups[at];
      replace(rest);
      if (backup !== undefined) showPoints(screen, rest, { ...backup, jobs: value.items });
    };
    replace(from, h('p', { class: 'narrow' }, h('label', { for: 'backup' }, 'Job and destination'), select));
    choose(wanted);
  });
}

const step = (number: number, title: string, ...content: Node[]): HTMLElement =>
  h(
    'section',
    { 'aria-labelledby': `step-${number}` },
    h('h2', { id: `step-${number}` }, `${number}. ${title}`),
    ...content,
  );

export interface Chosen {
  readonly job: Job;
  readonly destination: Destination;
  /** All of the configuration, for the names of their accounts. */
  readonly jobs: readonly Job[];
}

function showPoints(screen: Screen, region: HTMLElement, chosen: Chosen): void {
  const { job, destination } = chosen;
  const points = screen.region();
  const rest = h('div');
  replace(region, step(2, 'Which restore point', points), rest);
  void screen.attempt(points, async () => {
    const all = await readPoints(screen, { job: job.name, destination: destination.name });
    const first = all.find(({ snapshot }) => snapshot === screen.route.query['point']) ?? newestOf(all);
    if (first === undefined) return replace(points, h('p', { class: 'quiet' }, 'There is no restore point yet.'));
    const [days, list] = [h('div'), h('fieldset')];
    replace(points, h('div', { class: 'with-calendar' }, days, list));
    let current = first;
    // What is ticked stays ticked in another restore point: that is how one looks for the right one.
    const paths = new Set<string>(screen.route.query['path'] ? [screen.route.query['path']] : []);
    const choose = (point: RestorePointInfo): void => {
      current = point;
      // A link to here leads back to this point.
      const query = { job: job.name, destination: destination.name, point: point.snapshot };
      history.replaceState(null, '', hrefOf(['restore'], query));
      showContent(screen, rest, { ...chosen, point, paths });
    };
    const show = (found: readonly RestorePointInfo[]): void => {
      const options = found.map((point) => pointOption(point, current, choose));
      replace(list, h('legend', {}, 'Restore points of the day'), options);
    };
    pointCalendar(days, { points: all, chosen: first.snapshot, show });
    choose(first);
  });
}

const newestOf = (points: readonly RestorePointInfo[]): RestorePointInfo | undefined =>
  points.findLast(({ complete }) => complete === 'true') ?? points.at(-1);

function pointOption(
  point: RestorePointInfo,
  current: RestorePointInfo,
  choose: (point: RestorePointInfo) => void,
): HTMLElement {
  const radio = h('input', {
    type: 'radio',
    name: 'point',
    checked: point.snapshot === current.snapshot,
    'on:change': () => choose(point),
  });
  const isWhole = point.complete === 'true';
  return h(
    'label',
    { class: 'option' },
    radio,
    h('span', {}, dateTimeText(point.time), isWhole ? null : [' ', chip('!', 'partial', 'warn')]),
  );
}

interface Content extends Chosen {
  readonly point: RestorePointInfo;
  readonly paths: Set<string>;
}

function showContent(screen: Screen, region: HTMLElement, chosen: Content): void {
  const { job, destination, point, paths } = chosen;
  const [entries, target] = [h('div'), h('div')];
  const form = restoreForm(screen, target, { ...chosen, onRemove: () => redraw() });
  const redraw = browse(screen, entries, {
    job: job.name,
    destination: destination.name,
    snapshot: point.snapshot,
    chosen: paths,
    onChange: form,
  });
  const hint = h(
    'p',
    { class: 'small' },
    'Tick files and directories to restore only these; without any, everything is restored. Download saves one file here.',
  );
  replace(region, step(3, 'What', hint, entries), step(4, 'Where to, and how', target));
}
