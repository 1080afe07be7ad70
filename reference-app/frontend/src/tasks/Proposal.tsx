/** What the AI service read from a sentence, to be kept or changed. */

import { useState } from "react";
import { useApp } from "../app.ts";
import { useNow } from "../useNow.ts";
import { useSpeech } from "../words/words.ts";
import { dueLabel, wallClock } from "./due.ts";
import { Editor } from "./Editor.tsx";
import type { TaskList } from "./list.ts";
import type { Task } from "./model.ts";

export interface Proposed {
  id: number;
  sentence: string;
}

interface Props {
  task: Task;
  sentence: string;
  list: TaskList;
  owner: string;
  onClose: () => void;
}

export function Proposal({ task, sentence, list, owner, onClose }: Props) {
  const { words } = useSpeech();
  const [isEditing, setIsEditing] = useState(false);
  const { proposal } = words;
  // The card goes: people who work by keyboard go on with the next sentence.
  const close = () => {
    onClose();
    document.getElementById("sentence")?.focus();
  };
  const discard = () => {
    close();
    void list.do("remove", task);
  };
  const lead =
    task.source === "degraded" || task.source === "unreadable"
      ? proposal[task.source]
      : proposal.saved;
  const isRead = lead === proposal.saved;
  return (
    <section className={isRead ? "proposal" : "proposal warn"} aria-label={proposal.heading}>
      {isEditing ? (
        <Editor task={task} list={list} owner={owner} onClose={close} />
      ) : (
        <>
          <p className="lead">{lead}</p>
          <Reading task={task} sentence={sentence} />
          <div className="choices">
            <button type="button" className="primary" onClick={close}>
              {proposal.keep}
            </button>
            <button type="button" onClick={() => setIsEditing(true)}>
              {proposal.change}
            </button>
            <button type="button" onClick={discard}>
              {proposal.discard}
            </button>
          </div>
        </>
      )}
    </section>
  );
}

function Reading({ task, sentence }: { task: Task; sentence: string }) {
  const { zone } = useApp();
  const { language, words } = useSpeech();
  const wall = wallClock(useNow(), zone);
  const rows: [string, string][] = [
    [words.tasks.title, task.title],
    [words.tasks.due, dueLabel(task, wall, language, words)],
    [words.tasks.priority, words.tasks.priorities[task.priority]],
    [words.tasks.people, task.people.join(", ")],
    [words.tasks.places, task.places.join(", ")],
    [words.proposal.said, sentence === task.title ? "" : sentence],
  ];
  return (
    <dl className="reading">
      {rows
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
