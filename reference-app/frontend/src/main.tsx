import { createRoot } from "react-dom/client";
import { Announcer } from "./announcer.ts";
import { type App, AppContext } from "./app.ts";
import { type Config, loadConfig } from "./config.ts";
import { Drafts } from "./drafts.ts";
import { Client } from "./http/client.ts";
import { Reporter } from "./rum/reporter.ts";
import { pageId, watchErrors, watchLeaving } from "./rum/watch.ts";
import { Keeper } from "./session/keeper.ts";
import { Crash } from "./shell/Boundary.tsx";
import { Page } from "./shell/Page.tsx";
import { Store } from "./store.ts";
import "./styles.css";
import { TaskApi } from "./tasks/api.ts";
import { SpeechContext, speechIn, Tongue } from "./words/words.ts";

const now = () => new Date();
// Called through the window, not kept: what replaces it later is called too.
const fetcher: typeof fetch = (input, init) => window.fetch(input, init);

function build(config: Config, tongue: Tongue): App {
  const drafts = new Drafts(sessionStorage);
  const waiting = new Store<number | null>(null);
  const keeper = new Keeper(config, {
    fetch: fetcher,
    now,
    place: {
      href: () => location.href,
      show: (path) => history.replaceState({}, "", path),
      leave: (address) => location.assign(address),
    },
    lasting: localStorage,
    passing: sessionStorage,
    language: () => tongue.get().language,
    forgetDrafts: () => drafts.clear(),
    adoptDrafts: (from, to) => drafts.adopt(from, to),
  });
  const client = new Client(config.api, keeper, {
    fetch: fetcher,
    now,
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    onWaiting: (seconds) => waiting.set(seconds),
  });
  const isOnline = new Store(navigator.onLine);
  addEventListener("online", () => isOnline.set(true));
  addEventListener("offline", () => isOnline.set(false));
  return {
    keeper,
    tasks: new TaskApi(client),
    drafts,
    announcer: new Announcer(),
    tongue,
    isOnline,
    waiting,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    now,
  };
}

async function start(): Promise<void> {
  const tongue = new Tongue(localStorage, navigator.languages);
  const reporter = new Reporter({
    sendBeacon: navigator.sendBeacon?.bind(navigator),
    fetch: fetcher,
    random: Math.random,
    pageId,
    path: () => location.pathname,
    language: () => tongue.get().language,
  });
  const onError = watchErrors(reporter);
  const element = document.getElementById("root");
  if (element === null) return;
  const root = createRoot(element);
  document.documentElement.lang = tongue.get().language;
  document.title = tongue.get().words.title;
  let config: Config;
  try {
    config = await loadConfig();
  } catch {
    const speech = speechIn(tongue.get().language);
    root.render(
      <SpeechContext value={speech}>
        <Crash text={speech.words.crash.config} />
      </SpeechContext>,
    );
    return;
  }
  reporter.open(config.rum);
  const app = build(config, tongue);
  const started = app.keeper.start();
  root.render(
    <AppContext value={app}>
      <Page onError={onError} />
    </AppContext>,
  );
  await started;
  if (config.rum !== null) {
    const { watchVitals } = await import("./rum/vitals.ts");
    watchVitals(reporter);
    // After the vitals' own listeners: they settle their last values on the same events.
    watchLeaving(reporter);
  }
}

void start();
