/** When a job is due. croner computes the calendar; everything here is epoch milliseconds. */
import { Cron } from 'croner';

export interface ScheduleQuestion {
  /** Six fields: second minute hour day month weekday. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly nowMs: number;
}

const open = (schedule: string, timeZone: string): Cron => new Cron(schedule, { mode: '6-part', timezone: timeZone });

/** Why croner refuses the expression; `undefined` when it does not. */
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
