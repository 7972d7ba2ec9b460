import type { JobConfig, LimitsConfig } from '../model/index.ts';
import { type Limits, limitsAt } from '../plan/index.ts';
import type { RunContext } from './context.ts';

const minuteMs = 60_000;
/** Asked before each request; no clock on a wall changes within a minute. */
const known = new WeakMap<LimitsConfig, { readonly minute: number; readonly limits: Limits }>();

/** The limits of a job as `limits.windows` has them now. */
export function limitsNow({ clock }: RunContext, { limits, timeZone }: Pick<JobConfig, 'limits' | 'timeZone'>): Limits {
  if (limits.windows === undefined) return limits;
  const nowMs = clock.now();
  const minute = Math.floor(nowMs / minuteMs);
  const last = known.get(limits);
  if (last?.minute === minute) return last.limits;
  const current = limitsAt(limits, { timeZone, nowMs });
  known.set(limits, { minute, limits: current });
  return current;
}
