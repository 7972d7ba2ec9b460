/** Compares two places of Azure Files without a line of the engine: what proves a restore point must not share its bugs. */
export { comparePlaces } from './compare.ts';
export type { Comparison, ComparisonOptions, Difference } from './compare.ts';
export type { Place } from './place.ts';
