import {
  createStore,
  StoreError,
  type StoreErrorCode,
  type EntryRef,
  type Store,
  type Switches,
} from '../../../emulator/store/index.ts';

export type TestClock = { ms: number; nowMs(): number };

/** A clock that stands still until moved. */
function standingClock(): TestClock {
  return {
    ms: Date.parse('2026-11-20T03:00:00Z'),
    nowMs() {
      return this.ms;
    },
  };
}

export const share = { account: 'one', share: 'data' };

export function at(path: string, snapshot?: string): EntryRef {
  return { ...share, path, snapshot };
}

/** A store with one empty share `one/data`. */
export function storeWithShare(switches?: Partial<Switches>): { store: Store; clock: TestClock } {
  const clock = standingClock();
  const store = createStore({ clock, switches });
  store.shares.create(share);
  return { store, clock };
}

/** The StoreError that `act` throws; any other error passes through. */
export function refused(act: () => unknown): StoreError | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof StoreError) {
      return error;
    }
    throw error;
  }
  return undefined;
}

/** Its code. */
export function refusal(act: () => unknown): StoreErrorCode | undefined {
  return refused(act)?.code;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Makes a file that holds `text`. */
export function writeFile(store: Store, path: string, text: string): void {
  store.files.create(at(path), { sizeBytes: bytes(text).length, content: bytes(text) });
}

/** The whole file as text. */
export function textOf(store: Store, ref: EntryRef): string {
  const reader = store.files.open(ref);
  return new TextDecoder().decode(reader.read(0, reader.properties.sizeBytes));
}
