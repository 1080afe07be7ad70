/** Where a person says what is to be done, in their own words. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useApp } from "../app.ts";
import { type Failure, failureOf, isUncertain } from "../http/failure.ts";
import { FailureNote } from "../shell/FailureNote.tsx";
import { useSpeech } from "../words/words.ts";
import type { TaskApi } from "./api.ts";
import { dueLabel, wallClock } from "./due.ts";
import type { TaskList } from "./list.ts";
import { MAX_SENTENCE, type Task } from "./model.ts";

const DRAFT = "entry";
const ATTEMPT = "entry.attempt";
/** Few are left: from here on the number is shown. */
const FEW = 100;

/** A try whose end is not known; kept with the sentence, so that a reload knows of it. */
interface Attempt {
  sentence: string;
  /** Tasks of later have higher ids. */
  after: number;
}

interface Props {
  list: TaskList;
  onCreated: (task: Task, sentence: string) => void;
}

export function Entry({ list, onCreated }: Props) {
  const { announcer, drafts, now, tasks, zone } = useApp();
  const { language, words } = useSpeech();
  const [sentence, setSentence] = useState(() => drafts.get<string>(DRAFT) ?? "");
  const [isSending, setIsSending] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();

  useEffect(() => {
    if (sentence === "") drafts.remove(DRAFT);
    else drafts.set(DRAFT, sentence);
  }, [drafts, sentence]);

  const send = async () => {
    const said = sentence.trim();
    if (said === "" || isSending) return;
    setIsSending(true);
    setFailure(null);
    try {
      const attempt = drafts.get<Attempt>(ATTEMPT);
      const isRepeat = attempt?.sentence === said;
      const found = isRepeat ? await findSaved(tasks, attempt) : null;
      const after = isRepeat ? attempt.after : list.highestId();
      drafts.set(ATTEMPT, { sentence: said, after });
      const task = found ?? (await tasks.say(said, zone));
      drafts.remove(ATTEMPT);
      // What was typed while the answer was on its way stays.
      setSentence((typed) => (typed.trim() === said ? "" : typed));
      onCreated(task, said);
      const due = dueLabel(task, wallClock(now(), zone), language, words);
      const announced = words.proposal.announced(task.title, due);
      announcer.say(found ? `${words.entry.wasSaved} ${announced}` : announced);
    } catch (error) {
      const failed = failureOf(error);
      if (!isUncertain(failed)) drafts.remove(ATTEMPT);
      setFailure(failed);
    } finally {
      setIsSending(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
    input.current?.focus();
  };

  const left = MAX_SENTENCE - sentence.length;
  return (
    <form className="entry" onSubmit={submit}>
      <label htmlFor="sentence">{words.entry.label}</label>
      <div className="entry-line">
        <input
          ref={input}
          id="sentence"
          name="sentence"
          autoComplete="off"
          enterKeyHint="done"
          maxLength={MAX_SENTENCE}
          aria-describedby={hint}
          value={sentence}
          onChange={(event) => setSentence(event.target.value)}
        />
        <button type="submit" className="primary" aria-disabled={isSending || sentence.trim() === ""}>
          {isSending ? words.entry.adding : words.entry.add}
        </button>
      </div>
      <p className="faint" id={hint}>
        {left < FEW ? words.entry.sentenceLeft(left) : words.entry.hint}
      </p>
      {failure && (
        <FailureNote
          failure={failure}
          {...(failure.kind === "conflict" ? { text: words.failures.full } : {})}
          onRetry={() => void send()}
        >
          {isUncertain(failure) && <p className="faint">{words.entry.uncertain}</p>}
        </FailureNote>
      )}
    </form>
  );
}

/** Return the task that an earlier try left behind, if it did. */
async function findSaved(api: TaskApi, attempt: Attempt): Promise<Task | null> {
  const page = await api.page("all", attempt.after, 100);
  const read = page.items.filter((task) => task.source !== "given");
  return read.at(-1) ?? null;
}
