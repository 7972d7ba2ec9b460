import { systemClock } from '../../lib/local/index.ts';
import type { Clock } from '../../lib/run/ports.ts';

/** A clock that the test moves. It goes on by itself, so that a run's waits end, which is little beside minutes. */
export function movedClock(startAt: string) {
  let aheadMs = Math.floor((Date.parse(startAt) - systemClock.now()) / 1000) * 1000;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  };
  return { clock, pass: (ms: number) => void (aheadMs += ms) };
}
