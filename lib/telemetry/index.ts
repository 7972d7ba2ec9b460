export { createLineTelemetry } from './line-telemetry.ts';
