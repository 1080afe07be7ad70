/** What every part of the page uses. */

import { createContext, useContext } from "react";
import type { Announcer } from "./announcer.ts";
import type { Drafts } from "./drafts.ts";
import type { Keeper } from "./session/keeper.ts";
import type { Store } from "./store.ts";
import type { TaskApi } from "./tasks/api.ts";
import type { Tongue } from "./words/words.ts";

export interface App {
  keeper: Keeper;
  tasks: TaskApi;
  drafts: Drafts;
  announcer: Announcer;
  tongue: Tongue;
  isOnline: Store<boolean>;
  /** Seconds until the next try; null while nothing is waited for. */
  waiting: Store<number | null>;
  /** The person's time zone (IANA). */
  zone: string;
  now(): Date;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("no AppContext above");
  return app;
}
