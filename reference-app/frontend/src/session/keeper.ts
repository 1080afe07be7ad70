/** Keeps the session: starts it, renews it, ends it. */

import type { Config, SignIn } from "../config.ts";
import type { Access } from "../http/client.ts";
import { RequestError } from "../http/failure.ts";
import { Store } from "../store.ts";
import { forgetGuest, newGuest, storedGuest } from "./guest.ts";
import type { Oidc } from "./oidc.ts";
import type { Notice, Session, Who } from "./session.ts";

export interface Place {
  /** The page's address. */
  href(): string;
  /** Show another path of this page, without loading it. */
  show(path: string): void;
  /** Leave the page. */
  leave(address: string): void;
}

export interface Surroundings {
  fetch: typeof fetch;
  now(): Date;
  place: Place;
  /** Outlives the tab. */
  lasting: Storage;
  /** Ends with the tab. */
  passing: Storage;
  language(): string;
  /** Throw away what was typed, when a person leaves for good. */
  forgetDrafts(): void;
  /** A guest's list is over and they begin another: what they typed goes with them. */
  adoptDrafts(from: string, to: string): void;
}

export class Keeper implements Access {
  readonly session = new Store<Session>({ kind: "starting" });
  readonly config: Config;
  /** What has to be done before a session is given up. */
  readonly owed = new Set<() => Promise<void>>();
  readonly #around: Surroundings;
  #oidc: Promise<Oidc> | null = null;
  #renewing: Promise<boolean> | null = null;
  #isLeaving = false;

  constructor(config: Config, around: Surroundings) {
    this.config = config;
    this.#around = around;
  }

  /** Find out who is here: back from the login page, signed in, a guest, or nobody. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      this.#out("refused");
      throw error;
    }
  }

  async #start(): Promise<void> {
    const address = new URL(this.#around.place.href());
    if (this.config.signIn === null && !this.config.guest) {
      this.#be({ kind: "open" });
      return;
    }
    if (address.pathname === "/callback") {
      await this.#finish(address);
      return;
    }
    if (address.pathname === "/signed-out") {
      this.#around.place.show("/");
      this.#out("signed-out");
      return;
    }
    if (await this.#isSignedIn()) return;
    const guest = storedGuest(this.#around.lasting, this.#around.now());
    if (guest !== null) this.#be(guest);
    else if (this.session.get().kind === "starting") this.#out(null);
  }

  token(): string | null {
    const session = this.session.get();
    if (session.kind !== "active" || session.who.kind === "open") return null;
    return session.who.token;
  }

  /** See Access; many may ask at once, one renewal serves them all. */
  async renew(refused: string | null): Promise<boolean> {
    if (refused !== this.token()) return true;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async signIn(): Promise<void> {
    const oidc = await this.#login();
    if (oidc === null) return;
    const { pathname, search } = new URL(this.#around.place.href());
    const isAside = pathname === "/callback" || pathname === "/signed-out";
    await oidc.leaveForLogin(isAside ? "/" : pathname + search, this.#around.language());
  }

  /** Become a guest; throws a RequestError where that is not possible now. */
  async beGuest(): Promise<void> {
    const { fetch, lasting, now } = this.#around;
    const guest = await newGuest(this.config.api, lasting, fetch, now());
    const session = this.session.get();
    if (session.kind === "active" && session.who.kind === "guest") {
      this.#around.adoptDrafts(session.who.id, guest.id);
    }
    this.#be(guest);
  }

  async signOut(): Promise<void> {
    const session = this.session.get();
    if (session.kind !== "active" || this.#isLeaving) return;
    this.#isLeaving = true;
    await Promise.allSettled([...this.owed].map((work) => work()));
    this.#around.forgetDrafts();
    if (session.who.kind === "person") {
      const oidc = await this.#login();
      // The login service leads back to /signed-out, which says so.
      this.session.set({ kind: "starting" });
      if (oidc !== null) this.#around.place.leave(await oidc.signOut());
      return;
    }
    forgetGuest(this.#around.lasting);
    this.#isLeaving = false;
    this.#out("signed-out");
  }

  async #renew(): Promise<boolean> {
    const session = this.session.get();
    if (session.kind !== "active" || session.ended !== null) return false;
    if (session.who.kind === "guest") {
      forgetGuest(this.#around.lasting);
      this.#end("guest-ended");
      return false;
    }
    const oidc = await this.#login();
    if (session.who.kind === "open" || oidc === null) return false;
    try {
      this.#be(await oidc.renew());
      return true;
    } catch (error) {
      this.#end(noticeOf(error));
      return false;
    }
  }

  async #isSignedIn(): Promise<boolean> {
    // The library is loaded only where this tab has something for it.
    const hasUser = Object.keys(this.#around.passing).some((key) => key.startsWith("oidc."));
    if (!hasUser) return false;
    try {
      const oidc = await this.#login();
      if (oidc === null) return false;
      const person = await oidc.current();
      if (person !== null) this.#be(person);
      return person !== null;
    } catch (error) {
      const isOffline = error instanceof RequestError;
      this.#out(isOffline ? "unreachable" : noticeOf(error));
      return isOffline;
    }
  }

  async #finish(address: URL): Promise<void> {
    const oidc = await this.#login().catch(() => null);
    if (oidc === null) {
      this.#around.place.show("/");
      this.#out("stale");
      return;
    }
    try {
      const { person, returnTo } = await oidc.finish(address.href);
      this.#around.place.show(returnTo);
      this.#be(person);
    } catch (error) {
      this.#around.place.show("/");
      // Reloaded after a login that went well: the session is there already.
      if (!(await this.#isSignedIn())) this.#out(noticeOf(error));
    }
  }

  async #login(): Promise<Oidc | null> {
    const { signIn } = this.config;
    if (signIn === null) return null;
    this.#oidc ??= this.#loadOidc(signIn);
    try {
      return await this.#oidc;
    } catch {
      // Its file did not come: no network, or a newer release took its place.
      this.#oidc = null;
      throw new RequestError({ kind: "offline" });
    }
  }

  async #loadOidc(signIn: SignIn): Promise<Oidc> {
    const { Oidc } = await import("./oidc.ts");
    const { origin } = new URL(this.#around.place.href());
    return new Oidc(signIn, origin, this.#around.passing, {
      renewed: (person) => this.#renewed(person),
      ended: (notice) => this.#end(notice),
    });
  }

  /** A renewal in the background; a login's first user arrives by #finish. */
  #renewed(who: Who): void {
    const session = this.session.get();
    if (session.kind === "active" && session.who.kind === "person") this.#be(who);
  }

  #be(who: Who): void {
    this.session.set({ kind: "active", who, ended: null });
  }

  #out(notice: Notice | null): void {
    this.session.set({ kind: "out", notice });
  }

  #end(notice: Notice): void {
    const session = this.session.get();
    if (session.kind === "active" && !this.#isLeaving) {
      this.session.set({ ...session, ended: notice });
    }
  }
}

function noticeOf(error: unknown): Notice {
  if (error instanceof RequestError) throw error;
  const notice = (error as { notice?: Notice }).notice;
  if (notice === undefined) throw error;
  return notice;
}
