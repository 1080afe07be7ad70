import { useSyncExternalStore } from "react";
import type { Store } from "./store.ts";

/** Return a store's value now, and again whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.watch, store.get);
}
