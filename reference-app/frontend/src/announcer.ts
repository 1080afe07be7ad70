/** Tells those who listen to the page what those who see it see. */

import { Store } from "./store.ts";

export class Announcer extends Store<string> {
  constructor() {
    super("");
  }

  say(text: string): void {
    // The same words twice are two messages: a reader repeats only what changes.
    this.set(text === this.get() ? `${text}\u00a0` : text);
  }
}
