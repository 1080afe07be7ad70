/**
 * Login by OpenID Connect: authorization code with PKCE. Loaded only where it is needed.
 *
 * Cognito's ways that the settings answer to: its discovery document may lack the
 * revocation endpoint; it revokes refresh tokens only; a refresh token comes without
 * offline_access, which it refuses; its logout wants client_id and logout_uri.
 */

import { ErrorResponse, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { SignIn } from "../config.ts";
import { RequestError } from "../http/failure.ts";
import { claimsOf, type Notice, type Who } from "./session.ts";

type Person = Who & { kind: "person" };
export interface Told {
  renewed(person: Person): void;
  ended(notice: Notice): void;
}
/** Revoking must not keep anybody from leaving. */
const LEAVING_LIMIT_MS = 3_000;

export class CallbackError extends Error {
  readonly notice: Notice;

  constructor(notice: Notice) {
    super(notice);
    this.notice = notice;
  }
}

export class Oidc {
  readonly #manager: UserManager;
  readonly #signIn: SignIn;
  readonly #origin: string;

  constructor(signIn: SignIn, origin: string, storage: Storage, told: Told) {
    this.#signIn = signIn;
    this.#origin = origin;
    const store = new WebStorageStateStore({ store: storage });
    this.#manager = new UserManager({
      authority: signIn.authority,
      metadataSeed: { revocation_endpoint: `${signIn.domain}/oauth2/revoke` },
      client_id: signIn.clientId,
      redirect_uri: `${origin}/callback`,
      response_type: "code",
      scope: "openid email profile",
      automaticSilentRenew: true,
      monitorSession: false,
      revokeTokensOnSignout: true,
      revokeTokenTypes: ["refresh_token"],
      userStore: store,
      stateStore: store,
    });
    this.#manager.events.addUserLoaded((user) => told.renewed(personOf(user)));
    this.#manager.events.addSilentRenewError(async (error) => {
      const notice = renewalNotice(error);
      // Without an answer the token may still be good for a while; the API will tell.
      if (notice === null) return;
      await this.#forget();
      told.ended(notice);
    });
  }

  /** Return who is signed in in this tab; a session that is too old is renewed first. */
  async current(): Promise<Person | null> {
    const user = await this.#manager.getUser();
    if (user === null) return null;
    return user.expired === true ? this.renew() : personOf(user);
  }

  /** Leave for the login page; throws a RequestError where it cannot be found. */
  async leaveForLogin(returnTo: string, language: string): Promise<void> {
    try {
      const extraQueryParams = { lang: language };
      await this.#manager.signinRedirect({ state: { returnTo }, extraQueryParams });
    } catch {
      throw new RequestError({ kind: "offline" });
    }
  }

  /** Finish a login at its callback address; throws a CallbackError. */
  async finish(address: string): Promise<{ person: Person; returnTo: string }> {
    try {
      const user = await this.#manager.signinRedirectCallback(address);
      const state = user.state as { returnTo?: string } | undefined;
      return { person: personOf(user), returnTo: state?.returnTo ?? "/" };
    } catch (error) {
      throw new CallbackError(callbackNotice(error));
    }
  }

  /** Renew by the refresh token; null where the session is over (CallbackError says why). */
  async renew(): Promise<Person> {
    const user = await this.#manager.getUser();
    if (!user?.refresh_token) {
      await this.#forget();
      throw new CallbackError("expired");
    }
    try {
      const renewed = await this.#manager.signinSilent();
      if (renewed === null) throw new CallbackError("expired");
      return personOf(renewed);
    } catch (error) {
      const notice = error instanceof CallbackError ? error.notice : renewalNotice(error);
      if (notice === null) throw new RequestError({ kind: "offline" });
      await this.#forget();
      throw new CallbackError(notice);
    }
  }

  /** Revoke what can be revoked and return the address that ends the login's own session. */
  async signOut(): Promise<string> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, LEAVING_LIMIT_MS));
    await Promise.race([this.#manager.revokeTokens(["refresh_token"]).catch(() => {}), limit]);
    await this.#forget();
    const query = new URLSearchParams({
      client_id: this.#signIn.clientId,
      logout_uri: `${this.#origin}/signed-out`,
    });
    return `${this.#signIn.domain}/logout?${query}`;
  }

  async #forget(): Promise<void> {
    this.#manager.stopSilentRenew();
    await this.#manager.removeUser();
  }
}

function personOf(user: User): Person {
  const profile = user.profile as Record<string, unknown>;
  const name = profile["name"] ?? profile["cognito:username"] ?? profile["email"];
  const access = claimsOf(user.access_token);
  return {
    kind: "person",
    id: `${access["sub"] ?? user.profile.sub}`,
    token: user.access_token,
    name: `${name ?? access["username"] ?? ""}`,
  };
}

/** Why a renewal failed for good; null where there was no answer. */
function renewalNotice(error: unknown): Notice | null {
  if (error instanceof ErrorResponse) return "revoked";
  // fetch's own error, or the library's time limit.
  if (error instanceof TypeError || (error instanceof Error && error.name === "ErrorTimeout")) {
    return null;
  }
  // 5xx of the token endpoint: the login service is ill, the session may be well.
  if (error instanceof Error && /\b5\d\d\b/.test(error.message)) return null;
  return "expired";
}

function callbackNotice(error: unknown): Notice {
  if (error instanceof ErrorResponse) return "refused";
  if (error instanceof Error && /state/i.test(error.message)) return "stale";
  return error instanceof TypeError ? "unreachable" : "refused";
}
