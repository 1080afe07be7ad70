import { useEffect, useMemo, useState } from "react";
import { useApp } from "../app.ts";
import { useStore } from "../useStore.ts";
import { Entry } from "./Entry.tsx";
import { TaskList } from "./list.ts";
import type { Task } from "./model.ts";
import { Orphans } from "./Orphans.tsx";
import { Proposal, type Proposed } from "./Proposal.tsx";
import { Table } from "./Table.tsx";
import { UndoBar } from "./UndoBar.tsx";

/** A list that was out of sight for longer is loaded anew. */
const FRESH_MS = 60_000;

interface Props {
  owner: string;
  /** The session is over: the page stays as it is. */
  hasEnded: boolean;
}

export function Workspace({ owner, hasEnded }: Props) {
  const { tasks } = useApp();
  const list = useMemo(() => new TaskList(tasks), [tasks]);
  const [proposed, setProposed] = useState<Proposed | null>(null);
  useLoading(list, hasEnded);

  const created = (task: Task, sentence: string) => {
    list.put(task);
    setProposed({ id: task.id, sentence });
  };
  const state = useStore(list);
  const proposal = proposed && state.tasks.find((task) => task.id === proposed.id);
  const isPending = proposal?.id === state.pending?.task.id;
  return (
    <>
      <Entry list={list} onCreated={created} />
      {proposed && proposal && !isPending && (
        <Proposal
          key={proposal.id}
          task={proposal}
          sentence={proposed.sentence}
          list={list}
          owner={owner}
          onClose={() => setProposed(null)}
        />
      )}
      <Orphans list={list} owner={owner} />
      <Table list={list} owner={owner} editedElsewhere={proposed?.id ?? null} />
      <UndoBar list={list} />
    </>
  );
}

/** Load at start, when the connection or the session is back, and after a long absence. */
function useLoading(list: TaskList, hasEnded: boolean): void {
  const { isOnline, keeper } = useApp();
  useEffect(() => {
    if (hasEnded) return;
    void list.load();
    return isOnline.watch(() => {
      if (isOnline.get()) void list.load();
    });
  }, [list, isOnline, hasEnded]);
  useEffect(() => {
    let hiddenAt = 0;
    const look = () => {
      if (document.visibilityState === "hidden") hiddenAt = Date.now();
      else if (hiddenAt > 0 && Date.now() - hiddenAt > FRESH_MS) void list.load();
    };
    // What can still be taken back is owed when the page goes.
    const leave = () => void list.commit(true);
    const commit = () => list.commit();
    keeper.owed.add(commit);
    document.addEventListener("visibilitychange", look);
    addEventListener("pagehide", leave);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("pagehide", leave);
      keeper.owed.delete(commit);
      void commit();
    };
  }, [list, keeper]);
}
