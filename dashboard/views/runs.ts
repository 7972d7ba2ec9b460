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

/** The app looks at so many runs for one page; where few are as asked for, pages are short or empty and go on. */
const mostPagesAsked = 6;

/** A page of `perPage` runs from as many of the API's as it takes. */
async function readPage(screen: Screen, from: string | undefined): Promise<Page<RunReport>> {
  const { job, status, kind } = screen.route.query;
  let [items, next]: [readonly RunReport[], string | undefined] = [[], from];
  for (let asked = 0; asked < mostPagesAsked && items.length < perPage; asked += 1) {
    const query = { job, status, kind, limit: perPage - items.length, cursor: next };
    const { value } = await get<Page<RunReport>>('runs', { query, signal: screen.signal });
    items = [...items, ...value.items];
    next = value.next ?? undefined;
    if (next === undefined) return { items };
  }
  return { items, ...(next !== undefined && { next }) };
}

/** Pages of runs by the API's cursor; newer ones by the cursors that led here. */
function showPages(screen: Screen, region: HTMLElement): void {
  const before: (string | undefined)[] = [];
  const open = (cursor: string | undefined): Promise<void> =>
    screen.attempt(region, async () => {
      const { items, next } = await readPage(screen, cursor);
      const older = (): Promise<void> => {
        before.push(cursor);
        return open(next ?? undefined);
      };
      const buttons = [
        before.length > 0 && button('Newer', () => open(before.pop()), { id: 'newer' }),
        next !== undefined && button(items.length === 0 ? 'Look further' : 'Older', older, { id: 'older' }),
      ].filter((one) => one !== false);
      const none = next === undefined ? 'No run is like that.' : 'None of the newer runs is like that.';
      replace(
        region,
        items.length === 0 ? h('p', { class: 'quiet' }, none) : runsTable('Runs', items),
        h('p', { class: 'actions' }, buttons),
      );
      if (before.length > 0) announce(`Page ${before.length + 1}, ${counted(items.length, 'run')}.`);
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
