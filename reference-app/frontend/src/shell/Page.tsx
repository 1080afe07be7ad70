import { useEffect } from "react";
import { useApp } from "../app.ts";
import { Workspace } from "../tasks/Workspace.tsx";
import { useStore } from "../useStore.ts";
import { SpeechContext, useSpeech } from "../words/words.ts";
import { Boundary } from "./Boundary.tsx";
import { Entrance } from "./Entrance.tsx";
import { Header } from "./Header.tsx";
import { Notices } from "./Notices.tsx";

export function Page({ onError }: { onError: (error: unknown) => void }) {
  const { tongue } = useApp();
  const speech = useStore(tongue);
  useEffect(() => {
    document.documentElement.lang = speech.language;
    document.title = speech.words.title;
  }, [speech]);
  return (
    <SpeechContext value={speech}>
      <Boundary onError={onError}>
        <Header />
        <Announcements />
        <Inside />
      </Boundary>
    </SpeechContext>
  );
}

function Announcements() {
  const { announcer } = useApp();
  return (
    <div className="unseen" role="status" aria-live="polite">
      {useStore(announcer)}
    </div>
  );
}

function Inside() {
  const { keeper } = useApp();
  const session = useStore(keeper.session);
  const { words } = useSpeech();
  if (session.kind === "starting") {
    return (
      <main id="main" className="entrance" aria-busy="true">
        <p className="faint">{words.loading}</p>
      </main>
    );
  }
  if (session.kind === "out") return <Entrance notice={session.notice} />;
  // A new person is a new page: nothing of one list is left in another.
  const id = session.who.kind === "open" ? "open" : session.who.id;
  return (
    <main id="main" className="workspace" tabIndex={-1}>
      <Notices session={session} />
      <Workspace key={id} owner={id} hasEnded={session.ended !== null} />
    </main>
  );
}
