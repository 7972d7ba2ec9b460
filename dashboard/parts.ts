/** Pieces that several views are made of. */
import { ApiError } from './api.ts';
import { h } from './dom.ts';
import type { Child } from './dom.ts';
import { dateTimeText, durationText, secondsBetween } from './format.ts';
import { nameParts } from './names.ts';
import { hrefOf } from './route.ts';
import type { RunReport, RunStatus } from './shapes.ts';

const statuses: Readonly<Record<RunStatus, readonly [symbol: string, text: string, tone: string]>> = {
  queued: ['◌', 'queued', 'quiet'],
  running: ['▶', 'running', 'busy'],
  finalizing: ['▶', 'finalizing', 'busy'],
  succeeded: ['✓', 'succeeded', 'good'],
  failed: ['✕', 'failed', 'bad'],
  cancelled: ['■', 'cancelled', 'quiet'],
  'awaiting-approval': ['!', 'awaiting approval', 'warn'],
};

export const statusText = (status: RunStatus): string => statuses[status]?.[1] ?? status;

export const isUnderWay = (status: RunStatus): boolean =>
  status === 'queued' || status === 'running' || status === 'finalizing';

export function chip(symbol: string, text: string, tone: string): HTMLElement {
  return h('span', { class: `chip ${tone}` }, h('span', { 'aria-hidden': 'true' }, symbol), ' ', text);
}

export function statusChip(status: RunStatus): HTMLElement {
  const [symbol, text, tone] = statuses[status] ?? ['?', status, 'quiet'];
  return chip(symbol, text, tone);
}

/** A name or path from a share: what cannot be seen is named, and its direction stays its own. */
export const nameOf = (name: string): HTMLElement =>
  h(
    'bdi',
    { class: 'name' },
    nameParts(name).map(({ text, isCode }) => (isCode ? h('span', { class: 'code-point' }, text) : text)),
  );

/** In the reader's time zone, with UTC behind it. */
export const timeOf = (instant: string): HTMLElement =>
  h(
    'time',
    { datetime: instant, title: `${instant.replace('T', ' ').replace(/\.\d+Z$|Z$/u, '')} UTC` },
    dateTimeText(instant),
  );

export const ago = (instant: string): string => {
  const seconds = secondsBetween(instant, Date.now());
  return seconds < 1 ? 'now' : `${durationText(seconds)} ago`;
};

export const link = (href: string, ...children: Child[]): HTMLElement => h('a', { href }, ...children);
export const runLink = (runId: string, ...children: Child[]): HTMLElement =>
  link(hrefOf(['runs', runId]), ...(children.length > 0 ? children : [runId]));

export interface ButtonOptions {
  readonly id?: string;
  readonly kind?: 'main' | 'danger' | 'plain';
  readonly label?: string;
}

/** A button that cannot be pressed again while what it started is under way. */
export function button(text: string, press: () => unknown, options: ButtonOptions = {}): HTMLButtonElement {
  const { id, kind = 'plain', label } = options;
  const made = h(
    'button',
    {
      type: 'button',
      class: kind,
      id,
      'aria-label': label,
      'on:click': () => {
        const outcome = press();
        if (!(outcome instanceof Promise)) return;
        made.disabled = true;
        void outcome.finally(() => (made.disabled = false));
      },
    },
    text,
  );
  return made;
}

export function messageBox(tone: 'bad' | 'warn' | 'info' | 'good', title: string, ...children: Child[]): HTMLElement {
  const symbol = { bad: '✕', warn: '!', info: 'i', good: '✓' }[tone];
  const head = h('p', { class: 'box-title' }, h('span', { 'aria-hidden': 'true', class: 'symbol' }, symbol), title);
  return h('div', { class: `box ${tone}` }, head, ...children);
}

export function errorBox(error: unknown): HTMLElement {
  if (!(error instanceof ApiError)) return messageBox('bad', String(error));
  return messageBox('bad', error.message, error.code === 'NoAnswer' ? null : h('p', { class: 'small' }, error.code));
}

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A table that becomes a list of cards where there is no room for columns; the roles keep it a table for everyone. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): HTMLElement {
  const head = columns.map(({ title, isNumber }) =>
    h('th', { scope: 'col', role: 'columnheader', class: isNumber ? 'number' : undefined }, title),
  );
  const body = rows.map((cells) =>
    h(
      'tr',
      { role: 'row' },
      cells.map((cell, index) => {
        const { title, isNumber } = columns[index] ?? { title: '' };
        const attributes = { 'data-title': title, class: isNumber ? 'number' : undefined };
        return index === 0
          ? h('th', { ...attributes, scope: 'row', role: 'rowheader' }, cell)
          : h('td', { ...attributes, role: 'cell' }, cell);
      }),
    ),
  );
  return h(
    'table',
    { role: 'table', class: 'cards' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
    h('tbody', { role: 'rowgroup' }, body),
  );
}

export const facts = (rows: readonly (readonly [string, Child])[]): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    rows.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
  );

export const kindText = ({ kind, dryRun }: Pick<RunReport, 'kind' | 'dryRun'>): string => {
  const text = { backup: 'Backup', restore: 'Restore', verify: 'Verification', drill: 'Restore drill' }[kind];
  return dryRun ? `${text} (dry run)` : text;
};

export const placeText = ({ account, share, path }: { account: string; share: string; path: string }): string =>
  `${account}/${share}${path === '/' || path === '' ? '' : `/${path.replace(/^\//u, '')}`}`;
