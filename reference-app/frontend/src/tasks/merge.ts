/** Two versions of one task, and what they were made from. */

import type { TaskText } from "./model.ts";

export type Field = keyof TaskText;
export const FIELDS: readonly Field[] = [
  "title",
  "due",
  "due_time",
  "priority",
  "people",
  "places",
  "note",
];
export type Side = "mine" | "theirs";

export interface Difference {
  field: Field;
  /** The side to propose: the one that changed it; mine where both did. */
  side: Side;
  /** Both changed it, to different things. */
  isClash: boolean;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Return where the two versions differ, in the order of the form. */
export function differences(base: TaskText, mine: TaskText, theirs: TaskText): Difference[] {
  return FIELDS.filter((field) => !same(mine[field], theirs[field])).map((field) => {
    const isMine = !same(base[field], mine[field]);
    const isTheirs = !same(base[field], theirs[field]);
    return { field, side: isMine ? "mine" : "theirs", isClash: isMine && isTheirs };
  });
}

/** Return theirs, with my side of each field chosen so; a time without its day goes. */
export function merged(
  mine: TaskText,
  theirs: TaskText,
  choice: Partial<Record<Field, Side>>,
): TaskText {
  const take = <K extends Field>(field: K): TaskText[K] =>
    choice[field] === "mine" ? mine[field] : theirs[field];
  const due = take("due");
  return {
    title: take("title"),
    due,
    due_time: due === null ? null : take("due_time"),
    priority: take("priority"),
    people: take("people"),
    places: take("places"),
    note: take("note"),
  };
}
