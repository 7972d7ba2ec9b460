/** Attempts of one request in place, before its message goes back to the queue. */
export const mostAttempts = 5;

const firstDelayMs = 200;
const longestDelayMs = 5_000;
/** A service that asks for more than this gets its rest from the queue: the worker is not held that long. */
export const longestRetryAfterMs = 60_000;

/**
 * Wait before attempt `attempt` + 1 (the first attempt is 1): exponential, the upper half random so that workers which
 * were throttled together do not come back together; never shorter than the service's Retry-After.
 */
export function retryDelayMs(attempt: number, retryAfterMs: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
  return Math.max(retryAfterMs, Math.round(full / 2 + (full / 2) * random));
}

/** Retry-After in ms: seconds or an HTTP date; 0 where absent or unreadable. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number {
  if (header === undefined || header.trim() === '') return 0;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - nowMs);
}
