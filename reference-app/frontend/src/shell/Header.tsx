import { useApp } from "../app.ts";
import type { Session } from "../session/session.ts";
import { useStore } from "../useStore.ts";
import { LANGUAGES, type Language, useSpeech } from "../words/words.ts";

export function Header() {
  const { keeper } = useApp();
  const session = useStore(keeper.session);
  const { words } = useSpeech();
  return (
    <header className="top">
      <a className="skip" href="#main">
        {words.skip}
      </a>
      <h1>
        <img src="/icon.svg" alt="" width="24" height="24" />
        {words.title}
      </h1>
      <div className="top-right">
        <SessionMenu session={session} />
        <LanguageChoice />
      </div>
    </header>
  );
}

function LanguageChoice() {
  const { tongue } = useApp();
  const { language, words } = useSpeech();
  return (
    <div className="languages" role="group" aria-label={words.language}>
      {(Object.keys(LANGUAGES) as Language[]).map((one) => (
        <button
          key={one}
          type="button"
          lang={one}
          className="quiet"
          aria-pressed={one === language}
          onClick={() => tongue.choose(one)}
        >
          {LANGUAGES[one]}
        </button>
      ))}
    </div>
  );
}

function SessionMenu({ session }: { session: Session }) {
  const { keeper } = useApp();
  const { language, words } = useSpeech();
  if (session.kind !== "active" || session.who.kind === "open") return null;
  const { who, ended } = session;
  const leave = () => void keeper.signOut();
  if (who.kind === "guest") {
    const time = new Intl.DateTimeFormat(language === "en" ? "en-GB" : "ja", {
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    }).format(new Date(who.endsAt));
    return (
      <div className="who">
        <span className="faint">{words.session.guestUntil(time)}</span>
        {keeper.config.signIn !== null && ended === null && (
          <button type="button" className="quiet" onClick={() => void keeper.signIn()}>
            {words.session.signIn}
          </button>
        )}
        <button type="button" className="quiet" onClick={leave}>
          {words.session.leaveGuest}
        </button>
      </div>
    );
  }
  return (
    <div className="who">
      <span className="name" title={words.session.signedInAs(who.name)}>
        {who.name}
      </span>
      <button type="button" className="quiet" onClick={leave}>
        {words.session.signOut}
      </button>
    </div>
  );
}
