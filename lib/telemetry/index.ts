export { createInsightsTelemetry, withHashedNames } from './insights-telemetry.ts';
export { createLineTelemetry } from './line-telemetry.ts';
