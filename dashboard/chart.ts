import { h, svg } from './dom.ts';
import { dateTimeText } from './format.ts';

export interface Bar {
  readonly at: string;
  readonly value: number;
  readonly isBad: boolean;
  /** What came of it, in a word. */
  readonly outcome: string;
}

interface Chart {
  readonly id: string;
  readonly title: string;
  /** Oldest first. */
  readonly bars: readonly Bar[];
  readonly text: (value: number) => string;
}

const width = 600;
const height = 100;

/** Bars drawn by hand, with the same in words for those who do not see them and as a table for those who want figures. */
export function barChart({ id, title, bars, text }: Chart): HTMLElement {
  const most = Math.max(...bars.map(({ value }) => value), 1);
  const step = width / Math.max(bars.length, 12);
  const shapes = bars.map(({ at, value, isBad, outcome }, index) => {
    const tall = value === 0 ? 1 : Math.max(2, (value / most) * (height - 4));
    const place = { x: index * step + step * 0.1, y: height - tall, width: step * 0.8, height: tall };
    // What failed is hollow as well as red.
    const shape = svg('rect', { ...place, class: isBad ? 'bar-bad' : 'bar', 'vector-effect': 'non-scaling-stroke' });
    shape.append(svg('title', {}, `${dateTimeText(at)}: ${text(value)}, ${outcome}`));
    return shape;
  });
  const [oldest, newest] = [bars[0], bars.at(-1)];
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', { id: `${id}-title` }, title, h('span', { class: 'small' }, ` most: ${text(most)}`)),
    svg(
      'svg',
      {
        role: 'img',
        'aria-labelledby': `${id}-title ${id}-words`,
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: 'none',
      },
      svg('title', { id: `${id}-words` }, inWords(bars, text)),
      svg('path', { d: `M0 ${height} H${width}`, class: 'axis', 'vector-effect': 'non-scaling-stroke' }),
      shapes,
    ),
    oldest !== undefined && newest !== undefined && bars.length > 1
      ? h(
          'p',
          { class: 'axis-names small' },
          h('span', {}, dateTimeText(oldest.at)),
          h('span', {}, dateTimeText(newest.at)),
        )
      : null,
    figures(id, title, { bars, text }),
  );
}

function inWords(bars: readonly Bar[], text: (value: number) => string): string {
  const values = bars.map(({ value }) => value);
  const newest = values.at(-1);
  if (newest === undefined) return 'No runs yet.';
  const failed = bars.filter(({ isBad }) => isBad).length;
  const range = `between ${text(Math.min(...values))} and ${text(Math.max(...values))}, the newest ${text(newest)}`;
  return `${bars.length} runs, ${range}; ${failed === 0 ? 'none' : failed} failed.`;
}

/** A table of its own, since it stays a table on a phone too. */
function figures(id: string, title: string, { bars, text }: Pick<Chart, 'bars' | 'text'>): HTMLElement {
  const row = ({ at, value, outcome }: Bar): HTMLElement =>
    h('tr', {}, h('th', { scope: 'row' }, dateTimeText(at)), h('td', {}, text(value)), h('td', {}, outcome));
  const names = ['Run', 'Value', 'Outcome'].map((name) => h('th', { scope: 'col' }, name));
  return h(
    'details',
    { id: `${id}-figures` },
    h('summary', {}, 'Figures', h('span', { class: 'unseen' }, `: ${title}`)),
    h(
      'table',
      { class: 'figures' },
      h('caption', { class: 'unseen' }, title),
      h('thead', {}, h('tr', {}, names)),
      h('tbody', {}, bars.toReversed().map(row)),
    ),
  );
}
