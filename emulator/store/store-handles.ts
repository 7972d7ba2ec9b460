import type { EntryRef, FileTime } from './store.ts';

/** What a handle may do, and what it lets others do. */
export type AccessRight = 'Read' | 'Write' | 'Delete';

/** What List Handles shows of a handle. */
export type OpenHandle = {
  readonly id: string;
  readonly path: string;
  readonly fileId: string;
  readonly parentId: string;
  readonly sessionId: string;
  readonly clientIp: string;
  readonly clientName: string;
  readonly openTime: FileTime;
  readonly accessRights: readonly AccessRight[];
};

export type OpenHandleInput = {
  /** Default Read and Write. */
  readonly accessRights?: readonly AccessRight[] | undefined;
  /** What others, REST included, may still do. Default nothing. */
  readonly sharing?: readonly AccessRight[] | undefined;
  readonly clientIp?: string | undefined;
  readonly clientName?: string | undefined;
  /** The client has asked for the deletion of what it holds open. */
  readonly deletePending?: boolean | undefined;
};

export type HandleOperations = {
  /** Opens a handle as an SMB client would; no REST operation does. */
  open(ref: EntryRef, input?: OpenHandleInput): OpenHandle;
  list(
    ref: EntryRef,
    options?: { recursive?: boolean | undefined; marker?: string | undefined; maxResults?: number | undefined },
  ): { readonly handles: readonly OpenHandle[]; readonly nextMarker: string };
  /** `handleId` is an id or `*`. */
  close(
    ref: EntryRef,
    options: { handleId: string; recursive?: boolean | undefined },
  ): { readonly closed: number; readonly failed: number };
  /** Closes every handle in an account. */
  clear(account: string): void;
};
