import type { Entry } from '../model/index.ts';
import { compilePatterns } from './patterns.ts';

/** What a selection looks at besides the path: the entry as a listing shows it. */
export type SelectedEntry = Pick<Entry, 'kind' | 'attributes' | 'times'>;

/**
 * Which entries are backed up. What is left out is protected at the destination: neither deleted nor updated nor counted. An
 * entry is judged as the source has it; one that only the destination has, as it is there.
 */
export interface Selection {
  leavesOut(path: string, entry: SelectedEntry): boolean;
  /** Whether everything beneath a directory may go with it when the source does not have it. */
  takesAllBeneath(path: string): boolean;
}

export interface SelectionRules {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Only files with the archive attribute. */
  readonly archiveOnly?: boolean | undefined;
  /** Only files whose LastWriteTime is this or later: ISO 8601 UTC with seven fraction digits. */
  readonly writtenSince?: string | undefined;
}

export function compileSelection({ include, exclude, archiveOnly, writtenSince }: SelectionRules): Selection {
  const patterns = compilePatterns(include, exclude);
  const isFileLeftOut = ({ attributes, times }: SelectedEntry): boolean =>
    (archiveOnly === true && !attributes.split('|').includes('Archive')) ||
    (writtenSince !== undefined && times.lastWrite < writtenSince);
  const looksAtFiles = archiveOnly === true || writtenSince !== undefined;
  return {
    leavesOut: (path, entry) =>
      entry.kind === 'directory' ? patterns.directory(path) === 'none' : !patterns.file(path) || isFileLeftOut(entry),
    takesAllBeneath: (path) => !looksAtFiles && patterns.directory(path) === 'all',
  };
}

/** Leaves nothing out. */
export const everything: Selection = { leavesOut: () => false, takesAllBeneath: () => true };
