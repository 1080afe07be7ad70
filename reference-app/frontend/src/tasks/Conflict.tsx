/** Two versions of one task side by side; the person chooses, field by field. */

import { useEffect, useRef, useState } from "react";
import { useSpeech, type Words } from "../words/words.ts";
import { differences, type Field, merged, type Side } from "./merge.ts";
import type { Task, TaskText } from "./model.ts";

interface Props {
  base: Task;
  mine: TaskText;
  theirs: Task;
  isSaving: boolean;
  onSave: (text: TaskText) => void;
  onTakeTheirs: () => void;
  onGoOn: () => void;
}

export function Conflict({ base, mine, theirs, isSaving, onSave, onTakeTheirs, onGoOn }: Props) {
  const { words } = useSpeech();
  const found = differences(base, mine, theirs);
  const [choice, setChoice] = useState<Partial<Record<Field, Side>>>(() =>
    Object.fromEntries(found.map(({ field, side }) => [field, side])),
  );
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  const { conflict } = words;
  return (
    <section className="conflict" aria-label={conflict.heading} tabIndex={-1} ref={box}>
      <div role="alert">
        <h3>{conflict.heading}</h3>
        <p>
          {conflict.lead} {theirs.completed_at !== null && conflict.isDone}
        </p>
      </div>
      {found.map(({ field, isClash }) => (
        <fieldset key={field}>
          <legend>
            {fieldName(field, words)}
            {isClash && <span className="chip warn">{conflict.both}</span>}
          </legend>
          {(["mine", "theirs"] as const).map((side) => (
            <label key={side} className={choice[field] === side ? "side chosen" : "side"}>
              <input
                type="radio"
                name={`${theirs.id} ${field}`}
                checked={choice[field] === side}
                onChange={() => setChoice({ ...choice, [field]: side })}
              />
              <span>
                <span className="faint">{conflict[side]}</span>
                <span className="value">
                  {fieldText(field, side === "mine" ? mine : theirs, words) || conflict.none}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      <div className="choices">
        <button
          type="button"
          className="primary"
          aria-disabled={isSaving}
          onClick={() => onSave(merged(mine, theirs, choice))}
        >
          {isSaving ? words.editor.saving : conflict.save}
        </button>
        <button type="button" onClick={onTakeTheirs}>
          {conflict.takeTheirs}
        </button>
        <button type="button" onClick={onGoOn}>
          {conflict.goOn}
        </button>
      </div>
    </section>
  );
}

function fieldName(field: Field, words: Words): string {
  return field === "due" || field === "due_time"
    ? { due: words.editor.date, due_time: words.editor.dueTime }[field]
    : words.tasks[field];
}

function fieldText(field: Field, text: TaskText, words: Words): string {
  if (field === "priority") return words.tasks.priorities[text.priority];
  const value = text[field];
  return Array.isArray(value) ? value.join(", ") : (value ?? "");
}
