/** Asks the API: with the session's token, patiently where the API asks for patience. */

import { type Failure, type FieldProblem, RequestError, retryAfter } from "./failure.ts";

/** Who asks. */
export interface Access {
  /** The token to send; null where none is needed. */
  token(): string | null;
  /** Try to make the session good again after a 401; false where it is over. */
  renew(refused: string | null): Promise<boolean>;
}

export interface Options {
  body?: unknown;
  signal?: AbortSignal;
  /** Outlives the page: for what is owed when it is left. */
  keepalive?: boolean;
  /** Repeat by itself where that does no harm. A write that would be done twice does. */
  repeats?: boolean;
}

export interface Surroundings {
  fetch: typeof fetch;
  now(): Date;
  /** Return after so many seconds. */
  wait(seconds: number): Promise<void>;
  /** Told how many seconds are waited before the next try; null when that is over. */
  onWaiting(seconds: number | null): void;
}

const TIME_LIMIT_MS = 15_000;
const MOST_REPEATS = 2;
/** A longer wait is the person's to decide. */
const LONGEST_QUIET_WAIT_S = 5;

export class Client {
  readonly #base: string;
  readonly #access: Access;
  readonly #around: Surroundings;

  constructor(base: string, access: Access, around: Surroundings) {
    this.#base = base;
    this.#access = access;
    this.#around = around;
  }

  /** Return the answer's document (null where it has none), or throw a RequestError. */
  async ask(method: string, path: string, options: Options = {}): Promise<unknown> {
    for (let repeats = 0; ; repeats += 1) {
      const answer = await this.#send(method, path, options);
      if (answer.ok) return answer.status === 204 ? null : documentOf(answer);
      const failure = await this.#failure(answer);
      const mayRepeat =
        failure.kind === "busy" &&
        (failure.status === 429 || options.repeats === true) &&
        failure.retryAfterS <= LONGEST_QUIET_WAIT_S &&
        repeats < MOST_REPEATS &&
        options.keepalive !== true;
      if (!mayRepeat) throw new RequestError(failure);
      this.#around.onWaiting(failure.retryAfterS);
      await this.#around.wait(failure.retryAfterS);
      this.#around.onWaiting(null);
    }
  }

  async #send(method: string, path: string, options: Options): Promise<Response> {
    const token = this.#access.token();
    const answer = await this.#fetch(method, path, options, token);
    if (answer.status !== 401) return answer;
    if (!(await this.#access.renew(token))) throw new RequestError({ kind: "ended" });
    return this.#fetch(method, path, options, this.#access.token());
  }

  async #fetch(
    method: string,
    path: string,
    options: Options,
    token: string | null,
  ): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (token !== null) headers["Authorization"] = `Bearer ${token}`;
    const init: RequestInit = { method, headers, cache: "no-store" };
    if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(options.body);
    }
    if (options.keepalive === true) init.keepalive = true;
    const limit = AbortSignal.timeout(TIME_LIMIT_MS);
    init.signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    try {
      return await this.#around.fetch(this.#base + path, init);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new RequestError({ kind: "offline" });
    }
  }

  async #failure(answer: Response): Promise<Failure> {
    const { status, headers } = answer;
    if (status === 401) return { kind: "ended" };
    if (status === 404) return { kind: "gone" };
    if (status === 409) return { kind: "conflict" };
    if (status === 413 || status === 422) {
      return { kind: "invalid", fields: await fieldProblems(answer) };
    }
    if (status === 429 || status === 503) {
      const retryAfterS = retryAfter(headers.get("Retry-After"), this.#around.now());
      return { kind: "busy", status, retryAfterS };
    }
    return { kind: "failed", status, requestId: headers.get("X-Request-ID") };
  }
}

/** An answer that says 2xx and is no JSON comes from something else in between. */
async function documentOf(answer: Response): Promise<unknown> {
  try {
    return (await answer.json()) as unknown;
  } catch {
    throw new RequestError({
      kind: "failed",
      status: answer.status,
      requestId: answer.headers.get("X-Request-ID"),
    });
  }
}

async function fieldProblems(answer: Response): Promise<FieldProblem[]> {
  try {
    const document = (await answer.json()) as { errors?: unknown };
    return Array.isArray(document.errors) ? (document.errors as FieldProblem[]) : [];
  } catch {
    return [];
  }
}
