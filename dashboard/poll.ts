/** Asks again and again while somebody can see it. */
import { ApiError } from './api.ts';
import type { Answer } from './api.ts';

interface Poll<Value> {
  readonly ask: (signal: AbortSignal) => Promise<Answer<Value>>;
  readonly show: (value: Value) => void;
  /** Told of each failure; asking goes on, more slowly, unless it answers false. */
  readonly fail: (error: ApiError) => boolean;
  /** Seconds between two questions where the answer names none; undefined: such an answer is the last. */
  readonly everySeconds?: number;
  readonly signal: AbortSignal;
}

const slowestSeconds = 60;

/** Resolves when there is nothing more to ask, or when the signal says so. */
export async function poll<Value>({ ask, show, fail, everySeconds, signal }: Poll<Value>): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let seconds: number | undefined;
    try {
      const { value, retryAfter } = await ask(signal);
      if (signal.aborted) return;
      failures = 0;
      show(value);
      seconds = retryAfter ?? everySeconds;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      failures += 1;
      if (!fail(error)) return;
      seconds = Math.min(slowestSeconds, 2 ** failures);
    }
    if (seconds === undefined) return;
    await pause(seconds, signal);
    await untilSeen(signal);
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener('abort', end);
  });
}

/** A tab in the background asks nothing, and asks at once when it is looked at again. */
function untilSeen(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
    look();
  });
}
