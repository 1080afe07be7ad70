import { useRef, useState } from "react";
import { useApp } from "../app.ts";
import { useSpeech } from "../words/words.ts";
import { dueLabel, isOverdue } from "./due.ts";
import { draftKey, Editor } from "./Editor.tsx";
import type { TaskList } from "./list.ts";
import type { Task } from "./model.ts";

interface Props {
  task: Task;
  list: TaskList;
  owner: string;
  /** What the clock on the person's wall shows. */
  wall: string;
  isEditedElsewhere: boolean;
}

/** One task; in its place, while it is edited, the form. */
export function Row({ task, list, owner, wall, isEditedElsewhere }: Props) {
  const { drafts } = useApp();
  // A draft of earlier opens its form again: what was typed is where it was.
  const [editing, setEditing] = useState<EditorFocus | null>(() =>
    !isEditedElsewhere && drafts.get(draftKey(owner, task)) !== null ? "none" : null,
  );
  const title = useRef<HTMLButtonElement>(null);
  const close = () => {
    setEditing(null);
    // After the row is back: its title is where the person was.
    setTimeout(() => title.current?.focus());
  };
  if (editing !== null && !isEditedElsewhere) {
    return (
      <tr className="editing">
        <td colSpan={5}>
          <Editor task={task} list={list} owner={owner} focus={editing} onClose={close} />
        </td>
      </tr>
    );
  }
  return <Plain task={task} list={list} wall={wall} titleRef={title} onEdit={setEditing} />;
}

export type EditorFocus = "title" | "due" | "none";

interface PlainProps {
  task: Task;
  list: TaskList;
  wall: string;
  titleRef: React.RefObject<HTMLButtonElement | null>;
  onEdit: (focus: EditorFocus) => void;
}

function Plain({ task, list, wall, titleRef, onEdit }: PlainProps) {
  const { words } = useSpeech();
  const isDone = task.completed_at !== null;
  const isLate = isOverdue(task, wall);
  const act = (action: "complete" | "remove", control: HTMLElement) => {
    focusNext(control);
    void list.do(action, task);
  };
  return (
    <tr className={isDone ? "done" : isLate ? "overdue" : ""}>
      <td className="c-done">
        <input
          type="checkbox"
          checked={isDone}
          disabled={isDone}
          aria-label={isDone ? words.tasks.isDone(task.title) : words.tasks.markDone(task.title)}
          onChange={(event) => act("complete", event.currentTarget)}
        />
      </td>
      <td className="c-title">
        <button ref={titleRef} type="button" className="cell title" onClick={() => onEdit("title")}>
          {task.title}
        </button>
        <Details task={task} wall={wall} isLate={isLate} />
      </td>
      <td className="c-due">
        <button type="button" className="cell" onClick={() => onEdit("due")}>
          <DueText task={task} wall={wall} isLate={isLate} />
        </button>
      </td>
      <td className="c-priority">
        <span className={`priority ${task.priority}`}>{words.tasks.priorities[task.priority]}</span>
      </td>
      <td className="c-actions">
        <button
          type="button"
          className="quiet wide-only"
          aria-label={words.tasks.edit(task.title)}
          onClick={() => onEdit("title")}
        >
          {words.tasks.editShort}
        </button>
        <button
          type="button"
          className="quiet"
          aria-label={words.tasks.remove(task.title)}
          onClick={(event) => act("remove", event.currentTarget)}
        >
          {words.tasks.removeShort}
        </button>
      </td>
    </tr>
  );
}

/** The row is about to go: people who work by keyboard go on with its neighbour. */
function focusNext(control: HTMLElement): void {
  const row = control.closest("tr");
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  const index = [...(row?.querySelectorAll("button, input") ?? [])].indexOf(control);
  const next = neighbour?.querySelectorAll<HTMLElement>("button, input")[index];
  (next ?? document.getElementById("tasks"))?.focus();
}

interface DueProps {
  task: Task;
  wall: string;
  isLate: boolean;
}

function DueText({ task, wall, isLate }: DueProps) {
  const { language, words } = useSpeech();
  return (
    <>
      <span className={task.due === null ? "faint" : "due"}>
        {dueLabel(task, wall, language, words)}
      </span>
      {isLate && <span className="late">{words.tasks.overdue}</span>}
    </>
  );
}

/** What else is known: people, places, a note; on a narrow page the columns left out too. */
function Details({ task, wall, isLate }: DueProps) {
  const { words } = useSpeech();
  const isUnread = task.source === "degraded";
  return (
    <div className="details">
      <span className="narrow-only">
        <DueText task={task} wall={wall} isLate={isLate} />
        {task.priority !== "normal" && (
          <span className={`priority ${task.priority}`}>
            {words.tasks.priorities[task.priority]}
          </span>
        )}
      </span>
      {task.people.map((name) => (
        <span key={`p ${name}`} className="chip">
          <span className="unseen">{words.tasks.people}: </span>
          {name}
        </span>
      ))}
      {task.places.map((name) => (
        <span key={`l ${name}`} className="chip place">
          <span className="unseen">{words.tasks.places}: </span>
          {name}
        </span>
      ))}
      {isUnread && <span className="chip warn">{words.tasks.notRead}</span>}
      {task.note !== "" && <span className="note-text">{task.note}</span>}
    </div>
  );
}
