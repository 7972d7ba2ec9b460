/** The UTC calendar as arithmetic on epoch milliseconds: `lib/plan` has no Date. Howard Hinnant's algorithms for dates. */

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export interface CivilDate {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
}

const daysPerEra = 146_097;

/** Days since 1970-01-01 of a date; days beyond the month's end run over into the next. */
export function daysFromCivil({ year, month, day }: CivilDate): number {
  // Years start in March, so that the leap day is the last of its year.
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * daysPerEra + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** The date of a day counted from 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / daysPerEra);
  const dayOfEra = shifted - era * daysPerEra;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly milliseconds: number;
}

const durationPattern = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/u;

/** An ISO 8601 duration, as the configuration's schema lets it pass. */
export function parseDuration(text: string): Duration {
  const [, years, months, weeks, days, hours, minutes, seconds] = durationPattern.exec(text) ?? [];
  const number = (digits: string | undefined) => Number(digits ?? 0);
  return {
    years: number(years),
    months: number(months),
    days: number(weeks) * 7 + number(days),
    milliseconds: number(hours) * hourMs + number(minutes) * 60_000 + number(seconds) * 1000,
  };
}

/** The instant a duration before; a day that its month lacks runs over (a month before 31 October is 1 October). */
export function subtractDuration(atMs: number, duration: Duration): number {
  const date = civilFromDays(Math.floor(atMs / dayMs));
  const months = date.year * 12 + (date.month - 1) - duration.years * 12 - duration.months;
  const first = daysFromCivil({ year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1, day: 1 });
  const day = first + date.day - 1 - duration.days;
  return day * dayMs + (atMs - Math.floor(atMs / dayMs) * dayMs) - duration.milliseconds;
}
