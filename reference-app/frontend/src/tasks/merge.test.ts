import { expect, test } from "vitest";
import { TEXT } from "../testing/service.ts";
import { differences, merged } from "./merge.ts";

const base = { ...TEXT, title: "dentist", due: "2026-12-04", due_time: "15:00" };

test("each field goes to the side that changed it, and both is a clash", () => {
  const mine = { ...base, title: "dentist, upper left", note: "bring the card" };
  const theirs = { ...base, title: "orthodontist", due: "2026-12-05" };
  expect(differences(base, mine, theirs)).toEqual([
    { field: "title", side: "mine", isClash: true },
    { field: "due", side: "theirs", isClash: false },
    { field: "note", side: "mine", isClash: false },
  ]);
});

test("what both made the same is no difference", () => {
  const both = { ...base, people: ["Bob"] };
  expect(differences(base, both, { ...both })).toEqual([]);
});

test("the merged text has the chosen side of each field and theirs elsewhere", () => {
  const mine = { ...base, title: "mine", note: "mine" };
  const theirs = { ...base, title: "theirs", places: ["Sendai"] };
  expect(merged(mine, theirs, { title: "theirs", note: "mine" })).toEqual({
    ...base,
    title: "theirs",
    note: "mine",
    places: ["Sendai"],
  });
});

test("a time does not stay without its day", () => {
  const mine = { ...base, due: null, due_time: null };
  const theirs = { ...base, due_time: "16:00" };
  expect(merged(mine, theirs, { due: "mine", due_time: "theirs" }).due_time).toBeNull();
});
