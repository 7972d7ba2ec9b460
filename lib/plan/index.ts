export { newestOf, planCatchUp } from './catch-up.ts';
export type { Action, CopyReason, DirectoryAction, FileAction, ListedFileAction, PlanContext } from './actions.ts';
export {
  blockCount,
  blockOf,
  blockRange,
  blocksToProve,
  blocksTouched,
  intersectRanges,
  subtractRanges,
} from './block-plan.ts';
export { copyRanges, inlineLimitBytes, rangeLimitBytes } from './copy-ranges.ts';
export { datedDirectory } from './dated-directory.ts';
export { Estimate } from './estimate.ts';
export { decideGuard, type GuardCounts, type GuardDecision } from './guard.ts';
export { parseDuration, subtractDuration } from './calendar.ts';
export {
  type HashMatch,
  type HashMatchOptions,
  type HashPass,
  hashOfName,
  matchByHash,
  splitPass,
} from './hash-pass.ts';
export { haveSameProperties, planByMd5 } from './compare-md5.ts';
export { type Limits, limitsAt } from './limit-windows.ts';
export { facetNames, facetsOf, type FacetRules, ListingDigest } from './listing-digest.ts';
export { matchListings, type EntryPair, type ListingPages } from './match-listings.ts';
export { hashDated } from './hash-dated.ts';
export { type DatedEntry, type IsNewerBeneath, mergeDated } from './merge-dated.ts';
export { areNested, compareFolded, foldName } from './names.ts';
export { compilePatterns, type Patterns } from './patterns.ts';
export { RenamedFiles } from './renamed-files.ts';
export { distrustMarginMs, planEntry } from './plan-entry.ts';
export { decideRetention, type RetentionDecision, type RetentionOptions, type RetentionPoint } from './retention.ts';
export { formatSlot, isInSlot, nextSlot, parseSlot, sampleSlots, type SampleSlot } from './sample.ts';
export { compileSelection, everything, type SelectedEntry, type Selection } from './selection.ts';
export {
  type Cadence,
  cadenceOf,
  findScheduleProblem,
  isDue,
  isDueAfter,
  isTimeZone,
  latestOccurrence,
  nextRetryAt,
  type Schedule,
} from './schedule.ts';
export { isBudgetSpent, shardBudget, splitDirectories } from './shard-budget.ts';
export { judgeAccount, type AccountInUse } from './preflight-account.ts';
export { judgePair } from './preflight-pair.ts';
export { judgeRoles } from './preflight-roles.ts';
export { judgeSas } from './preflight-sas.ts';
export { judgeJob } from './preflight-schedule.ts';
export { judgeRoom, judgeSource } from './preflight-room.ts';
export { judgeShare } from './preflight-share.ts';
