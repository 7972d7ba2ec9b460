import type { AccountState, ShareState } from './state.ts';

/** All that must survive the process: plain data, trees and permission tables. Handles do not. */
export type SavedState = {
  readonly lastNumber: number;
  readonly lastMoment: { readonly ms: number; readonly ticks: number };
  readonly accounts: ReadonlyMap<string, AccountState>;
};

/** Keeps the state beyond the end of the process. */
export type StateKeeper = {
  /** What was kept last; undefined at the first start. */
  readonly restored: SavedState | undefined;
  /** From now on `read` gives the state to keep. Between two tasks of the event loop it is whole. */
  attach(read: () => SavedState): void;
  /** An operation begins that may change this share, or, without one, anything of an account beside its shares. */
  touch(share?: ShareState): void;
  /** So many bytes of content were written. */
  wrote(bytes: number): void;
  /** Keeps the state now, before an operation that changed very much is answered. */
  flush(): void;
};
