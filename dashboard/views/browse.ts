import { announce } from '../announce.ts';
import { apiPath, get } from '../api.ts';
import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { bytesText, counted } from '../format.ts';
import { spokenName } from '../names.ts';
import { button, link, nameOf, table, timeOf } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Entry, Page } from '../shapes.ts';
import { downloadButton } from './download.ts';
import type { Backup } from './points.ts';

interface Browsed extends Backup {
  readonly snapshot: string;
  /** Paths that are to be restored. */
  readonly chosen: Set<string>;
  readonly onChange: () => void;
}

interface Directory {
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly next: string | undefined;
}

const columns = [{ title: 'Name' }, { title: 'Size', isNumber: true }, { title: 'Modified' }, { title: 'Actions' }];

/** A page of the API may have thousands. */
const shownAtOnce = 200;

const pathIn = (directory: string, name: string): string => (directory === '' ? name : `${directory}/${name}`);

/** The directories of a restore point, one at a time, a page at a time. Returns how to draw anew what is chosen. */
export function browse(screen: Screen, region: HTMLElement, of: Browsed): () => void {
  const [bar, list, outcome] = [h('div'), h('div'), h('div', { role: 'status' })];
  replace(region, bar, outcome, list);
  let shown: Directory = { path: '', entries: [], next: undefined };
  let visible = shownAtOnce;
  const draw = (): void => {
    replace(bar, crumbs(shown.path, open));
    const { next, entries } = shown;
    const isMore = visible < entries.length || next !== undefined;
    const rows = entries.slice(0, visible).map((entry) => rowOf(screen, entry, { of, shown, open, outcome }));
    const none = h('p', { class: 'quiet' }, isMore ? 'Nothing found so far.' : 'This directory is empty.');
    replace(
      list,
      rows.length === 0 ? none : table('Entries of the directory', columns, rows),
      isMore && h('p', {}, button('Show more entries', showMore, { id: 'more-entries' })),
    );
  };
  const showMore = async (): Promise<void> => {
    visible += shownAtOnce;
    if (visible <= shown.entries.length || shown.next === undefined) draw();
    else await load(shown.path, shown.next);
  };
  const load = (path: string, cursor?: string): Promise<void> =>
    screen.attempt(list, async () => {
      const address = apiPath('jobs', of.job, 'restore-points', of.snapshot, 'entries');
      const query = { destination: of.destination, path, cursor };
      const { value } = await get<Page<Entry>>(address, { query, signal: screen.signal });
      const before = cursor === undefined ? [] : shown.entries;
      if (cursor === undefined) visible = shownAtOnce;
      shown = { path, entries: [...before, ...value.items], next: value.next ?? undefined };
      draw();
      if (cursor !== undefined || path !== '')
        announce(`${counted(Math.min(visible, shown.entries.length), 'entry', 'entries')} shown.`);
    });
  const open = async (path: string): Promise<void> => {
    replace(outcome);
    await load(path);
    // The button that led here is gone: go on from where one now is.
    bar.querySelector<HTMLElement>('[aria-current]')?.focus();
  };
  void load('');
  return draw;
}

function crumbs(path: string, open: (path: string) => Promise<void>): HTMLElement {
  const parts = path === '' ? [] : path.split('/');
  const items = [
    { name: h('span', {}, 'Share'), to: '' },
    ...parts.map((part, at) => ({ name: nameOf(part), to: parts.slice(0, at + 1).join('/') })),
  ];
  return h(
    'nav',
    { 'aria-label': 'Directory', class: 'crumbs' },
    h(
      'ol',
      {},
      items.map(({ name, to }, at) => {
        if (at === items.length - 1)
          return h('li', {}, h('span', { 'aria-current': 'location', tabindex: '-1' }, name));
        const made = button('', () => open(to), { id: `crumb-${at}` });
        made.append(name);
        return h('li', {}, made);
      }),
    ),
  );
}

interface Around {
  readonly of: Browsed;
  readonly shown: Directory;
  readonly open: (path: string) => Promise<void>;
  readonly outcome: HTMLElement;
}

function rowOf(screen: Screen, entry: Entry, { of, shown, open, outcome }: Around): Child[] {
  const path = pathIn(shown.path, entry.name);
  const name = spokenName(entry.name);
  const isDirectory = entry.kind === 'directory';
  const covering = parentsOf(path).find((parent) => of.chosen.has(parent));
  const box = h('input', {
    type: 'checkbox',
    id: `choose-${encodeURIComponent(path)}`,
    'aria-label': `Restore ${name}`,
    checked: covering !== undefined || of.chosen.has(path),
    disabled: covering !== undefined,
    'on:change': () => {
      if (box.checked) of.chosen.add(path);
      else of.chosen.delete(path);
      of.onChange();
    },
  });
  const label = `Open the directory ${name}`;
  const opener = isDirectory && button('', () => open(path), { id: `open-${encodeURIComponent(path)}`, label });
  if (opener) opener.append(h('span', { 'aria-hidden': 'true' }, '▸ '), nameOf(entry.name));
  const { job, destination, snapshot } = of;
  return [
    h('span', { class: 'entry' }, box, opener || nameOf(entry.name)),
    isDirectory ? '' : bytesText(entry.size),
    timeOf(entry.modifiedAt),
    isDirectory
      ? ''
      : h(
          'span',
          { class: 'actions' },
          downloadButton(screen, { job, destination, snapshot, path, size: entry.size }, outcome),
          link(hrefOf(['versions'], { job, path }), 'Versions', h('span', { class: 'unseen' }, ` of ${name}`)),
        ),
  ];
}

/** `a/b/c` → `a`, `a/b`. */
const parentsOf = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_part, at, parts) => parts.slice(0, at + 1).join('/'));
