import type { Telemetry } from '../run/ports.ts';
import { events } from './events.ts';

/** One line of JSON per event: the host's channel carries it to the traces, where alerts find it. */
export const createLineTelemetry = (write: (line: string) => void): Telemetry => ({
  event: (name, properties) => {
    const known = name in events ? {} : { unlisted: true };
    write(JSON.stringify({ event: name, ...known, ...properties }));
  },
});
