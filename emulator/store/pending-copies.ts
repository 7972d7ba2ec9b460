import { type Content, sparseContent, tornContent } from './content.ts';
import { pathOf } from './entry-access.ts';
import { placeFile } from './hard-links.ts';
import { entryAt } from './tree-walk.ts';
import type { FileNode } from './nodes.ts';
import type { ShareState, State } from './state.ts';
import type { CopyProperties, EntryRef } from './store.ts';

/** A copy that was answered `pending`. What it will bring is fixed when it starts; the clock decides when. */
export type PendingCopy = {
  readonly fileId: number;
  readonly copyId: string;
  readonly components: readonly string[];
  readonly dueAtMs: number;
  readonly outcome: 'success' | 'failed' | 'aborted' | 'torn';
  readonly content: Content;
  /** A source that is not what it was when the copy started fails the copy [REST Copy File]. */
  readonly source: EntryRef;
  readonly sourceVersion: number;
};

/** Ends every copy of the share that is due, in the order of their times. Called before each operation on the share. */
export function settleCopies(state: State, share: ShareState): void {
  if (share.pendingCopies.size === 0) {
    return;
  }
  const nowMs = state.moments.nowMs();
  const due = [...share.pendingCopies.values()].filter((copy) => copy.dueAtMs <= nowMs);
  for (const copy of due.toSorted((left, right) => left.dueAtMs - right.dueAtMs)) {
    share.pendingCopies.delete(copy.fileId);
    const node = entryAt(share.root, copy.components)?.node;
    if (node?.kind === 'file' && node.copy?.id === copy.copyId) {
      const outcome = isSourceUnchanged(state, copy) ? copy.outcome : 'failed';
      placeFile(share, copy.components, settled(state, node, { ...copy, outcome }));
    }
  }
}

/** By looking, not by `State.open`, which would settle the other share's copies in the middle of this one's. */
function isSourceUnchanged(state: State, { source, sourceVersion }: PendingCopy): boolean {
  if (source.snapshot !== undefined) {
    return true;
  }
  const share = state.account(source.account).shares.get(source.share);
  return share !== undefined && entryAt(share.root, pathOf(source))?.node.version === sourceVersion;
}

function settled(state: State, node: FileNode, copy: PendingCopy): FileNode {
  const at = state.moments.next();
  const content = CONTENT_OF[copy.outcome](copy.content);
  const copied = copy.outcome === 'torn' ? content.sizeBytes / 2 : content.sizeBytes;
  return {
    ...node,
    version: state.nextNumber(),
    lastModified: at,
    content,
    copy: {
      ...(node.copy as CopyProperties),
      status: STATUS_OF[copy.outcome],
      progress: `${Math.floor(copied)}/${copy.content.sizeBytes}`,
      completionTime: at,
      statusDescription: DESCRIPTION_OF[copy.outcome],
    },
  };
}

const empty = (): Content => sparseContent(0);

const CONTENT_OF = { success: (content: Content) => content, failed: empty, aborted: empty, torn: tornContent };

const STATUS_OF = { success: 'success', failed: 'failed', aborted: 'aborted', torn: 'failed' } as const;

const DESCRIPTION_OF = {
  success: undefined,
  failed: '500 InternalServerError "Copy failed."',
  aborted: undefined,
  torn: '500 InternalServerError "Copy failed when reading the source."',
};
