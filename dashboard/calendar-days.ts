/** Days of restore points, in the reader's time zone. Pure but for that zone. */

export interface Month {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
}

/** Weeks from Monday to Sunday; undefined where another month has the day. */
export function weeksOf({ year, month }: Month): (number | undefined)[][] {
  const days = new Date(year, month + 1, 0).getDate();
  const before = (new Date(year, month, 1).getDay() + 6) % 7;
  const cells = Array.from({ length: Math.ceil((before + days) / 7) * 7 }, (_, at) => {
    const day = at - before + 1;
    return day >= 1 && day <= days ? day : undefined;
  });
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

export function shifted({ year, month }: Month, months: number): Month {
  const first = new Date(year, month + months, 1);
  return { year: first.getFullYear(), month: first.getMonth() };
}

export function monthOf(instant: string): Month {
  const date = new Date(instant);
  return { year: date.getFullYear(), month: date.getMonth() };
}

export const isBefore = (a: Month, b: Month): boolean => a.year * 12 + a.month < b.year * 12 + b.month;

/** `2026-11-22`. */
export const dayKey = (instant: string): string => {
  const date = new Date(instant);
  return keyOf({ year: date.getFullYear(), month: date.getMonth() }, date.getDate());
};

export const keyOf = ({ year, month }: Month, day: number): string =>
  `${year}-${String(month + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
