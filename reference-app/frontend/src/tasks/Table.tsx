/** The tasks, in the order of need. */

import { useState } from "react";
import { useApp } from "../app.ts";
import { FailureNote } from "../shell/FailureNote.tsx";
import { useNow } from "../useNow.ts";
import { useStore } from "../useStore.ts";
import { useSpeech } from "../words/words.ts";
import { inOrder, isOverdue, wallClock } from "./due.ts";
import { type ListState, type TaskList, visible } from "./list.ts";
import { STATUSES } from "./model.ts";
import { Row } from "./Row.tsx";

const ROWS = 20;

interface Props {
  list: TaskList;
  owner: string;
  /** A task that has its editor at another place of the page. */
  editedElsewhere: number | null;
}

export function Table({ list, owner, editedElsewhere }: Props) {
  const { zone } = useApp();
  const { words } = useSpeech();
  const state = useStore(list);
  const wall = wallClock(useNow(), zone);
  const [page, setPage] = useState(0);
  const shown = inOrder(visible(state));
  const pages = Math.max(1, Math.ceil(shown.length / ROWS));
  const current = Math.min(page, pages - 1);
  const overdue = shown.filter((task) => isOverdue(task, wall)).length;
  return (
    <section aria-labelledby="tasks" aria-busy={state.phase === "loading"}>
      <div className="table-top">
        <h2 id="tasks" tabIndex={-1}>
          {words.tasks.heading}
        </h2>
        <p className="counts">
          {state.phase === "loading" && shown.length === 0
            ? words.loading
            : words.tasks.count(shown.length)}
          {overdue > 0 && <span className="late">{words.tasks.overdueCount(overdue)}</span>}
        </p>
        <StatusChoice
          list={list}
          state={state}
          onChoice={() => setPage(0)}
        />
      </div>
      <Loading list={list} state={state} />
      {shown.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col" className="c-done">
                <span className="unseen">{words.tasks.done}</span>
              </th>
              <th scope="col">{words.tasks.title}</th>
              <th scope="col" className="c-due">
                {words.tasks.due}
              </th>
              <th scope="col" className="c-priority">
                {words.tasks.priority}
              </th>
              <th scope="col" className="c-actions">
                <span className="unseen">{words.tasks.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(current * ROWS, (current + 1) * ROWS).map((task) => (
              <Row
                key={task.id}
                task={task}
                list={list}
                owner={owner}
                wall={wall}
                isEditedElsewhere={task.id === editedElsewhere}
              />
            ))}
          </tbody>
        </table>
      )}
      {shown.length === 0 && state.phase === "ready" && (
        <p className="empty">{words.tasks.empty[state.status]}</p>
      )}
      <div className="table-end">
        {pages > 1 && <Pager page={current} pages={pages} onPage={setPage} />}
        {shown.some((task) => task.due_time !== null) && (
          <p className="faint">{words.tasks.zone(zone)}</p>
        )}
      </div>
    </section>
  );
}

interface StatusProps {
  list: TaskList;
  state: ListState;
  onChoice: () => void;
}

function StatusChoice({ list, state, onChoice }: StatusProps) {
  const { words } = useSpeech();
  return (
    <div className="segments" role="group" aria-label={words.tasks.show}>
      {STATUSES.map((status) => (
        <button
          key={status}
          type="button"
          aria-pressed={status === state.status}
          onClick={() => {
            onChoice();
            void list.show(status);
          }}
        >
          {words.tasks.status[status]}
        </button>
      ))}
    </div>
  );
}

function Loading({ list, state }: { list: TaskList; state: ListState }) {
  const { words } = useSpeech();
  if (state.phase === "failed" && state.failure !== null && state.failure.kind !== "ended") {
    return (
      <FailureNote failure={state.failure} onRetry={() => void list.load()}>
        <p className="faint">
          {state.tasks.length > 0 ? words.tasks.stale : words.tasks.couldNotLoad}
        </p>
      </FailureNote>
    );
  }
  if (state.rest === null || state.phase !== "ready") return null;
  return (
    <div className="note">
      <p>{words.tasks.unloaded}</p>
      <button type="button" onClick={() => void list.loadMore()}>
        {words.tasks.loadMore}
      </button>
    </div>
  );
}

interface PagerProps {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}

function Pager({ page, pages, onPage }: PagerProps) {
  const { announcer } = useApp();
  const { words } = useSpeech();
  const go = (to: number) => {
    onPage(to);
    announcer.say(words.tasks.page(to + 1, pages));
  };
  return (
    <nav className="pager" aria-label={words.tasks.page(page + 1, pages)}>
      <button type="button" disabled={page === 0} onClick={() => go(page - 1)}>
        {words.tasks.previous}
      </button>
      <span>{words.tasks.page(page + 1, pages)}</span>
      <button type="button" disabled={page + 1 >= pages} onClick={() => go(page + 1)}>
        {words.tasks.next}
      </button>
    </nav>
  );
}
