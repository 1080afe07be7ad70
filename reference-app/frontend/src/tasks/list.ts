/** The tasks that are on the page, and what is about to be done with them. */

import { type Failure, failureOf } from "../http/failure.ts";
import { Store } from "../store.ts";
import type { TaskApi } from "./api.ts";
import type { Status, Task } from "./model.ts";

export interface ListState {
  status: Status;
  /** What is loaded, in ascending id. */
  tasks: readonly Task[];
  /** Where the rest begins; null where all of it is loaded. */
  rest: number | null;
  phase: "loading" | "ready" | "failed";
  failure: Failure | null;
  /** What can still be taken back. */
  pending: Pending | null;
  /** What could not be done. */
  undone: { task: Task; failure: Failure } | null;
}

export interface Pending {
  action: "complete" | "remove";
  task: Task;
}

const PAGE = 100;
/** Loaded without being asked; a person rarely has more. */
const MOST_BY_ITSELF = 500;
const UNDO_MS = 8_000;

export class TaskList extends Store<ListState> {
  readonly #api: TaskApi;
  #loading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: TaskApi) {
    super({
      status: "open",
      tasks: [],
      rest: null,
      phase: "loading",
      failure: null,
      pending: null,
      undone: null,
    });
    this.#api = api;
  }

  async show(status: Status): Promise<void> {
    if (status === this.get().status) return;
    await this.commit();
    this.#change({ status, tasks: [], rest: null });
    await this.load();
  }

  /** Load from the start; what was loaded before stays in sight until then. */
  async load(): Promise<void> {
    this.#loading += 1;
    this.#change({ phase: "loading", failure: null });
    await this.#loadFrom(0, this.#loading);
  }

  async loadMore(): Promise<void> {
    const { rest } = this.get();
    if (rest === null) return;
    this.#loading += 1;
    this.#change({ phase: "loading", failure: null });
    await this.#loadFrom(rest, this.#loading);
  }

  /** Put a task in, or in the place of its older version. */
  put(task: Task): void {
    const others = this.get().tasks.filter((other) => other.id !== task.id);
    const fits = this.#fits(task) ? [...others, task] : others;
    this.#change({ tasks: fits.toSorted((one, other) => one.id - other.id) });
  }

  /** Take out a task that no longer exists. */
  drop(id: number): void {
    this.#change({ tasks: this.get().tasks.filter((task) => task.id !== id) });
  }

  /** Complete or remove a task a little later, so that it can be taken back. */
  async do(action: Pending["action"], task: Task): Promise<void> {
    const earlier = this.commit();
    this.#change({ pending: { action, task }, undone: null });
    this.resume();
    await earlier;
  }

  undo(): void {
    this.hold();
    this.#change({ pending: null });
  }

  /** Stop the clock while a person looks at the choice. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    clearTimeout(this.#timer);
    if (this.get().pending !== null) {
      this.#timer = setTimeout(() => void this.commit(), UNDO_MS);
    }
  }

  /** Do now what can be taken back until now. `isLeaving`: the page is going away. */
  async commit(isLeaving = false): Promise<void> {
    clearTimeout(this.#timer);
    const { pending } = this.get();
    if (pending === null) return;
    const { action, task } = pending;
    this.#change({
      pending: null,
      tasks: this.get().tasks.map((one) =>
        one.id === task.id && action === "complete" ? asDone(one) : one,
      ),
    });
    if (action === "remove") this.drop(task.id);
    else this.#refit();
    try {
      if (action === "remove") await this.#api.remove(task.id, isLeaving);
      else this.put(await this.#api.complete(task.id, isLeaving));
    } catch (error) {
      const failure = failureOf(error);
      // It is gone, or done: by a repeat of this very request, or in another tab.
      if (failure.kind === "gone" || (failure.kind === "conflict" && action === "complete")) return;
      this.put(task);
      this.#change({ undone: { task, failure } });
    }
  }

  dismissUndone(): void {
    this.#change({ undone: null });
  }

  /** The highest id seen: what is created later has a higher one. */
  highestId(): number {
    return this.get().tasks.at(-1)?.id ?? 0;
  }

  async #loadFrom(start: number, turn: number): Promise<void> {
    const found: Task[] = start === 0 ? [] : [...this.get().tasks];
    const most = found.length + MOST_BY_ITSELF;
    let after: number | null = start;
    try {
      while (after !== null && found.length < most) {
        const page = await this.#api.page(this.get().status, after, PAGE);
        if (turn !== this.#loading) return;
        found.push(...page.items);
        after = page.next;
        const isOver = after === null || found.length >= most;
        // The first page is shown at once; an old list is replaced when the new one is whole.
        if (isOver || this.get().tasks.length < found.length) {
          this.#change({ tasks: [...found], rest: after });
        }
      }
      this.#change({ phase: "ready" });
    } catch (error) {
      if (turn === this.#loading) this.#change({ phase: "failed", failure: failureOf(error) });
    }
  }

  #refit(): void {
    this.#change({ tasks: this.get().tasks.filter((task) => this.#fits(task)) });
  }

  #fits(task: Task): boolean {
    const { status } = this.get();
    return status === "all" || (status === "done") === (task.completed_at !== null);
  }

  #change(change: Partial<ListState>): void {
    this.set({ ...this.get(), ...change });
  }
}

function asDone(task: Task): Task {
  return { ...task, completed_at: task.completed_at ?? new Date().toISOString() };
}

/** Return the tasks as they are shown: what is pending is shown as if it were done. */
export function visible(state: ListState): Task[] {
  const { pending, status } = state;
  if (pending === null) return [...state.tasks];
  const { action, task } = pending;
  if (action === "remove" || status === "open") {
    return state.tasks.filter((one) => one.id !== task.id);
  }
  return state.tasks.map((one) => (one.id === task.id ? asDone(one) : one));
}
