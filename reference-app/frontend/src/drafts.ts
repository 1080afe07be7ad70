/** What is typed and not saved yet: it survives a reload, a login and a lost connection. */

const PREFIX = "todo.draft.";

export class Drafts {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get<T>(key: string): T | null {
    try {
      return JSON.parse(this.#storage.getItem(PREFIX + key) ?? "null") as T | null;
    } catch {
      return null;
    }
  }

  set(key: string, value: unknown): void {
    try {
      this.#storage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      // The storage is full or forbidden: the page itself still has it.
    }
  }

  remove(key: string): void {
    this.#storage.removeItem(PREFIX + key);
  }

  /** Return what follows a prefix in the keys of what is kept. */
  keysUnder(prefix: string): string[] {
    const whole = PREFIX + prefix;
    return Object.keys(this.#storage)
      .filter((key) => key.startsWith(whole))
      .map((key) => key.slice(whole.length));
  }

  /** Give drafts to another owner; what they are of stays behind with the first. */
  adopt(from: string, to: string): void {
    for (const rest of this.keysUnder(`edit.${from}.`)) {
      const draft = this.get<object>(`edit.${from}.${rest}`);
      this.set(`edit.${to}.${rest}`, { ...draft, isLost: true });
      this.remove(`edit.${from}.${rest}`);
    }
  }

  clear(): void {
    for (const key of this.keysUnder("")) this.remove(key);
  }
}
