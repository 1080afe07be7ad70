/** An API in memory, that can be told to fail; what was asked of it can be looked up. */

import type { Task, TaskText } from "../tasks/model.ts";

export interface Asked {
  method: string;
  path: string;
  token: string | null;
  body: unknown;
}
type Answer = Response | "no answer";
/** Answers a request instead of the service; null lets it pass. */
export type Intercept = (asked: Asked) => Answer | null;

export const TEXT: TaskText = {
  title: "dentist",
  note: "",
  due: null,
  due_time: null,
  priority: "normal",
  people: [],
  places: [],
};

export function json(status: number, document: unknown, headers: Record<string, string> = {}) {
  return new Response(status === 204 ? null : JSON.stringify(document), { status, headers });
}

export class Service {
  tasks: Task[] = [];
  asked: Asked[] = [];
  /** What the AI service reads; null: it cannot be asked. */
  reads: Partial<TaskText> | null = {};
  intercept: Intercept = () => null;
  #lastId = 0;

  add(text: Partial<TaskText>, rest: Partial<Task> = {}): Task {
    this.#lastId += 1;
    const task: Task = {
      ...TEXT,
      ...text,
      id: this.#lastId,
      version: 1,
      source: "given",
      created_at: `2026-11-27T00:00:${String(this.#lastId).padStart(2, "0")}Z`,
      completed_at: null,
      ...rest,
    };
    this.tasks.push(task);
    return task;
  }

  /** Change a task behind the page's back. */
  change(id: number, change: Partial<Task>): void {
    this.tasks = this.tasks.map((task) =>
      task.id === id ? { ...task, ...change, version: task.version + 1 } : task,
    );
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const asked: Asked = {
      method: init?.method ?? "GET",
      path: String(input).replace(/^\/api/, ""),
      token: headers.get("Authorization")?.replace("Bearer ", "") ?? null,
      body: typeof init?.body === "string" ? JSON.parse(init.body) : null,
    };
    this.asked.push(asked);
    const answer = this.intercept(asked) ?? this.#answer(asked);
    if (answer === "no answer") throw new TypeError("Failed to fetch");
    return answer;
  };

  /** Return what was asked with this method, the latest last. */
  of(method: string): Asked[] {
    return this.asked.filter((asked) => asked.method === method);
  }

  #answer({ method, path, body }: Asked): Response {
    const url = new URL(path, "http://api");
    const id = Number(/^\/tasks\/(\d+)/.exec(url.pathname)?.[1] ?? 0);
    const task = this.tasks.find((one) => one.id === id);
    const route = `${method} ${url.pathname.replace(/\d+/, "N")}`;
    switch (route) {
      case "GET /tasks":
        return this.#page(url.searchParams);
      case "POST /tasks":
        return json(201, this.add(body as TaskText));
      case "POST /tasks/from-text": {
        const { text } = body as { text: string };
        const isRead = this.reads !== null;
        const read = { title: text, ...this.reads };
        return json(201, this.add(read, { source: isRead ? "read" : "degraded" }));
      }
      default:
        return task === undefined ? json(404, {}) : this.#ofTask(route, task, body);
    }
  }

  #ofTask(route: string, task: Task, body: unknown): Response {
    const { id } = task;
    switch (route) {
      case "GET /tasks/N":
        return json(200, task);
      case "PUT /tasks/N": {
        const { version, ...text } = body as TaskText & { version: number };
        if (version !== task.version) return json(409, {});
        this.change(id, { ...text, source: "given" });
        return json(200, this.tasks.find((one) => one.id === id));
      }
      case "POST /tasks/N/complete":
        if (task.completed_at !== null) return json(409, {});
        this.change(id, { completed_at: "2026-11-27T12:00:00Z" });
        return json(200, this.tasks.find((one) => one.id === id));
      case "DELETE /tasks/N":
        this.tasks = this.tasks.filter((one) => one.id !== id);
        return json(204, null);
      default:
        return json(405, {});
    }
  }

  #page(query: URLSearchParams): Response {
    const status = query.get("status");
    const found = this.tasks.filter(
      (task) =>
        task.id > Number(query.get("after")) &&
        (status === "all" || (status === "done") === (task.completed_at !== null)),
    );
    const limit = Number(query.get("limit"));
    const items = found.slice(0, limit);
    return json(200, { items, next: found.length > limit ? items.at(-1)?.id : null });
  }
}
