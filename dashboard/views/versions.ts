import { announce } from '../announce.ts';
import { apiPath, get } from '../api.ts';
import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { bytesText, counted } from '../format.ts';
import { spokenName } from '../names.ts';
import { button, link, nameOf, table, timeOf } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { FileVersion, Job, Page } from '../shapes.ts';
import { downloadButton } from './download.ts';

const columns = [
  { title: 'Modified' },
  { title: 'Size', isNumber: true },
  { title: 'In restore points' },
  { title: 'Actions' },
];

/** Every distinct version of a file, or of the files that a pattern names, across restore points; deleted files too. */
export function showVersions(screen: Screen): void {
  const { job = '', path = '' } = screen.route.query;
  const list = h('div');
  const jobs = h(
    'select',
    { id: 'versions-job', required: true },
    job === '' ? null : h('option', { value: job }, job),
  );
  const pattern = h('input', {
    id: 'versions-path',
    value: path,
    required: true,
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': 'versions-hint',
  });
  const go = (event: Event): void => {
    event.preventDefault();
    const wanted = hrefOf(['versions'], { job: jobs.value, path: pattern.value.trim() });
    if (location.hash === wanted) findVersions(screen, list, { job: jobs.value, path: pattern.value.trim() });
    else location.hash = wanted;
  };
  const form = h(
    'form',
    { class: 'filters', 'on:submit': go },
    h('p', {}, h('label', { for: 'versions-job' }, 'Job'), jobs),
    h('p', { class: 'wide' }, h('label', { for: 'versions-path' }, 'File or pattern'), pattern),
    h('button', { type: 'submit', class: 'main' }, 'Find'),
  );
  const hint = 'Such as reports/2026/plan.xlsx, or **/plan*.xlsx; files that were deleted since are found too.';
  screen.open('Versions of a file', form, h('p', { id: 'versions-hint', class: 'small' }, hint), list);
  void screen.attempt(list, async () => {
    const { value } = await get<Page<Job>>('jobs', { signal: screen.signal });
    for (const { name } of value.items) if (name !== job) jobs.append(h('option', { value: name }, name));
  });
  if (job !== '' && path !== '') findVersions(screen, list, { job, path });
}

function findVersions(screen: Screen, list: HTMLElement, { job, path }: { job: string; path: string }): void {
  let found: readonly FileVersion[] = [];
  const [outcome, files] = [h('div', { role: 'status' }), h('div')];
  const load = (cursor?: string): Promise<void> =>
    screen.attempt(list, async () => {
      const query = { path, cursor };
      const { value } = await get<Page<FileVersion>>(apiPath('jobs', job, 'versions'), {
        query,
        signal: screen.signal,
      });
      found = [...found, ...value.items];
      const next = value.next ?? undefined;
      const byPath = Map.groupBy(found, (version) => version.path);
      const text = next === undefined ? 'No restore point has such a file.' : 'Nothing found so far.';
      const none = h('p', { class: 'quiet' }, text);
      replace(
        files,
        found.length === 0
          ? none
          : [...byPath].map(([name, versions]) => fileOf(screen, name, { job, versions, outcome })),
        next !== undefined &&
          h(
            'p',
            {},
            button('Look further', () => load(next), { id: 'more-versions' }),
          ),
      );
      announce(`${counted(found.length, 'version')} of ${counted(byPath.size, 'file')} found.`);
    });
  replace(list, outcome, files);
  replace(files, h('p', { class: 'quiet' }, 'Looking through the restore points …'));
  void load();
}

interface Found {
  readonly job: string;
  readonly versions: readonly FileVersion[];
  readonly outcome: HTMLElement;
}

function fileOf(screen: Screen, path: string, { job, versions, outcome }: Found): HTMLElement {
  const newest = versions.toSorted((a, b) => b.modifiedAt.localeCompare(a.modifiedAt));
  const rows = newest.map((version) => rowOf(screen, version, { job, outcome }));
  return h(
    'section',
    { class: 'file' },
    h('h2', {}, nameOf(path)),
    h('p', { class: 'small' }, counted(versions.length, 'version')),
    table(`Versions of ${spokenName(path)}`, columns, rows),
  );
}

function rowOf(screen: Screen, version: FileVersion, { job, outcome }: Omit<Found, 'versions'>): Child[] {
  const { path, size, modifiedAt, points } = version;
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return [timeOf(modifiedAt), bytesText(size), 'none', ''];
  const { destination, snapshot } = last;
  const range = points.length === 1 ? timeOf(first.time) : [timeOf(first.time), ' to ', timeOf(last.time)];
  return [
    timeOf(modifiedAt),
    bytesText(size),
    [counted(points.length, 'point'), ': ', range],
    h(
      'span',
      { class: 'actions' },
      downloadButton(screen, { job, destination, snapshot, path, size }, outcome),
      link(hrefOf(['restore'], { job, destination, point: snapshot, path }), 'Restore this version'),
    ),
  ];
}
