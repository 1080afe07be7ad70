/** Edits whose task is gone: what was typed is still here. */

import { useState } from "react";
import { useApp } from "../app.ts";
import { useStore } from "../useStore.ts";
import { type EditDraft, Editor, draftPrefix } from "./Editor.tsx";
import type { TaskList } from "./list.ts";

export function Orphans({ list, owner }: { list: TaskList; owner: string }) {
  const { drafts } = useApp();
  const state = useStore(list);
  const [, setClosed] = useState(0);
  if (state.phase !== "ready" || state.rest !== null || state.status !== "open") return null;
  const prefix = draftPrefix(owner);
  const found = drafts
    .keysUnder(prefix)
    .map((key) => drafts.get<EditDraft>(prefix + key))
    .filter((draft) => draft !== null)
    .filter(
      ({ base, isLost }) => isLost === true || !state.tasks.some((task) => task.id === base.id),
    );
  return found.map(({ base }) => (
    <section key={base.created_at} className="proposal warn">
      <Editor task={base} list={list} owner={owner} focus="none" onClose={() => setClosed((count) => count + 1)} />
    </section>
  ));
}
