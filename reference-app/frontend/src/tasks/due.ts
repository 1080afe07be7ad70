/** Days and times as the person's own clock shows them. */

import type { Language, Words } from "../words/words.ts";
import type { Task } from "./model.ts";

const DAY_MS = 86_400_000;

/**
 * Return what a clock on the wall shows in a zone: YYYY-MM-DDTHH:MM.
 * Such texts sort as time does, and a due date is compared with them as it stands: a day
 * has no zone, so no change of the clocks can move it.
 */
export function wallClock(now: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(now).map((p) => [p.type, p.value]));
  const { year, month, day, hour, minute } = parts;
  return `${year?.padStart(4, "0")}-${month}-${day}T${hour}:${minute}`;
}

type Due = Pick<Task, "due" | "due_time">;

/** Return whether a task's time has passed: at its minute, or with the end of its day. */
export function isOverdue(task: Due & Pick<Task, "completed_at">, wall: string): boolean {
  if (task.due === null || task.completed_at !== null) return false;
  if (task.due_time === null) return task.due < wall.slice(0, 10);
  return `${task.due}T${task.due_time}` < wall;
}

/** Return a due date as people say it: "Today 15:00", "Fri 4 Dec", with the year if another. */
export function dueLabel(due: Due, wall: string, language: Language, words: Words): string {
  if (due.due === null) return words.tasks.noDue;
  const day = dayLabel(due.due, wall.slice(0, 10), language, words);
  return due.due_time === null ? day : `${day} ${due.due_time}`;
}

function dayLabel(day: string, today: string, language: Language, words: Words): string {
  const date = new Date(`${day}T00:00:00Z`);
  const distance = Math.round((date.getTime() - Date.parse(`${today}T00:00:00Z`)) / DAY_MS);
  if (distance === 0) return words.tasks.today;
  if (distance === 1) return words.tasks.tomorrow;
  if (distance === -1) return words.tasks.yesterday;
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "ja", {
    timeZone: "UTC",
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(day.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" }),
  }).format(date);
}

const WEIGHT = { high: 0, normal: 1, low: 2 } as const;
const LAST = "9999";

/** Return tasks in the order of need: what is open by due date, then what is done, newest first. */
export function inOrder(tasks: readonly Task[]): Task[] {
  const when = (task: Task) => `${task.due ?? LAST}T${task.due_time ?? "24:00"}`;
  return tasks.toSorted((one, other) => {
    if (one.completed_at !== null && other.completed_at !== null) {
      return other.completed_at.localeCompare(one.completed_at);
    }
    if (one.completed_at !== other.completed_at) return one.completed_at === null ? -1 : 1;
    return (
      when(one).localeCompare(when(other)) ||
      WEIGHT[one.priority] - WEIGHT[other.priority] ||
      other.id - one.id
    );
  });
}
