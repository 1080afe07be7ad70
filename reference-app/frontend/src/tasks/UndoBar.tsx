import { useEffect } from "react";
import { useApp } from "../app.ts";
import { FailureNote, failureText } from "../shell/FailureNote.tsx";
import { useStore } from "../useStore.ts";
import { useSpeech } from "../words/words.ts";
import type { TaskList } from "./list.ts";

/** What was just done, while it can be taken back; and what could not be done. */
export function UndoBar({ list }: { list: TaskList }) {
  const { announcer } = useApp();
  const { words } = useSpeech();
  const { pending, undone } = useStore(list);
  const text =
    pending === null
      ? ""
      : pending.action === "complete"
        ? words.undo.completed(pending.task.title)
        : words.undo.removed(pending.task.title);
  useEffect(() => {
    if (text !== "") announcer.say(text);
  }, [announcer, text]);

  const undo = () => {
    list.undo();
    if (pending) announcer.say(words.undo.undone(pending.task.title));
    document.getElementById("tasks")?.focus();
  };
  if (undone !== null) {
    return (
      <div className="bar">
        <FailureNote
          failure={undone.failure}
          text={`${words.undo.failed(undone.task.title)} ${failureText(undone.failure, words)}`}
        >
          <button type="button" onClick={() => list.dismissUndone()}>
            {words.undo.close}
          </button>
        </FailureNote>
      </div>
    );
  }
  if (pending === null) return null;
  return (
    // People who read or reach for it have all the time they need.
    <div
      className="bar"
      onMouseEnter={() => list.hold()}
      onMouseLeave={() => list.resume()}
      onFocus={() => list.hold()}
      onBlur={() => list.resume()}
    >
      <div className="note dark">
        <p>{text}</p>
        <div className="choices">
          <button type="button" onClick={undo}>
            {words.undo.undo}
          </button>
          <button type="button" className="quiet" onClick={() => void list.commit()}>
            {words.undo.close}
          </button>
        </div>
      </div>
    </div>
  );
}
