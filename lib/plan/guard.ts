import type { GuardConfig } from '../model/index.ts';

/** What a run found and would do, excluded entries left out. */
export interface GuardCounts {
  /** Files and directories found at the destination; in dated mode, in the previous source snapshot. */
  readonly destinationFound: number;
  /** Of those, to be deleted. */
  readonly toDelete: number;
  readonly destinationFiles: number;
  /** Of those, whose content would be replaced. New files and property-only changes do not count. */
  readonly toOverwrite: number;
  /** Files found whose content is another now; in dated mode they are not overwritten. */
  readonly changed?: number;
  /** Files replaced by one of the same name with another or a further extension. */
  readonly renamed?: number;
  /** The extension that most of them have now. */
  readonly newExtension?: string;
  /** The source listing holds nothing. */
  readonly sourceEmpty: boolean;
  /** The source share is another one than at the last run. */
  readonly shareRecreated?: boolean;
}

export type GuardDecision =
  | { readonly tripped: false }
  /** Sentences for the report. */
  | { readonly tripped: true; readonly reasons: readonly string[] };

type GuardLimits = Pick<GuardConfig, 'maxDeletedPercent' | 'maxChangedPercent' | 'maxEncryptedPercent' | 'minEntries'>;

/** Whether the run has to stop before its first deletion and ask. */
export function decideGuard(counts: GuardCounts, limits: GuardLimits): GuardDecision {
  const reasons: string[] = [];
  if (counts.sourceEmpty && counts.destinationFound > 0) {
    reasons.push(
      counts.changed === undefined
        ? `The source is empty, the destination holds ${counts.destinationFound} entries.`
        : 'The source is empty, and was not when it was last backed up.',
    );
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
  const encrypted = encryptionReason(counts, limits);
  if (encrypted !== undefined) reasons.push(encrypted);
  return reasons.length === 0 ? { tripped: false } : { tripped: true, reasons };
}

/** Of the files that look encrypted, at least this part has been renamed: changes alone are ordinary work. */
const leastRenamedPercent = 10;

function encryptionReason(counts: GuardCounts, limits: GuardLimits): string | undefined {
  const { destinationFiles, toOverwrite, changed = toOverwrite, renamed = 0, newExtension = '' } = counts;
  const affected = changed + renamed;
  if (destinationFiles < limits.minEntries || renamed === 0) return undefined;
  if (renamed * 100 < leastRenamedPercent * affected) return undefined;
  if (!exceeds(affected, destinationFiles, limits.maxEncryptedPercent)) return undefined;
  const named = newExtension === '' ? '' : `, most often .${newExtension.toLowerCase()}`;
  return `${affected} of ${destinationFiles} files look encrypted, more than ${limits.maxEncryptedPercent} %: ${changed} have other content, ${renamed} another extension${named}.`;
}

const exceeds = (part: number, whole: number, percent: number): boolean => part * 100 > percent * whole;
