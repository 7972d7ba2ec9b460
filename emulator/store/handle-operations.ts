import { pathOf } from './entry-access.ts';
import type { HeldHandle } from './held-handles.ts';
import { fileAt, isSamePath, unlinkFile } from './hard-links.ts';
import { decodeMarker, encodeMarker, pageSizeOf } from './markers.ts';
import { formatId } from './nodes.ts';
import type { ShareState, State } from './state.ts';
import type { HandleOperations, OpenHandle, OpenHandleInput } from './store-handles.ts';
import type { EntryRef } from './store.ts';
import { parentIdOf, requiredEntry, withoutEntry } from './tree-walk.ts';

/** What SMB clients hold open. Nobody mounts the emulator, so tests open handles through the control endpoint. */
export function handleOperations(state: State): HandleOperations {
  return {
    open: (ref, input = {}) => openHandle(state, ref, input),
    list(ref, options = {}) {
      const size = pageSizeOf(options.maxResults);
      const after = options.marker ? decodeMarker(options.marker) : '';
      const rest = heldAt(state, ref, options.recursive === true).filter(({ handle }) => handle.id > after);
      const page = rest.slice(0, size).map(({ handle }) => handle);
      return { handles: page, nextMarker: rest.length > size ? encodeMarker(page.at(-1)?.id ?? '') : '' };
    },
    close(ref, options) {
      const { share } = state.open(ref);
      const held = heldAt(state, ref, options.recursive === true);
      const closed = held.filter(({ handle }) => options.handleId === '*' || handle.id === options.handleId);
      closed.forEach((each) => closeHandle(state, share, each));
      return { closed: closed.length, failed: 0 };
    },
    clear(account) {
      for (const share of state.account(account).shares.values()) {
        [...share.handles.values()].forEach((each) => closeHandle(state, share, each));
      }
    },
  };
}

function openHandle(state: State, ref: EntryRef, input: OpenHandleInput): OpenHandle {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  const found = requiredEntry(share.root, components);
  const number = state.nextNumber();
  const at = state.moments.next();
  const handle: OpenHandle = {
    id: String(21_474_836_480 + number),
    path: components.join('/'),
    fileId: formatId(found.node.id),
    parentId: formatId(parentIdOf(found)),
    sessionId: String(9_259_542_123_273_814_000n + BigInt(number)),
    clientIp: input.clientIp ?? '127.0.0.1:49152',
    clientName: input.clientName ?? 'emulated-client',
    openTime: at,
    accessRights: input.accessRights ?? ['Read', 'Write'],
  };
  const deletePending = input.deletePending === true;
  const sharing = input.sharing ?? [];
  share.handles.set(handle.id, { handle, entryId: found.node.id, components, sharing, deletePending });
  return handle;
}

/** Handles of an entry, with `recursive` also of what lies beneath, in the order of their ids. */
function heldAt(state: State, ref: EntryRef, recursive: boolean): HeldHandle[] {
  const { share, root } = state.open(ref);
  const components = pathOf(ref);
  const { node } = requiredEntry(root, components);
  if (ref.snapshot !== undefined) {
    return [];
  }
  return [...share.handles.values()]
    .filter(
      (held) =>
        held.entryId === node.id ||
        (recursive &&
          held.components.length > components.length &&
          isSamePath(held.components.slice(0, components.length), components)),
    )
    .toSorted((left, right) => (left.handle.id < right.handle.id ? -1 : 1));
}

/** An entry marked for deletion goes with its last handle. */
function closeHandle(state: State, share: ShareState, held: HeldHandle): void {
  state.touch(share);
  share.handles.delete(held.handle.id);
  if (!held.deletePending || [...share.handles.values()].some(({ entryId }) => entryId === held.entryId)) {
    return;
  }
  const file = fileAt(share, held.components);
  if (file?.id === held.entryId) {
    unlinkFile(share, held.components, file);
  } else if (file === undefined && held.components.length > 0) {
    share.root = withoutEntry(share.root, held.components);
  }
  state.moments.next();
}
