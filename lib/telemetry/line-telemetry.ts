import type { Telemetry } from '../run/ports.ts';
import { events } from './events.ts';
import { metrics } from './metrics.ts';

/** One line of JSON per event or metric: the host's channel carries it to the traces, where alerts find it. */
export const createLineTelemetry = (write: (line: string) => void): Telemetry => ({
  event: (name, properties) => {
    const known = name in events ? {} : { unlisted: true };
    write(JSON.stringify({ event: name, ...known, ...properties }));
  },
  metric: (metric, value, properties) => {
    const known = metric in metrics ? {} : { unlisted: true };
    write(JSON.stringify({ metric, value, ...known, ...properties }));
  },
  flush: () => Promise.resolve(),
});
