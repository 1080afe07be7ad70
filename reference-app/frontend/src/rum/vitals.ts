/** What the browser measures of a page load. Loaded after the page itself. */

import { type MetricType, onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
import type { Reporter } from "./reporter.ts";

const PRECISION = 10_000; // CLS is a small number without a unit

/** Report LCP, INP, CLS, FCP, TTFB and the load, as they become known. */
export function watchVitals(reporter: Reporter): void {
  const report = ({ name, value, rating, id, navigationType }: MetricType) => {
    const rounded = Math.round(value * PRECISION) / PRECISION;
    reporter.vital({ type: "vital", name, value: rounded, rating, id, navigation: navigationType });
  };
  for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(report);
  afterLoad(() => {
    const [entry] = performance.getEntriesByType("navigation");
    const ended = entry instanceof PerformanceNavigationTiming ? entry.loadEventEnd : 0;
    if (ended > 0) reporter.load({ type: "load", value: Math.round(ended) });
  });
}

/** Call once the load event has ended, also where that was long ago. */
function afterLoad(call: () => void): void {
  const soon = () => setTimeout(call);
  if (document.readyState === "complete") soon();
  else addEventListener("load", soon, { once: true });
}
