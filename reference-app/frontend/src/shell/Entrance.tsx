/** The ways in: by login, as a guest. Also shown where a session is over. */

import { useState } from "react";
import { useApp } from "../app.ts";
import { type Failure, failureOf } from "../http/failure.ts";
import type { Notice } from "../session/session.ts";
import { useSpeech } from "../words/words.ts";
import { FailureNote } from "./FailureNote.tsx";

interface WaysProps {
  isAgain: boolean;
  /** Where a guest's list is over: nobody signs in by that. */
  wasGuest?: boolean;
}

/** The buttons that begin a session, and what may go wrong with them. */
export function Ways({ isAgain, wasGuest = false }: WaysProps) {
  const { keeper } = useApp();
  const { words } = useSpeech();
  const [busy, setBusy] = useState<"login" | "guest" | null>(null);
  const [failed, setFailed] = useState<{ way: "login" | "guest"; failure: Failure } | null>(null);

  const go = async (way: "login" | "guest") => {
    setBusy(way);
    setFailed(null);
    try {
      await (way === "login" ? keeper.signIn() : keeper.beGuest());
      // Going to the login page takes a moment: the button stays as it is until then.
      if (way === "guest") setBusy(null);
    } catch (error) {
      setBusy(null);
      setFailed({ way, failure: failureOf(error) });
    }
  };

  const { session } = words;
  const isFirst = !wasGuest && keeper.config.signIn !== null;
  const guest = keeper.config.guest && (
    <button
      type="button"
      className={isFirst ? "" : "primary"}
      disabled={busy !== null}
      onClick={() => void go("guest")}
    >
      {wasGuest || isAgain ? session.newGuest : session.beGuest}
    </button>
  );
  const login = keeper.config.signIn !== null && (
    <button
      type="button"
      className={isFirst ? "primary" : ""}
      disabled={busy !== null}
      onClick={() => void go("login")}
    >
      {busy === "login" ? session.leaving : isAgain && !wasGuest ? session.signInAgain : session.signIn}
    </button>
  );
  return (
    <>
      <div className="choices">
        {isFirst && login}
        {guest}
        {!isFirst && login}
      </div>
      {failed && (
        <FailureNote
          failure={failed.failure}
          {...noticeText(failed.way, failed.failure, session.notices)}
          onRetry={() => void go(failed.way)}
        />
      )}
    </>
  );
}

function noticeText(
  way: "login" | "guest",
  failure: Failure,
  notices: Record<Notice, string>,
): { text?: string } {
  if (way === "login") return { text: notices.unreachable };
  const isLimited = failure.kind === "busy" && failure.status === 429;
  return isLimited ? { text: notices["guest-busy"] } : {};
}

export function Entrance({ notice }: { notice: Notice | null }) {
  const { keeper } = useApp();
  const { words } = useSpeech();
  return (
    <main id="main" className="entrance" tabIndex={-1}>
      {notice !== null && (
        <p className={notice === "signed-out" ? "note" : "note bad"} role="alert">
          {words.session.notices[notice]}
        </p>
      )}
      <h2>{words.session.welcome}</h2>
      <p className="lead">{words.session.lead}</p>
      <Ways isAgain={notice !== null && notice !== "signed-out"} />
      {keeper.config.guest && <p className="faint">{words.session.guestNote}</p>}
    </main>
  );
}
