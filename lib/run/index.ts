export type { RunContext } from './context.ts';
export { pauseRun } from './destination-lock.ts';
export { createEngine } from './engine.ts';
export { expireHistory } from './history.ts';
export { type Margins, marginsFor } from './margins.ts';
export { runSchedule } from './schedule.ts';
export { activeRuns } from './start-run.ts';
export { watchRuns } from './watchdog.ts';
export { poisonShard, workShard } from './work-shard.ts';
