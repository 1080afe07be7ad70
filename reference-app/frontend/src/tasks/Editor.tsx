/** The form of a task; what is typed in it is kept until it is saved or given up. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useApp } from "../app.ts";
import { type Failure, failureOf } from "../http/failure.ts";
import { FailureNote } from "../shell/FailureNote.tsx";
import { useSpeech } from "../words/words.ts";
import { Conflict } from "./Conflict.tsx";
import type { TaskList } from "./list.ts";
import { MAX_NOTE, MAX_TITLE, PRIORITIES, sameText, type Task, type TaskText, textOf } from "./model.ts";
import type { EditorFocus } from "./Row.tsx";

export interface EditDraft {
  /** What the person began with: an edit is judged against it. */
  base: Task;
  mine: TaskText;
  /** The task is of a list that is over; its number may be another's in a new one. */
  isLost?: true;
}

export const draftPrefix = (owner: string) => `edit.${owner}.`;
/** Numbers begin anew in each list: the time of its making tells a task from another. */
export const draftKey = (owner: string, { id, created_at }: Task) =>
  `${draftPrefix(owner)}${id}.${created_at}`;

interface Props {
  task: Task;
  list: TaskList;
  owner: string;
  focus?: EditorFocus;
  onClose: () => void;
}

type Trouble =
  | { kind: "failure"; failure: Failure }
  | { kind: "conflict"; theirs: Task }
  | { kind: "gone" };

export function Editor({ task, list, owner, focus = "title", onClose }: Props) {
  const { announcer, drafts, tasks } = useApp();
  const { words } = useSpeech();
  const key = draftKey(owner, task);
  const [{ base, mine, isLost }, setDraft] = useState<EditDraft>(
    () => drafts.get<EditDraft>(key) ?? { base: task, mine: textOf(task) },
  );
  const [trouble, setTrouble] = useState<Trouble | null>(isLost ? { kind: "gone" } : null);
  const [isSaving, setIsSaving] = useState(false);

  const change = (part: Partial<TaskText>) => {
    const draft = { base, mine: { ...mine, ...part }, ...(isLost ? { isLost } : {}) };
    setDraft(draft);
    if (sameText(draft.mine, base)) drafts.remove(key);
    else drafts.set(key, draft);
  };
  const finish = (saved: Task | null) => {
    drafts.remove(key);
    if (saved !== null) {
      list.put(saved);
      announcer.say(words.editor.saved(saved.title));
    }
    onClose();
  };
  const attempt = async (work: () => Promise<void>) => {
    if (isSaving) return;
    setIsSaving(true);
    // A choice between two versions stays in sight until it is saved.
    setTrouble((before) => (before?.kind === "conflict" ? before : null));
    try {
      await work();
    } catch (error) {
      const failure = failureOf(error);
      setTrouble(failure.kind === "gone" ? { kind: "gone" } : { kind: "failure", failure });
    } finally {
      setIsSaving(false);
    }
  };
  const save = (text: TaskText, version: number) =>
    attempt(async () => {
      const tidy = tidied(text);
      try {
        finish(await tasks.edit(base.id, tidy, version));
      } catch (error) {
        if (failureOf(error).kind !== "conflict") throw error;
        const theirs = await tasks.read(base.id);
        // Our own work, done by a try whose answer was lost.
        if (sameText(theirs, tidy)) finish(theirs);
        else setTrouble({ kind: "conflict", theirs });
      }
    });
  const addAsNew = () =>
    attempt(async () => {
      const created = await tasks.create(tidied(mine));
      if (!isLost) list.drop(base.id);
      finish(created);
    });

  if (trouble?.kind === "conflict") {
    const { theirs } = trouble;
    return (
      <Conflict
        key={theirs.version}
        base={base}
        mine={tidied(mine)}
        theirs={theirs}
        isSaving={isSaving}
        onSave={(text) => void save(text, theirs.version)}
        onTakeTheirs={() => finish(theirs)}
        onGoOn={() => {
          // From here on the edit is one of the version that was seen.
          const draft = { base: theirs, mine };
          setDraft(draft);
          drafts.set(key, draft);
          setTrouble(null);
        }}
      />
    );
  }
  return (
    <Form
      title={base.title}
      mine={mine}
      focus={focus}
      isSaving={isSaving}
      onChange={change}
      onSave={() => void (trouble?.kind === "gone" ? addAsNew() : save(mine, base.version))}
      onCancel={() => finish(null)}
    >
      {trouble?.kind === "gone" && (
        <div className="note bad" role="alert">
          <p>{words.editor.goneKept}</p>
          <div className="choices">
            <button type="button" className="primary" onClick={() => void addAsNew()}>
              {words.editor.addAsNew}
            </button>
            <button
              type="button"
              onClick={() => {
                if (!isLost) list.drop(base.id);
                finish(null);
              }}
            >
              {words.editor.drop}
            </button>
          </div>
        </div>
      )}
      {trouble?.kind === "failure" && (
        <FailureNote
          failure={trouble.failure}
          onRetry={() => void save(mine, base.version)}
        />
      )}
    </Form>
  );
}

/** Return a text as it is sent: trimmed, and no time without its day. */
export function tidied(text: TaskText): TaskText {
  return {
    ...text,
    title: text.title.trim(),
    due_time: text.due === null ? null : text.due_time,
  };
}

interface FormProps {
  title: string;
  mine: TaskText;
  focus: EditorFocus;
  isSaving: boolean;
  onChange: (part: Partial<TaskText>) => void;
  onSave: () => void;
  onCancel: () => void;
  children: React.ReactNode;
}

function Form(props: FormProps) {
  const { mine, focus, isSaving, onChange, onSave, onCancel } = props;
  const { words } = useSpeech();
  const id = useId();
  const title = useRef<HTMLInputElement>(null);
  const due = useRef<HTMLInputElement>(null);
  const [isTitleMissing, setIsTitleMissing] = useState(false);
  useEffect(() => {
    if (focus === "title") title.current?.focus();
    if (focus === "due") due.current?.focus();
  }, [focus]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isMissing = mine.title.trim() === "";
    setIsTitleMissing(isMissing);
    if (isMissing) title.current?.focus();
    else onSave();
  };
  return (
    <form
      className="editor"
      aria-label={words.editor.heading(props.title)}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        // Escape also ends the choice of a Japanese word: that one is not for us.
        if (event.key === "Escape" && !event.nativeEvent.isComposing) onCancel();
      }}
    >
      <label className="wide">
        {words.tasks.title}
        <input
          ref={title}
          value={mine.title}
          maxLength={MAX_TITLE}
          aria-invalid={isTitleMissing}
          aria-describedby={isTitleMissing ? `${id}-title` : undefined}
          onChange={(event) => onChange({ title: event.target.value })}
        />
      </label>
      {isTitleMissing && (
        <p className="wrong" id={`${id}-title`} role="alert">
          {words.editor.needsTitle}
        </p>
      )}
      <label>
        {words.editor.date}
        <input
          ref={due}
          type="date"
          value={mine.due ?? ""}
          onChange={(event) => onChange({ due: event.target.value || null })}
        />
      </label>
      <label>
        {words.editor.dueTime}
        <input
          type="time"
          value={mine.due === null ? "" : (mine.due_time ?? "")}
          disabled={mine.due === null}
          onChange={(event) => onChange({ due_time: event.target.value || null })}
        />
      </label>
      <label>
        {words.tasks.priority}
        <select
          value={mine.priority}
          onChange={(event) =>
            onChange({ priority: PRIORITIES.find((one) => one === event.target.value) ?? "normal" })
          }
        >
          {PRIORITIES.map((one) => (
            <option key={one} value={one}>
              {words.tasks.priorities[one]}
            </option>
          ))}
        </select>
      </label>
      <Names
        label={words.tasks.people}
        names={mine.people}
        onChange={(people) => onChange({ people })}
      />
      <Names
        label={words.tasks.places}
        names={mine.places}
        onChange={(places) => onChange({ places })}
      />
      <label className="wide">
        {words.tasks.note}
        <textarea
          rows={2}
          maxLength={MAX_NOTE}
          value={mine.note}
          onChange={(event) => onChange({ note: event.target.value })}
        />
      </label>
      {props.children}
      <div className="choices wide">
        <button type="submit" className="primary" aria-disabled={isSaving}>
          {isSaving ? words.editor.saving : words.editor.save}
        </button>
        <button type="button" onClick={onCancel}>
          {words.editor.cancel}
        </button>
      </div>
    </form>
  );
}

interface NamesProps {
  label: string;
  names: string[];
  onChange: (names: string[]) => void;
}

const MOST_NAMES = 20;
const LONGEST_NAME = 100;

/** Names in one line; Japanese separates them with 、. */
function Names({ label, names, onChange }: NamesProps) {
  const { words } = useSpeech();
  const [text, setText] = useState(names.join(", "));
  return (
    <label className="half">
      {label}
      <input
        placeholder={words.editor.separated}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onChange(namesIn(event.target.value));
        }}
      />
    </label>
  );
}

export function namesIn(text: string): string[] {
  return text
    .split(/[,、，]/)
    .map((name) => name.trim().slice(0, LONGEST_NAME))
    .filter((name) => name !== "")
    .slice(0, MOST_NAMES);
}
