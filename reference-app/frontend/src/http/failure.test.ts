import { expect, test } from "vitest";
import { type Failure, isUncertain, retryAfter } from "./failure.ts";

const NOW = new Date("2026-11-27T12:00:00Z");

test.each([
  [null, 1],
  ["0", 1],
  ["3", 3],
  ["3600", 60],
  ["Fri, 27 Nov 2026 12:00:05 GMT", 5],
  ["Fri, 27 Nov 2026 11:00:00 GMT", 1],
  ["soon", 1],
])("Retry-After: %s is %i seconds", (header, seconds) => {
  expect(retryAfter(header, NOW)).toBe(seconds);
});

test.each<[Failure, boolean]>([
  [{ kind: "offline" }, true],
  [{ kind: "busy", status: 503, retryAfterS: 1 }, true],
  [{ kind: "busy", status: 429, retryAfterS: 1 }, false],
  [{ kind: "failed", status: 500, requestId: null }, true],
  [{ kind: "failed", status: 403, requestId: null }, false],
  [{ kind: "conflict" }, false],
  [{ kind: "ended" }, false],
])("whether a write of %j may have taken place: %s", (failure, expected) => {
  expect(isUncertain(failure)).toBe(expected);
});
