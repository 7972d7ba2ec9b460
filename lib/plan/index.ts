export { compareFolded, foldName } from './names.ts';
export { findScheduleProblem, isTimeZone } from './schedule.ts';
