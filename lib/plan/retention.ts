import type { KeepRule } from '../model/index.ts';
import { civilFromDays, dayMs, hourMs, parseDuration, subtractDuration } from './calendar.ts';

export interface RetentionPoint {
  /** The service's string. */
  readonly snapshot: string;
  /** The time that counts for the rule: the source snapshot's. */
  readonly atMs: number;
}

export interface RetentionOptions {
  readonly nowMs: number;
  /** Snapshots that stay whatever the rule says, and why. */
  readonly protect: ReadonlyMap<string, string>;
}

export interface RetentionDecision {
  /** Newest first. Reasons such as `last-1`, `daily-3`, `weekly-2-oldest`, `within-P30D`, `future`, `no-rule`. */
  readonly keep: readonly { readonly snapshot: string; readonly reasons: readonly string[] }[];
  /** Newest first. */
  readonly prune: readonly string[];
}

interface Period {
  readonly name: Exclude<keyof KeepRule, 'within'>;
  /** The same number for all points of one period. Periods are UTC. */
  readonly of: (atMs: number, index: number) => number;
}

const periods: readonly Period[] = [
  { name: 'last', of: (_, index) => index },
  { name: 'hourly', of: (atMs) => Math.floor(atMs / hourMs) },
  { name: 'daily', of: (atMs) => Math.floor(atMs / dayMs) },
  // ISO weeks start on Monday; 1970-01-01 was a Thursday.
  { name: 'weekly', of: (atMs) => Math.floor((Math.floor(atMs / dayMs) + 3) / 7) },
  { name: 'monthly', of: (atMs) => monthOf(atMs) },
  { name: 'yearly', of: (atMs) => Math.floor(monthOf(atMs) / 12) },
];

/**
 * Which snapshots stay, as restic's `forget` decides: the newest of each of the last N periods that have one; the oldest
 * too while a count is not used up, so that a young history is kept whole; rules are ORed. Points of the future stay and
 * count for nothing. `within` reaches back from the newest point, not from now: while backups fail, nothing ages out.
 * An absent or empty rule keeps everything.
 */
export function decideRetention(
  points: readonly RetentionPoint[],
  rule: KeepRule | undefined,
  options: RetentionOptions,
): RetentionDecision {
  const ordered = points.toSorted((a, b) => b.atMs - a.atMs || (a.snapshot < b.snapshot ? 1 : -1));
  const past = ordered.filter((point) => point.atMs <= options.nowMs);
  const reasons = new Map(ordered.map((point) => [point.snapshot, [] as string[]]));
  for (const [snapshot, reason] of options.protect) reasons.get(snapshot)?.push(reason);
  const give = (point: RetentionPoint, reason: string) => reasons.get(point.snapshot)?.push(reason);
  for (const point of ordered) if (point.atMs > options.nowMs) give(point, 'future');
  if (rule === undefined || isEmptyRule(rule)) {
    for (const point of past) give(point, 'no-rule');
  } else {
    for (const period of periods) keepByPeriod(past, period, rule[period.name] ?? 0, give);
    keepWithin(past, rule.within, give);
  }
  const kept = [...reasons].map(([snapshot, why]) => ({ snapshot, reasons: why }));
  return {
    keep: kept.filter((point) => point.reasons.length > 0),
    prune: kept.filter((point) => point.reasons.length === 0).map((point) => point.snapshot),
  };
}

type Give = (point: RetentionPoint, reason: string) => void;

function keepByPeriod(points: readonly RetentionPoint[], period: Period, count: number, give: Give): void {
  let used = 0;
  let previous: number | undefined;
  for (const [index, point] of points.entries()) {
    if (used === count) return;
    const current = period.of(point.atMs, index);
    const isOldest = index === points.length - 1;
    if (current === previous && !isOldest) continue;
    used++;
    give(point, `${period.name}-${used}${current === previous ? '-oldest' : ''}`);
    previous = current;
  }
}

function keepWithin(points: readonly RetentionPoint[], within: string | undefined, give: Give): void {
  const newest = points[0];
  if (within === undefined || newest === undefined) return;
  const oldestMs = subtractDuration(newest.atMs, parseDuration(within));
  for (const point of points) if (point.atMs > oldestMs) give(point, `within-${within}`);
}

/** Whether the rule says nothing, which keeps everything. */
export function isEmptyRule(rule: KeepRule): boolean {
  const { within, ...counts } = rule;
  const hasCount = Object.values(counts).some((count) => count !== undefined && count > 0);
  return !hasCount && (within === undefined || subtractDuration(0, parseDuration(within)) === 0);
}

function monthOf(atMs: number): number {
  const { year, month } = civilFromDays(Math.floor(atMs / dayMs));
  return year * 12 + month - 1;
}
