import type { WorkerMessage } from '../rpc.ts';

/** Sends to the host; a host that is gone is noticed by 'disconnect', so a failure here is left alone. */
export function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** The text of anything thrown, with its stack for the app's author. */
export function describeThrown(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : `Non-error thrown: ${String(error)}`;
}
