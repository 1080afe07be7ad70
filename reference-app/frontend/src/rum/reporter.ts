/**
 * Gathers what a page load measured and sends it by navigator.sendBeacon.
 *
 * README.md describes the format. Limits are the receiver's: 20 events and 64 KiB in one
 * beacon. Whether anybody answers makes no difference to the page.
 */

import type { Rum } from "../config.ts";
import type { ErrorReport } from "./scrub.ts";

export interface VitalReport {
  type: "vital";
  name: string;
  /** Milliseconds; CLS has no unit. */
  value: number;
  rating: string;
  /** The same id again replaces what was said before. */
  id: string;
  navigation: string;
}

export interface LoadReport {
  type: "load";
  /** From the start of the navigation to the end of the load event, in milliseconds. */
  value: number;
}

export type Report = VitalReport | LoadReport | ErrorReport;

export interface Beacon {
  version: 1;
  /** One page load; made at random, kept nowhere. */
  page: string;
  /** A path of the application; never one that a person could have made up. */
  route: string;
  language: string;
  events: Report[];
  /** Events of this page load that no beacon had room for. */
  dropped: number;
}

export interface Means {
  sendBeacon: ((url: string, body: string) => boolean) | undefined;
  fetch: typeof fetch;
  random(): number;
  pageId(): string;
  path(): string;
  language(): string;
}

export const MOST_EVENTS = 20;
const MOST_BEACONS = 10;
const MOST_WAITING = 100;
const ROUTES = new Set(["/", "/callback", "/signed-out"]);

export class Reporter {
  readonly #means: Means;
  readonly #page: string;
  readonly #waiting = new Map<string, Report>();
  #url: string | null = null;
  #isOff = false;
  #sent = 0;
  #dropped = 0;

  constructor(means: Means) {
    this.#means = means;
    this.#page = means.pageId();
  }

  /** Learn where to, and whether this page load is of the sample. What is heard before waits. */
  open(rum: Rum | null): void {
    this.#isOff = rum === null || this.#means.random() >= rum.sample;
    if (this.#isOff) this.#waiting.clear();
    else if (rum !== null) this.#url = `/rum/v1/${rum.site}`;
  }

  vital(report: VitalReport): void {
    this.#put(`vital ${report.id}`, report);
  }

  load(report: LoadReport): void {
    this.#put("load", report);
  }

  error(report: Omit<ErrorReport, "count">): void {
    const key = `error ${JSON.stringify(report)}`;
    const before = this.#waiting.get(key);
    const count = before?.type === "error" ? before.count + 1 : 1;
    this.#put(key, { ...report, count });
  }

  /** Send what waits; never throws, never waits. */
  flush(): void {
    if (this.#url === null) return;
    while (this.#waiting.size > 0 && this.#sent < MOST_BEACONS) {
      const batch = [...this.#waiting].slice(0, MOST_EVENTS);
      for (const [key] of batch) this.#waiting.delete(key);
      this.#send(batch.map(([, report]) => report));
    }
  }

  #put(key: string, report: Report): void {
    if (this.#isOff) return;
    const isFull = !this.#waiting.has(key) && this.#waiting.size >= MOST_WAITING;
    if (isFull || this.#sent >= MOST_BEACONS) this.#dropped += 1;
    else this.#waiting.set(key, report);
    if (this.#waiting.size >= MOST_EVENTS) this.flush();
  }

  #send(events: Report[]): void {
    if (this.#url === null) return;
    this.#sent += 1;
    const path = this.#means.path();
    const beacon: Beacon = {
      version: 1,
      page: this.#page,
      route: ROUTES.has(path) ? path : "other",
      language: this.#means.language(),
      events,
      dropped: this.#dropped,
    };
    const body = JSON.stringify(beacon);
    try {
      if (this.#means.sendBeacon?.(this.#url, body) === true) return;
    } catch {
      // A blocker may throw here: the other way is as good.
    }
    this.#means
      .fetch(this.#url, { method: "POST", body, keepalive: true, credentials: "omit" })
      .catch(() => {});
  }
}
