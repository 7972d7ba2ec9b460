import { dayKey, isBefore, keyOf, monthOf, shifted, weeksOf } from './calendar-days.ts';
import type { Month } from './calendar-days.ts';
import { h, replace } from './dom.ts';
import { counted } from './format.ts';
import { button } from './parts.ts';
import type { RestorePointInfo } from './shapes.ts';

interface Calendar {
  readonly points: readonly RestorePointInfo[];
  /** Begins there; the newest point's month otherwise. */
  readonly chosen: string | undefined;
  /** Shows the points of one day, oldest first. */
  readonly show: (points: readonly RestorePointInfo[]) => void;
}

/** What stands behind the number of the day. */
const dayName = new Intl.DateTimeFormat('en-GB', { weekday: 'long', month: 'long', year: 'numeric' });
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' });
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Months of days; those that have restore points can be pressed. */
export function pointCalendar(region: HTMLElement, { points, chosen, show }: Calendar): void {
  const days = Map.groupBy(points, ({ time }) => dayKey(time));
  const begin = points.find(({ snapshot }) => snapshot === chosen) ?? points.at(-1);
  const oldest = points[0];
  if (begin === undefined || oldest === undefined) return;
  const [first, last] = [monthOf(oldest.time), monthOf(points.at(-1)?.time ?? oldest.time)];
  let pressed = dayKey(begin.time);
  const draw = (month: Month): void => {
    const press = (key: string): void => {
      pressed = key;
      draw(month);
      show(days.get(key) ?? []);
    };
    const turn = (title: string, by: number, isThere: boolean): HTMLElement => {
      const made = button(title, () => draw(shifted(month, by)), { id: `month-${by}` });
      made.disabled = !isThere;
      return made;
    };
    replace(
      region,
      h(
        'div',
        { class: 'month' },
        turn('Earlier', -1, isBefore(first, month)),
        h('p', { class: 'month-name', 'aria-live': 'polite' }, monthName.format(new Date(month.year, month.month, 1))),
        turn('Later', 1, isBefore(month, last)),
      ),
      grid(month, { days, pressed, press }),
    );
  };
  draw(monthOf(begin.time));
  show(days.get(pressed) ?? []);
}

interface Days {
  readonly days: ReadonlyMap<string, readonly RestorePointInfo[]>;
  readonly pressed: string;
  readonly press: (key: string) => void;
}

function grid(month: Month, of: Days): HTMLElement {
  const head = weekdays.map((name) =>
    h(
      'th',
      { scope: 'col' },
      h('abbr', { title: name, 'aria-hidden': 'true' }, name.slice(0, 2)),
      h('span', { class: 'unseen' }, name),
    ),
  );
  const cells = (week: readonly (number | undefined)[]): HTMLElement =>
    h(
      'tr',
      {},
      week.map((day) => h('td', {}, day === undefined ? null : dayCell(month, day, of))),
    );
  return h(
    'table',
    { class: 'calendar' },
    h('caption', { class: 'unseen' }, `Restore points of ${monthName.format(new Date(month.year, month.month, 1))}`),
    h('thead', {}, h('tr', {}, head)),
    h('tbody', {}, weeksOf(month).map(cells)),
  );
}

function dayCell(month: Month, day: number, { days, pressed, press }: Days): HTMLElement {
  const key = keyOf(month, day);
  const found = days.get(key) ?? [];
  if (found.length === 0) return h('span', { class: 'day quiet' }, String(day));
  const isPartial = found.every(({ complete }) => complete !== 'true');
  const name = dayName.format(new Date(month.year, month.month, day));
  return h(
    'button',
    {
      type: 'button',
      id: `day-${key}`,
      class: `day ${isPartial ? 'warn' : 'good'}`,
      'aria-pressed': key === pressed ? 'true' : 'false',
      'on:click': () => press(key),
    },
    String(day),
    h(
      'span',
      { class: 'unseen' },
      ` ${name}: ${counted(found.length, 'restore point')}${isPartial ? ', partial' : ''}`,
    ),
    h('span', { class: 'day-count', 'aria-hidden': 'true' }, `${isPartial ? '!' : '✓'}${found.length}`),
  );
}
