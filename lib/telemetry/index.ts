export { type EventName, events } from './events.ts';
export { createLineTelemetry } from './line-telemetry.ts';
