/** Below this year a modified time is a default of some file system or tool, not a date. */
const firstYear = 1980;

/**
 * The directory that a file goes to in dated mode: the UTC date of its LastWriteTime, or of the run where that is not a
 * date anybody can have meant (before 1980, or more than a day after the run). All times are ISO 8601 UTC strings.
 */
export function datedDirectory(of: {
  readonly lastWrite: string;
  /** When the source snapshot was taken. */
  readonly runAt: string;
  /** The day after the run's, `YYYY-MM-DD`. */
  readonly dayAfterRun: string;
  readonly dateBy: 'modified' | 'run';
}): string {
  const runDay = of.runAt.slice(0, 10);
  const day = of.lastWrite.slice(0, 10);
  const isDate = /^\d{4}-\d{2}-\d{2}$/u.test(day) && Number(day.slice(0, 4)) >= firstYear && day <= of.dayAfterRun;
  return of.dateBy === 'modified' && isDate ? day : runDay;
}
