import type { LimitsConfig, LimitWindow, Weekday } from '../model/index.ts';

export type Limits = Omit<LimitsConfig, 'windows'>;

/** What holds at a moment, as the clock on the wall shows it: a skipped hour is in no window, a repeated one twice. */
export function limitsAt(
  { windows = [], ...limits }: LimitsConfig,
  { timeZone, nowMs }: { readonly timeZone: string; readonly nowMs: number },
): Limits {
  if (windows.length === 0) return limits;
  const clock = wallClock(timeZone, nowMs);
  const window = windows.find((one) => isWithin(one, clock));
  if (window === undefined) return limits;
  const { days: _days, from: _from, to: _to, ...others } = window;
  const named = Object.entries(others).filter(([, limit]) => limit !== undefined);
  return { ...limits, ...(Object.fromEntries(named) as Partial<Limits>) };
}

interface WallClock {
  readonly day: Weekday;
  readonly minute: number;
}

function isWithin({ days, from, to }: LimitWindow, { day, minute }: WallClock): boolean {
  const begins = (on: Weekday): boolean => days?.includes(on) ?? true;
  const [first, end] = [minuteOf(from), minuteOf(to)];
  if (first < end) return begins(day) && minute >= first && minute < end;
  return (begins(day) && minute >= first) || (begins(dayBefore(day)) && minute < end);
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const week: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const dayBefore = (day: Weekday): Weekday => week.at(week.indexOf(day) - 1) as Weekday;

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string, nowMs: number): WallClock {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en', { timeZone, hourCycle: 'h23', weekday: 'short', hour: '2-digit', minute: '2-digit' });
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  return {
    day: (parts.get('weekday') ?? '').toLowerCase() as Weekday,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}
