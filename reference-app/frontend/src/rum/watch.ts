/** Listens to the page on the reporter's behalf. */

import type { Reporter } from "./reporter.ts";
import { describe } from "./scrub.ts";

/** An error is worth more while it is fresh: it does not wait for the page to be left. */
const ERRORS_AFTER_MS = 10_000;

export function watchErrors(reporter: Reporter): (error: unknown) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = (thrown: unknown, source: "window" | "promise" | "render") => {
    // Given up on purpose: no mistake.
    if (thrown instanceof DOMException && thrown.name === "AbortError") return;
    reporter.error(describe(thrown, source));
    timer ??= setTimeout(() => {
      timer = undefined;
      reporter.flush();
    }, ERRORS_AFTER_MS);
  };
  addEventListener("error", (event) => {
    // A script of another origin, an extension's for example, tells nothing: error is null.
    if (event.error !== null && event.error !== undefined) hear(event.error, "window");
  });
  addEventListener("unhandledrejection", (event) => hear(event.reason, "promise"));
  return (error) => hear(error, "render");
}

/** Send when the page is left or hidden: on a phone that is often the last one hears of it. */
export function watchLeaving(reporter: Reporter): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") reporter.flush();
  });
  addEventListener("pagehide", () => reporter.flush());
}

export function pageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
