import type { Store, StoreOptions } from './store.ts';

/** An empty store. */
export function createStore(options: StoreOptions): Store {
  throw new Error(`not built yet ${String(options)}`);
}
