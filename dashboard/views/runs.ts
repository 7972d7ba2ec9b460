import { announce } from '../announce.ts';
import { get } from '../api.ts';
import { h, replace } from '../dom.ts';
import { counted } from '../format.ts';
import { button, statusText } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Job, Page, RunReport, RunStatus } from '../shapes.ts';
import { runsTable } from './runs-table.ts';

const perPage = 25;
const statuses: readonly RunStatus[] = [
  'queued',
  'running',
  'finalizing',
  'succeeded',
  'failed',
  'cancelled',
  'awaiting-approval',
];
const kinds = ['backup', 'restore', 'verify', 'drill'];

/** All runs, newest first, a page at a time. */
export function showRuns(screen: Screen): void {
  const { query } = screen.route;
  const list = screen.region();
  const jobs = choice('job', 'Job', [], query['job']);
  const go = (event: Event): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    location.hash = hrefOf(['runs'], Object.fromEntries(data) as Record<string, string>);
  };
  const statusChoices = statuses.map((status) => [status, statusText(status)] as const);
  const form = h(
    'form',
    { class: 'filters', 'on:submit': go },
    jobs,
    choice('status', 'Status', statusChoices, query['status']),
    choice(
      'kind',
      'Kind',
      kinds.map((kind) => [kind, kind] as const),
      query['kind'],
    ),
    h('button', { type: 'submit', class: 'main' }, 'Show'),
  );
  screen.open('Runs', form, list);
  void screen.attempt(list, async () => {
    const { value } = await get<Page<Job>>('jobs', { signal: screen.signal });
    const select = jobs.querySelector('select');
    for (const { name } of value.items) {
      if (name !== query['job']) select?.append(h('option', { value: name }, name));
    }
  });
  showPages(screen, list);
}

/** Pages of runs by the API's cursor; newer ones by the cursors that led here. */
function showPages(screen: Screen, region: HTMLElement): void {
  const { job, status, kind } = screen.route.query;
  const before: (string | undefined)[] = [];
  const open = (cursor: string | undefined): Promise<void> =>
    screen.attempt(region, async () => {
      const query = { job, status, kind, limit: perPage, cursor };
      const { value } = await get<Page<RunReport>>('runs', { query, signal: screen.signal });
      const next = value.next ?? undefined;
      const older = (): Promise<void> => {
        before.push(cursor);
        return open(next);
      };
      const buttons = [
        before.length > 0 && button('Newer', () => open(before.pop()), { id: 'newer' }),
        next !== undefined && button('Older', older, { id: 'older' }),
      ].filter((one) => one !== false);
      const [newest, oldest] = [value.items[0], value.items.at(-1)];
      replace(
        region,
        newest === undefined || oldest === undefined
          ? h('p', { class: 'quiet' }, 'No run is like that.')
          : runsTable('Runs', value.items),
        h('p', { class: 'actions' }, buttons),
      );
      if (before.length > 0) announce(`Page ${before.length + 1}, ${counted(value.items.length, 'run')}.`);
    });
  void open(undefined);
}

/** A select whose first choice is all. */
function choice(
  name: string,
  title: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen = '',
): HTMLElement {
  const all = chosen !== '' && !options.some(([value]) => value === chosen) ? [[chosen, chosen] as const] : options;
  return h(
    'p',
    {},
    h('label', { for: `choose-${name}` }, title),
    h(
      'select',
      { id: `choose-${name}`, name },
      h('option', { value: '' }, 'all'),
      all.map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
    ),
  );
}
