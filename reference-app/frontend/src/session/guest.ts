/** A guest's list: small, for a day, known by a token that the API gives. */

import { RequestError, retryAfter } from "../http/failure.ts";
import { claimsOf, type Who } from "./session.ts";

const KEY = "todo.guest";
type Guest = Who & { kind: "guest" };

/** Return a guest of earlier, if the list still exists. */
export function storedGuest(storage: Storage, now: Date): Guest | null {
  try {
    const found = JSON.parse(storage.getItem(KEY) ?? "null") as Guest | null;
    return found !== null && Date.parse(found.endsAt) > now.getTime() ? found : null;
  } catch {
    return null;
  }
}

/** Become a new guest; throws a RequestError where that is not possible now. */
export async function newGuest(
  api: string,
  storage: Storage,
  fetcher: typeof fetch,
  now: Date,
): Promise<Guest> {
  let answer: Response;
  try {
    answer = await fetcher(`${api}/guest`, { method: "POST" });
  } catch {
    throw new RequestError({ kind: "offline" });
  }
  const { status, headers } = answer;
  if (status === 429 || status === 503) {
    const retryAfterS = retryAfter(headers.get("Retry-After"), now);
    throw new RequestError({ kind: "busy", status, retryAfterS });
  }
  if (!answer.ok) {
    const requestId = headers.get("X-Request-ID");
    throw new RequestError({ kind: "failed", status, requestId });
  }
  const document = (await answer.json()) as { token: string; expires_at: string };
  const { token, expires_at: endsAt } = document;
  const guest: Guest = { kind: "guest", id: `${claimsOf(token)["sub"]}`, token, endsAt };
  storage.setItem(KEY, JSON.stringify(guest));
  return guest;
}

export function forgetGuest(storage: Storage): void {
  storage.removeItem(KEY);
}
