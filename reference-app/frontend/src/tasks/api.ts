/** The API's routes for tasks. */

import type { Client } from "../http/client.ts";
import type { Status, Task, TaskText } from "./model.ts";

export interface Page {
  items: Task[];
  next: number | null;
}

export class TaskApi {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async page(status: Status, after: number, limit: number): Promise<Page> {
    const query = new URLSearchParams({ status, after: `${after}`, limit: `${limit}` });
    return (await this.#client.ask("GET", `/tasks?${query}`, { repeats: true })) as Page;
  }

  async read(id: number): Promise<Task> {
    return (await this.#client.ask("GET", `/tasks/${id}`, { repeats: true })) as Task;
  }

  async create(text: TaskText): Promise<Task> {
    return (await this.#client.ask("POST", "/tasks", { body: text })) as Task;
  }

  /** Create a task from a sentence, read in the person's zone. */
  async say(sentence: string, timezone: string): Promise<Task> {
    const body = { text: sentence, timezone };
    return (await this.#client.ask("POST", "/tasks/from-text", { body })) as Task;
  }

  /** Replace a task's text; a repeat of it meets its own work as a conflict. */
  async edit(id: number, text: TaskText, version: number): Promise<Task> {
    const body = { ...text, version };
    return (await this.#client.ask("PUT", `/tasks/${id}`, { body, repeats: true })) as Task;
  }

  async complete(id: number, keepalive = false): Promise<Task> {
    const options = { keepalive, repeats: true };
    return (await this.#client.ask("POST", `/tasks/${id}/complete`, options)) as Task;
  }

  async remove(id: number, keepalive = false): Promise<void> {
    await this.#client.ask("DELETE", `/tasks/${id}`, { keepalive, repeats: true });
  }
}
