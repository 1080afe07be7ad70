import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RequestError } from "../http/failure.ts";
import { token } from "../testing/stage.tsx";
import { CallbackError, Oidc } from "./oidc.ts";
import type { Notice } from "./session.ts";

const ORIGIN = "http://localhost";
const AUTHORITY = `${ORIGIN}/pool`;
const SIGN_IN = { authority: AUTHORITY, clientId: "web", domain: ORIGIN };
/** As real Cognito and the emulator: it lacks the revocation endpoint. */
const DISCOVERY = {
  issuer: AUTHORITY,
  authorization_endpoint: `${ORIGIN}/oauth2/authorize`,
  token_endpoint: `${ORIGIN}/oauth2/token`,
  jwks_uri: `${AUTHORITY}/.well-known/jwks.json`,
};
const SIGNED_IN_AT = 1_790_000_000;

let posted: { url: string; form: URLSearchParams }[];
let tokenAnswer: () => Response | Error;

function idToken(change: object = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = { iss: AUTHORITY, aud: "web", sub: "ann", iat: SIGNED_IN_AT, exp };
  return token({ ...claims, auth_time: SIGNED_IN_AT, "cognito:username": "ann", ...change });
}

function tokens(change: object = {}) {
  return {
    access_token: token({ sub: "ann", username: "ann" }),
    id_token: idToken(),
    token_type: "Bearer",
    expires_in: 3600,
    ...change,
  };
}

const answer = (status: number, document: object) =>
  new Response(JSON.stringify(document), {
    status,
    headers: { "Content-Type": "application/json" },
  });

beforeEach(() => {
  posted = [];
  tokenAnswer = () => answer(200, tokens());
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = String(input);
    if (url.endsWith("openid-configuration")) return answer(200, DISCOVERY);
    posted.push({ url, form: new URLSearchParams(String(init?.body)) });
    if (url.endsWith("/oauth2/revoke")) return new Response("{}");
    const given = tokenAnswer();
    if (given instanceof Error) throw given;
    return given;
  });
});
afterEach(() => vi.unstubAllGlobals());

/** Somebody is signed in in this tab already. */
function signedIn(change: object = {}) {
  const user = {
    ...tokens(),
    refresh_token: "refresh",
    scope: "openid",
    profile: { sub: "ann", auth_time: SIGNED_IN_AT, "cognito:username": "ann" },
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    ...change,
  };
  sessionStorage.setItem(`oidc.user:${AUTHORITY}:web`, JSON.stringify(user));
}

function oidc() {
  const ended: Notice[] = [];
  const found = new Oidc(SIGN_IN, ORIGIN, sessionStorage, {
    renewed: () => {},
    ended: (notice) => ended.push(notice),
  });
  return { oidc: found, ended };
}

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

test("a person is known by subject and named by user name", async () => {
  signedIn();
  expect(await oidc().oidc.current()).toMatchObject({ kind: "person", id: "ann", name: "ann" });
});

test("a session is renewed by its refresh token, never by a hidden frame", async () => {
  signedIn();
  const person = await oidc().oidc.renew();
  expect(person.token).toBe(tokens().access_token);
  expect(posted[0]?.form.get("grant_type")).toBe("refresh_token");
  expect(document.querySelector("iframe")).toBeNull();
});

test("a session without a refresh token has expired", async () => {
  signedIn({ refresh_token: undefined });
  const error = await thrownBy(oidc().oidc.renew());
  expect((error as CallbackError).notice).toBe("expired");
  expect(posted).toEqual([]);
});

test.each<[string, () => Response | Error, Notice | "offline"]>([
  ["the refresh token is refused", () => answer(400, { error: "invalid_grant" }), "revoked"],
  ["there is no network", () => new TypeError("Failed to fetch"), "offline"],
  // Cognito's own fault with rotated refresh tokens.
  [
    "the time of login changed",
    () => answer(200, tokens({ id_token: idToken({ auth_time: SIGNED_IN_AT + 60 }) })),
    "expired",
  ],
  ["it becomes another person", () => answer(200, tokens({ id_token: idToken({ sub: "bob" }) })), "expired"],
])("when %s, a renewal ends so", async (_, given, expected) => {
  signedIn();
  tokenAnswer = given;
  const error = await thrownBy(oidc().oidc.renew());
  const found = error instanceof RequestError ? error.failure.kind : (error as CallbackError).notice;
  expect(found).toBe(expected);
  // Without a network the session may be well: it is kept.
  const isKept = sessionStorage.getItem(`oidc.user:${AUTHORITY}:web`) !== null;
  expect(isKept).toBe(expected === "offline");
});

test("an old session of this tab is renewed before it is used", async () => {
  signedIn({ expires_at: 1 });
  expect(await oidc().oidc.current()).toMatchObject({ id: "ann" });
  expect(posted).toHaveLength(1);
});

test("logout revokes the refresh token alone and names the page to come back to", async () => {
  signedIn();
  const { oidc: it } = oidc();
  const address = new URL(await it.signOut());
  expect(posted.map(({ url, form }) => [url, form.get("token"), form.get("token_type_hint")])).toEqual([
    [`${ORIGIN}/oauth2/revoke`, "refresh", "refresh_token"],
  ]);
  expect(address.pathname).toBe("/logout");
  expect(Object.fromEntries(address.searchParams)).toEqual({
    client_id: "web",
    logout_uri: `${ORIGIN}/signed-out`,
  });
  expect(await it.current()).toBeNull();
});

test("logout works without the login service", async () => {
  signedIn();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  const { oidc: it } = oidc();
  expect(await it.signOut()).toContain("/logout?");
  expect(sessionStorage.getItem(`oidc.user:${AUTHORITY}:web`)).toBeNull();
});

test("a login sends PKCE, state and the language, and asks for no offline access", async () => {
  const left = await leavingFor();
  const query = left.searchParams;
  expect(left.pathname).toBe("/oauth2/authorize");
  expect(query.get("response_type")).toBe("code");
  expect(query.get("code_challenge_method")).toBe("S256");
  expect(query.get("code_challenge")).toMatch(/^[\w-]{43}$/);
  expect(query.get("state")).toBeTruthy();
  expect(query.get("scope")).toBe("openid email profile");
  expect(query.get("redirect_uri")).toBe(`${ORIGIN}/callback`);
  expect(query.get("lang")).toBe("ja");
});

test("a callback exchanges its code once, with the verifier, and leads back", async () => {
  const left = await leavingFor();
  const state = left.searchParams.get("state");
  const { oidc: it } = oidc();
  const address = `${ORIGIN}/callback?code=abc&state=${state}`;
  expect(await it.finish(address)).toMatchObject({ person: { id: "ann" }, returnTo: "/?show=all" });
  expect(posted[0]?.form.get("code_verifier")).toMatch(/^[\w.~-]{43,}$/);
  // Reloaded: the state is used up.
  expect(((await thrownBy(it.finish(address))) as CallbackError).notice).toBe("stale");
});

test("an error of the login service is told as one", async () => {
  const state = (await leavingFor()).searchParams.get("state");
  const address = `${ORIGIN}/callback?error=access_denied&state=${state}`;
  const error = await thrownBy(oidc().oidc.finish(address));
  expect((error as CallbackError).notice).toBe("refused");
});

/** Return the address that a login leaves for: jsdom itself goes nowhere. */
async function leavingFor(): Promise<URL> {
  let address = "";
  const go = (to: string | URL) => {
    address = String(to);
  };
  vi.stubGlobal("location", { href: `${ORIGIN}/`, origin: ORIGIN, assign: go, replace: go });
  // The library waits for the page to go away.
  void oidc().oidc.leaveForLogin("/?show=all", "ja").catch(() => {});
  await vi.waitFor(() => expect(address).not.toBe(""));
  return new URL(address);
}
