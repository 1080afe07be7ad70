/** Everything that can come of a request instead of an answer. */

export interface FieldProblem {
  field: string;
  expected: string;
}

export type Failure =
  /** No answer: no network, or nobody there. Whether a write took place is not known. */
  | { kind: "offline" }
  /** The session is over, and renewing it did not help. */
  | { kind: "ended" }
  /** The task was changed meanwhile, or the list is full. */
  | { kind: "conflict" }
  | { kind: "gone" }
  | { kind: "invalid"; fields: FieldProblem[] }
  /** Too many requests (429: nothing was done), or not now (503: not known). */
  | { kind: "busy"; status: number; retryAfterS: number }
  | { kind: "failed"; status: number; requestId: string | null };

export class RequestError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind);
    this.name = "RequestError";
    this.failure = failure;
  }
}

/** Return the failure behind whatever was thrown; mistakes of ours are thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestError) return error.failure;
  throw error;
}

/** Return whether a write may have taken place although it failed. */
export function isUncertain(failure: Failure): boolean {
  return (
    failure.kind === "offline" ||
    (failure.kind === "busy" && failure.status !== 429) ||
    (failure.kind === "failed" && failure.status >= 500)
  );
}

const LONGEST_WAIT_S = 60;

/** Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), at least 1. */
export function retryAfter(header: string | null, now: Date): number {
  if (header === null) return 1;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return 1;
  return Math.min(LONGEST_WAIT_S, Math.max(1, Math.ceil(seconds)));
}
