import type { Clock } from '../../../lib/run/ports.ts';

/** Both clocks start at `startMs` and move only by `advance` and by `sleep`, which returns at once. */
export function createFakeClock(startMs = 1_000_000) {
  let nowMs = startMs;
  const slept: number[] = [];
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(ms);
      nowMs += ms;
    },
  };
  return { ...clock, slept, advance: (ms: number) => void (nowMs += ms) };
}
