/**
 * What may be said of an error: what kind it is and where in our code, nothing of what a
 * person typed, and no token.
 */

export interface ErrorReport {
  type: "error";
  /** Who caught it: the window, a promise nobody waited for, or the page while it was drawn. */
  source: "window" | "promise" | "render";
  /** The error's class, as TypeError. */
  name: string;
  /** The engine's own words, scrubbed; absent where they may be somebody else's. */
  message?: string;
  /** File, line and column of the first frame in our code, without host and path. */
  at?: string;
  /** How often on this page. */
  count: number;
}

// Only the engine writes these messages; what is thrown elsewhere may quote anything.
const ENGINE = new Set(["TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError"]);
const LONGEST = 200;
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const FRAME = /([\w.-]+\.m?[jt]sx?)(?:\?[^\s:)]*)?:(\d+):(\d+)/;

/** Return a message without quotations, addresses' queries, tokens, numbers and foreign text. */
export function scrub(message: string): string {
  return (
    message
      // Quotations: they hold values. Also those that were cut off.
      .replace(/(["'`“‘「『])[\s\S]*?(?:["'`”’」』]|$)/g, "…")
      .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S*/gi, "…")
      .replace(/[\w.+-]+@[\w.-]+/g, "…")
      .replace(/[?#]\S+/g, "…")
      // Tokens, identifiers, hashes; and numbers, which may be anything.
      .replace(/[\w.~+/=-]{24,}/g, "…")
      .replace(/\d{4,}/g, "…")
      // The engine speaks English: everything else was typed.
      .replace(/[^\x20-\x7e…]+/g, "…")
      .replace(/…(?:\s*…)+/g, "…")
      .trim()
      .slice(0, LONGEST)
  );
}

/** Return what may be said of whatever was thrown. */
export function describe(
  thrown: unknown,
  source: ErrorReport["source"],
): Omit<ErrorReport, "count"> {
  if (!(thrown instanceof Error)) return { type: "error", source, name: `Thrown${kindOf(thrown)}` };
  const name = NAME.test(thrown.name) ? thrown.name : "Error";
  const frame = FRAME.exec(thrown.stack ?? "");
  return {
    type: "error",
    source,
    name,
    ...(ENGINE.has(name) ? { message: scrub(thrown.message) } : {}),
    ...(frame ? { at: `${frame[1]}:${frame[2]}:${frame[3]}` } : {}),
  };
}

function kindOf(value: unknown): string {
  const kind = value === null ? "null" : typeof value;
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
