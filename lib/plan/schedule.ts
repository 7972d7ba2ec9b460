/** When a job is due. croner computes the calendar (and has Dates inside); in and out go epoch milliseconds. */
import { Cron } from 'croner';
import { parseDuration, subtractDuration } from './calendar.ts';

export interface Schedule {
  /** Six fields: second minute hour day month weekday. */
  readonly schedule: string;
  /** IANA name. */
  readonly timeZone: string;
}

/**
 * Whether a run is to be started: a scheduled time has come since the last one that was made (`lastAtMs`, its start).
 * However many were missed, that is one run. A job that never ran is due at once.
 */
export function isDue(
  question: Schedule & { readonly lastAtMs?: number | undefined; readonly nowMs: number },
): boolean {
  if (question.lastAtMs === undefined || isOfWrongClock(question.lastAtMs, question.nowMs)) return true;
  const latestMs = latestOccurrence(question);
  return latestMs !== undefined && latestMs > question.lastAtMs;
}

/**
 * The latest scheduled time that is not after `nowMs`; `undefined` when there is none. Where clocks are changed: a time in
 * a skipped hour comes at the first minute after it, a time in a repeated hour comes once, the first time. A schedule with
 * `*` for the hour keeps its rhythm through both.
 */
export function latestOccurrence({ schedule, timeZone, nowMs }: Schedule & { nowMs: number }): number | undefined {
  // croner answers whole seconds before its reference.
  const reference = new Date(Math.floor(nowMs / 1000) * 1000 + 1000);
  return open(schedule, timeZone).previousRuns(1, reference)[0]?.getTime();
}

/** The shortest time between the next few starts; `undefined` when there are not two. */
export function shortestIntervalMs({ schedule, timeZone, nowMs }: Schedule & { nowMs: number }): number | undefined {
  const starts = open(schedule, timeZone)
    .nextRuns(10, new Date(nowMs))
    .map((start) => start.getTime());
  const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? start));
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}

/** Clocks of two instances differ by less. */
const clockSlackMs = 5 * 60_000;

/** A clock was ahead, and has been put right since. One run too many does no harm; none until that time would. */
const isOfWrongClock = (lastAtMs: number, nowMs: number): boolean => lastAtMs > nowMs + clockSlackMs;

/** A timer that comes each minute comes a little early or late. */
const timerSlackMs = 5_000;

/** Whether so long has passed since `lastAtMs`; what never was is due. For continuous mode. */
export const isDueAfter = (interval: string, lastAtMs: number | undefined, nowMs: number): boolean =>
  lastAtMs === undefined ||
  isOfWrongClock(lastAtMs, nowMs) ||
  lastAtMs <= subtractDuration(nowMs, parseDuration(interval)) + timerSlackMs;

/** Why the expression is not a schedule; `undefined` when it is one. */
export function findScheduleProblem(schedule: string): string | undefined {
  const fields = schedule.trim().split(/\s+/u).length;
  if (fields !== 6) return `it has ${fields} fields`;
  try {
    return open(schedule, 'UTC').nextRun() === null ? 'it never comes' : undefined;
  } catch (error) {
    return String(error).replace(/^\w*Error: (CronPattern: )?/u, '');
  }
}

export function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const retryMinutes = [5, 15, 60];

/** When a failed run is tried again; `undefined`: with the next scheduled time. `failures` counts this one too. */
export function nextRetryAt(failures: number, failedAtMs: number): number | undefined {
  const minutes = retryMinutes[failures - 1];
  return minutes === undefined ? undefined : failedAtMs + minutes * 60_000;
}

const open = (schedule: string, timeZone: string): Cron =>
  new Cron(expandSteps(schedule), { mode: '6-part', timezone: timeZone, fixedTimeRule: 'no-wildcard' });

/**
 * Steps and stars of seconds, minutes and hours written out as lists: croner takes only lists for times of day, and lets
 * anything else pass over a skipped hour and run twice in a repeated one.
 */
function expandSteps(schedule: string): string {
  const [second = '', minute = '', hour = '', ...days] = schedule.trim().split(/\s+/u);
  if (hour === '*') return schedule;
  return [expandField(second, 59), expandField(minute, 59), expandField(hour, 23), ...days].join(' ');
}

const expandField = (field: string, highest: number): string =>
  field
    .split(',')
    .map((part) => expandPart(part, highest))
    .join(',');

function expandPart(part: string, highest: number): string {
  const matched = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/u.exec(part);
  const [, from, to, every] = matched ?? [];
  if (matched === null || (from !== undefined && every === undefined) || every === '0') return part;
  const [first, last] = [Number(from ?? 0), Number(to ?? highest)];
  if (last > highest || first > last) return part;
  const count = Math.floor((last - first) / Number(every ?? 1)) + 1;
  return Array.from({ length: count }, (_, index) => first + index * Number(every ?? 1)).join(',');
}

/** How often restore points are to be expected. */
export interface Cadence {
  /** When the next run is due, epoch ms; not in the past. */
  readonly nextMs: number;
  readonly everyMs: number;
  /** A newest restore point from before this time is overdue: a whole interval went by without one. */
  readonly overdueBeforeMs: number;
}

interface CadenceQuestion {
  readonly schedule: string | { readonly continuous: string; readonly sealEvery: string } | undefined;
  readonly timeZone: string;
  readonly nowMs: number;
  /** When a run of the job was last started; 0 = never. */
  readonly lastStartMs: number;
}

/** Undefined for a job without a schedule. */
export function cadenceOf({ schedule, timeZone, nowMs, lastStartMs }: CadenceQuestion): Cadence | undefined {
  if (schedule === undefined) return undefined;
  if (typeof schedule === 'object') {
    const lengthOf = (duration: string): number => nowMs - subtractDuration(nowMs, parseDuration(duration));
    const everyMs = Math.max(lengthOf(schedule.continuous), lengthOf(schedule.sealEvery));
    const nextMs = Math.max(nowMs, lastStartMs + lengthOf(schedule.continuous));
    return { nextMs, everyMs, overdueBeforeMs: nowMs - 2 * everyMs };
  }
  const latest = latestOccurrence({ schedule, timeZone, nowMs });
  const next = open(schedule, timeZone).nextRun(new Date(nowMs))?.getTime();
  if (next === undefined) return undefined;
  const before = latest === undefined ? undefined : latestOccurrence({ schedule, timeZone, nowMs: latest - 1000 });
  return {
    nextMs: next,
    everyMs: latest === undefined ? next - nowMs : next - latest,
    // The run of the latest time may be at work; that of the time before should be done.
    overdueBeforeMs: before ?? 0,
  };
}
