import type { GuardConfig } from '../model/index.ts';

/** What a run found and would do, excluded entries left out. */
export interface GuardCounts {
  /** Files and directories found at the destination. */
  readonly destinationFound: number;
  /** Of those, to be deleted. */
  readonly toDelete: number;
  readonly destinationFiles: number;
  /** Of those, whose content would be replaced. New files and property-only changes do not count. */
  readonly toOverwrite: number;
  /** The source listing holds nothing. */
  readonly sourceEmpty: boolean;
  /** The source share is another one than at the last run. */
  readonly shareRecreated?: boolean;
}

export type GuardDecision =
  | { readonly tripped: false }
  /** Sentences for the report. */
  | { readonly tripped: true; readonly reasons: readonly string[] };

type GuardLimits = Pick<GuardConfig, 'maxDeletedPercent' | 'maxChangedPercent' | 'minEntries'>;

/** Whether the run has to stop before its first deletion and ask. */
export function decideGuard(counts: GuardCounts, limits: GuardLimits): GuardDecision {
  const reasons: string[] = [];
  if (counts.sourceEmpty && counts.destinationFound > 0) {
    reasons.push(`The source is empty, the destination holds ${counts.destinationFound} entries.`);
  }
  if (counts.shareRecreated === true) reasons.push('The source share was deleted and made anew since the last run.');
  if (counts.destinationFound >= limits.minEntries) {
    const { toDelete, destinationFound, toOverwrite, destinationFiles } = counts;
    if (exceeds(toDelete, destinationFound, limits.maxDeletedPercent)) {
      reasons.push(
        `${toDelete} of ${destinationFound} entries would be deleted, more than ${limits.maxDeletedPercent} %.`,
      );
    }
    if (exceeds(toOverwrite, destinationFiles, limits.maxChangedPercent)) {
      reasons.push(
        `${toOverwrite} of ${destinationFiles} files would be overwritten, more than ${limits.maxChangedPercent} %.`,
      );
    }
  }
  return reasons.length === 0 ? { tripped: false } : { tripped: true, reasons };
}

const exceeds = (part: number, whole: number, percent: number): boolean => part * 100 > percent * whole;
