import { expect, test } from "vitest";
import { speechIn } from "../words/words.ts";
import { dueLabel, inOrder, isOverdue, wallClock } from "./due.ts";
import type { Task } from "./model.ts";

test.each([
  // One moment, four walls.
  ["2026-11-27T16:30:00Z", "Asia/Tokyo", "2026-11-28T01:30"],
  ["2026-11-27T16:30:00Z", "Europe/Berlin", "2026-11-27T17:30"],
  ["2026-11-27T16:30:00Z", "America/Los_Angeles", "2026-11-27T08:30"],
  ["2026-11-27T16:30:00Z", "Pacific/Kiritimati", "2026-11-28T06:30"],
  // Midnight is 00, not 24.
  ["2026-11-27T15:00:00Z", "Asia/Tokyo", "2026-11-28T00:00"],
  // Before and after the clocks of Berlin go back: the wall shows 02:30 twice.
  ["2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-25T02:30"],
  ["2026-10-25T01:30:00Z", "Europe/Berlin", "2026-10-25T02:30"],
])("%s in %s is %s", (now, zone, wall) => {
  expect(wallClock(new Date(now), zone)).toBe(wall);
});

test.each([
  [null, null, false],
  ["2026-11-27", null, false],
  ["2026-11-26", null, true],
  ["2026-11-28", null, false],
  ["2026-11-27", "20:59", true],
  // A minute is over when the next one begins.
  ["2026-11-27", "21:00", false],
  ["2026-11-27", "21:01", false],
  ["2026-11-26", "23:59", true],
])("due %s %s at 21:00 on the 27th: overdue is %s", (due, due_time, expected) => {
  const wall = "2026-11-27T21:00";
  expect(isOverdue({ due, due_time, completed_at: null }, wall)).toBe(expected);
  expect(isOverdue({ due, due_time, completed_at: "2026-11-27T00:00:00Z" }, wall)).toBe(false);
});

test("one task is overdue in Tokyo while it is not in Los Angeles", () => {
  const now = new Date("2026-11-27T16:30:00Z");
  const task = { due: "2026-11-27", due_time: null, completed_at: null };
  expect(isOverdue(task, wallClock(now, "Asia/Tokyo"))).toBe(true);
  expect(isOverdue(task, wallClock(now, "America/Los_Angeles"))).toBe(false);
});

test.each([
  ["en", null, null, "No date"],
  ["en", "2026-11-27", "15:00", "Today 15:00"],
  ["en", "2026-11-28", null, "Tomorrow"],
  ["en", "2026-11-26", null, "Yesterday"],
  ["en", "2026-12-04", "15:00", "Fri 4 Dec 15:00"],
  ["en", "2027-01-01", null, "Fri, 1 Jan 2027"],
  ["ja", null, null, "期限なし"],
  ["ja", "2026-11-27", "15:00", "今日 15:00"],
  ["ja", "2026-12-04", "15:00", "12月4日(金) 15:00"],
  ["ja", "2027-01-01", null, "2027年1月1日(金)"],
] as const)("%s: %s %s reads %s", (language, due, due_time, expected) => {
  const { words } = speechIn(language);
  expect(dueLabel({ due, due_time }, "2026-11-27T21:00", language, words)).toBe(expected);
});

test("what is due first comes first; then what matters more, what is newer, what is done", () => {
  const task = (id: number, rest: Partial<Task>): Task => ({
    id,
    version: 1,
    title: `${id}`,
    note: "",
    due: null,
    due_time: null,
    priority: "normal",
    people: [],
    places: [],
    source: "given",
    created_at: "",
    completed_at: null,
    ...rest,
  });
  const ordered = inOrder([
    task(1, {}),
    task(2, { priority: "high" }),
    task(3, { due: "2026-11-28" }),
    task(4, { due: "2026-11-28", due_time: "09:00" }),
    task(5, { due: "2026-11-20" }),
    task(6, { completed_at: "2026-11-01T00:00:00Z", due: "2026-01-01" }),
    task(7, { completed_at: "2026-11-02T00:00:00Z" }),
    task(8, {}),
  ]);
  expect(ordered.map(({ id }) => id)).toEqual([5, 4, 3, 2, 8, 1, 7, 6]);
});
