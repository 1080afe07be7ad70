/** What concerns the whole page: the connection, the session, waiting. */

import { useEffect, useRef } from "react";
import { useApp } from "../app.ts";
import type { Session } from "../session/session.ts";
import { useStore } from "../useStore.ts";
import { useSpeech } from "../words/words.ts";
import { Ways } from "./Entrance.tsx";

export function Notices({ session }: { session: Session & { kind: "active" } }) {
  return (
    <div className="notices">
      <Connection />
      <Waiting />
      <Ended session={session} />
    </div>
  );
}

function Connection() {
  const { announcer, isOnline } = useApp();
  const online = useStore(isOnline);
  const { words } = useSpeech();
  const was = useRef(online);
  useEffect(() => {
    if (online && !was.current) announcer.say(words.isBack);
    was.current = online;
  }, [announcer, online, words]);
  if (online) return null;
  return (
    <p className="note warn" role="alert">
      {words.isOffline}
    </p>
  );
}

function Waiting() {
  const { waiting } = useApp();
  const seconds = useStore(waiting);
  const { words } = useSpeech();
  return (
    <p className={seconds === null ? "hidden" : "note"} role="status">
      {seconds === null ? "" : words.trying(words.seconds(seconds))}
    </p>
  );
}

function Ended({ session }: { session: Session & { kind: "active" } }) {
  const { words } = useSpeech();
  const { ended, who } = session;
  if (ended === null) return null;
  return (
    // It takes no focus: a session also ends while a person is typing.
    <div className="note warn" role="alert">
      <p>
        <strong>{words.session.notices[ended]}</strong> {words.session.kept}
      </p>
      <Ways isAgain wasGuest={who.kind === "guest"} />
    </div>
  );
}
