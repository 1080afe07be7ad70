/** A task as the API gives it, and what a person may write about it. */

export const PRIORITIES = ["low", "normal", "high"] as const;
export type Priority = (typeof PRIORITIES)[number];
export const STATUSES = ["open", "done", "all"] as const;
export type Status = (typeof STATUSES)[number];
/** How the fields came to be: by a person, or read from a sentence, or not read at all. */
export type Source = "given" | "read" | "degraded" | "unreadable";

export interface TaskText {
  title: string;
  note: string;
  /** A calendar day, YYYY-MM-DD, or null. */
  due: string | null;
  /** A time of that day, HH:MM, or null; it never stands without its day. */
  due_time: string | null;
  priority: Priority;
  people: string[];
  places: string[];
}

export interface Task extends TaskText {
  id: number;
  /** Grows by one with every change. */
  version: number;
  source: Source;
  created_at: string;
  completed_at: string | null;
}

export const MAX_TITLE = 200;
export const MAX_NOTE = 2000;
export const MAX_SENTENCE = 1000;

/** Return what is written about a task, apart from the rest. */
export function textOf(task: TaskText): TaskText {
  const { title, note, due, due_time, priority, people, places } = task;
  return { title, note, due, due_time, priority, people, places };
}

/** Return whether two texts say the same. */
export function sameText(one: TaskText, other: TaskText): boolean {
  return JSON.stringify(textOf(one)) === JSON.stringify(textOf(other));
}
