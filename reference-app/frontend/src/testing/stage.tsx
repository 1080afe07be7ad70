/** The whole page on a service in memory. */

import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Announcer } from "../announcer.ts";
import { type App, AppContext } from "../app.ts";
import { parseConfig } from "../config.ts";
import { Drafts } from "../drafts.ts";
import { Client } from "../http/client.ts";
import { Keeper } from "../session/keeper.ts";
import { Page } from "../shell/Page.tsx";
import { Store } from "../store.ts";
import { TaskApi } from "../tasks/api.ts";
import { type Language, Tongue } from "../words/words.ts";
import { Service } from "./service.ts";

/** Friday, 21:00 in Tokyo. */
export const NOW = new Date("2026-11-27T12:00:00Z");

export interface Setting {
  service?: Service;
  config?: object;
  language?: Language;
  address?: string;
  zone?: string;
}

export function build(setting: Setting = {}) {
  const { service = new Service(), config = {}, language = "en", zone = "Asia/Tokyo" } = setting;
  let href = setting.address ?? "http://localhost/";
  const left: string[] = [];
  const drafts = new Drafts(sessionStorage);
  const waiting = new Store<number | null>(null);
  const waits: number[] = [];
  const now = () => NOW;
  const keeper = new Keeper(parseConfig(config), {
    fetch: service.fetch,
    now,
    place: {
      href: () => href,
      show: (path) => {
        href = new URL(path, href).href;
      },
      leave: (address) => left.push(address),
    },
    lasting: localStorage,
    passing: sessionStorage,
    language: () => language,
    forgetDrafts: () => drafts.clear(),
    adoptDrafts: (from, to) => drafts.adopt(from, to),
  });
  const client = new Client("/api", keeper, {
    fetch: service.fetch,
    now,
    wait: async (seconds) => {
      waits.push(seconds);
    },
    onWaiting: (seconds) => waiting.set(seconds),
  });
  const app: App = {
    keeper,
    tasks: new TaskApi(client),
    drafts,
    announcer: new Announcer(),
    tongue: new Tongue(localStorage, [language]),
    isOnline: new Store(true),
    waiting,
    zone,
    now,
  };
  return { app, service, left, waits, href: () => href };
}

/** Show the page as main.tsx does; a person, with everything to look at. */
export function open(setting: Setting = {}) {
  const built = build(setting);
  const show = () =>
    render(
      <AppContext value={built.app}>
        <Page onError={() => {}} />
      </AppContext>,
    );
  const shown = show();
  void built.app.keeper.start();
  return { ...built, shown, person: userEvent.setup() };
}

/** A token whose claims can be read and whose signature means nothing. */
export function token(claims: object): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "none" })}.${part(claims)}.`;
}
