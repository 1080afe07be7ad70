/** Who works here, and why a session ended. */

/** What a person is told about a session that is over or never began. */
export type Notice =
  | "signed-out"
  /** Too old to be renewed, or the login service refuses to. */
  | "expired"
  /** Ended elsewhere: signed out everywhere, or the account was disabled. */
  | "revoked"
  /** A callback address without a login behind it: reloaded, or a bookmark. */
  | "stale"
  /** The login service answered with an error. */
  | "refused"
  | "unreachable"
  | "guest-ended"
  /** Too many new guests from this address. */
  | "guest-busy";

export type Who =
  /** The API stands alone: no token is needed. */
  | { kind: "open" }
  | { kind: "guest"; id: string; token: string; endsAt: string }
  | { kind: "person"; id: string; token: string; name: string };

export type Session =
  | { kind: "starting" }
  | { kind: "out"; notice: Notice | null }
  /** While `ended` is set the page stays as it is, so that nothing typed is lost. */
  | { kind: "active"; who: Who; ended: Notice | null };

/** Return a token's claims, unverified: they name a list on this page and prove nothing. */
export function claimsOf(token: string): Record<string, unknown> {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null
      ? (claims as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
