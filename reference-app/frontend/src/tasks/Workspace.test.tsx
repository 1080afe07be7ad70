import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { json, Service } from "../testing/service.ts";
import { open } from "../testing/stage.tsx";

const entry = () => screen.getByLabelText<HTMLInputElement>("What is to be done?");
const rows = () => screen.queryAllByRole("row").slice(1);
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const announced = () =>
  screen.getAllByRole("status").map((region) => region.textContent).join(" ");

async function withTasks(...titles: string[]) {
  const service = new Service();
  for (const title of titles) service.add({ title });
  const opened = open({ service });
  if (titles[0]) await screen.findByRole("button", { name: titles[0] });
  return opened;
}

test("a sentence becomes a task at once, and what was read of it is shown", async () => {
  const { person, service } = await withTasks();
  service.reads = { title: "call Bob", due: "2026-12-04", due_time: "17:00", people: ["Bob"] };
  await person.type(entry(), "call Bob next Friday at 5pm{Enter}");
  const card = await screen.findByRole("region", { name: "Read from your sentence" });
  expect(service.of("POST")[0]).toMatchObject({
    path: "/tasks/from-text",
    body: { text: "call Bob next Friday at 5pm", timezone: "Asia/Tokyo" },
  });
  expect(card.textContent).toContain("call Bob");
  expect(card.textContent).toContain("Fri 4 Dec 17:00");
  expect(card.textContent).toContain("You wrotecall Bob next Friday at 5pm");
  expect(entry().value).toBe("");
  expect(rows()).toHaveLength(1);
  expect(announced()).toContain("Added: call Bob. Fri 4 Dec 17:00");
});

test("the reading is kept as it is", async () => {
  const { person } = await withTasks();
  await person.type(entry(), "milk{Enter}");
  await person.click(await screen.findByRole("button", { name: "Keep" }));
  expect(screen.queryByRole("region", { name: "Read from your sentence" })).toBeNull();
  expect(rows()).toHaveLength(1);
  expect(document.activeElement).toBe(entry());
});

test("the reading is changed before it counts", async () => {
  const { person, service } = await withTasks();
  service.reads = { title: "dentist", due: "2026-12-04" };
  await person.type(entry(), "来週の金曜日に歯医者{Enter}");
  await person.click(await screen.findByRole("button", { name: "Change" }));
  const title = screen.getByLabelText("Task");
  await person.clear(title);
  await person.type(title, "orthodontist");
  await person.click(button("Save"));
  await waitFor(() => expect(service.tasks[0]?.title).toBe("orthodontist"));
  expect(service.tasks[0]?.due).toBe("2026-12-04");
});

test("without the AI service it says plainly that nothing was read", async () => {
  const { person, service } = await withTasks();
  service.reads = null;
  await person.type(entry(), "call Bob next Friday{Enter}");
  expect(await screen.findByText(/The sentence was not read/)).toBeDefined();
  expect(within(rows()[0] as HTMLElement).getByText("Not read by the AI service")).toBeDefined();
});

test("without a connection the sentence stays, and is sent on a second try", async () => {
  const { person, service } = await withTasks();
  service.intercept = ({ path }) => (path === "/tasks/from-text" ? "no answer" : null);
  await person.type(entry(), "milk{Enter}");
  const alert = await screen.findByText("No connection to the service.");
  expect(entry().value).toBe("milk");
  expect(sessionStorage.getItem("todo.draft.entry")).toBe('"milk"');
  service.intercept = () => null;
  await person.click(button("Try again"));
  await waitFor(() => expect(rows()).toHaveLength(1));
  expect(alert.isConnected).toBe(false);
  expect(service.tasks).toHaveLength(1);
});

test("a task that was saved although no answer came is found, not made twice", async () => {
  const { person, service } = await withTasks();
  let isLost = true;
  const { fetch } = service;
  service.intercept = (asked) => {
    if (asked.path !== "/tasks/from-text" || !isLost) return null;
    isLost = false;
    service.add({ title: "milk" }, { source: "read" });
    return "no answer";
  };
  expect(fetch).toBeDefined();
  await person.type(entry(), "milk{Enter}");
  await screen.findByText("No connection to the service.");
  await person.click(button("Try again"));
  await waitFor(() => expect(rows()).toHaveLength(1));
  expect(service.tasks).toHaveLength(1);
  expect(service.of("POST")).toHaveLength(1);
  expect(announced()).toContain("It had been saved after all.");
});

test("a full list is told as such, and the sentence stays", async () => {
  const { person, service } = await withTasks();
  service.intercept = ({ method }) => (method === "POST" ? json(409, {}) : null);
  await person.type(entry(), "milk{Enter}");
  expect(await screen.findByText("The list is full. Delete a task first.")).toBeDefined();
  expect(entry().value).toBe("milk");
});

test("a busy service is left alone for as long as it asks", async () => {
  const { person, service } = await withTasks();
  const busy = json(503, {}, { "Retry-After": "30" });
  service.intercept = ({ method }) => (method === "POST" ? busy.clone() : null);
  await person.type(entry(), "milk{Enter}");
  const retry = await screen.findByRole<HTMLButtonElement>("button", {
    name: "Try again in 30 seconds",
  });
  expect(retry.disabled).toBe(true);
});

test("overdue tasks are marked in the person's own zone", async () => {
  const service = new Service();
  // It is 21:00 on the 27th in Tokyo.
  service.add({ title: "late", due: "2026-11-27", due_time: "20:00" });
  service.add({ title: "in time", due: "2026-11-27", due_time: "22:00" });
  open({ service });
  await screen.findByRole("button", { name: "late" });
  const [late, inTime] = rows() as [HTMLElement, HTMLElement];
  expect(within(late).getAllByText("Overdue").length).toBeGreaterThan(0);
  expect(within(inTime).queryByText("Overdue")).toBeNull();
  expect(screen.getByText("1 overdue")).toBeDefined();
});

test("an edit in place saves what was changed and nothing else", async () => {
  const { person, service } = await withTasks("dentist");
  service.change(1, { people: ["Ann"], note: "bring the card" });
  service.change(1, {});
  // The page still has version 1: it must be loaded to edit version 3.
  await person.click(button("All"));
  await person.click(await screen.findByRole("button", { name: "dentist" }));
  expect(document.activeElement).toBe(screen.getByLabelText("Task"));
  await person.type(screen.getByLabelText("Task"), ", upper left{Enter}");
  await waitFor(() => expect(service.tasks[0]?.title).toBe("dentist, upper left"));
  expect(service.tasks[0]).toMatchObject({ people: ["Ann"], note: "bring the card", version: 4 });
});

test("Escape gives an edit up; names are parted by commas of either language", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), "!!{Escape}");
  expect(await screen.findByRole("button", { name: "dentist" })).toBeDefined();
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText(/People/), "田中、Bob, Ann");
  await person.click(button("Save"));
  await waitFor(() => expect(service.tasks[0]?.people).toEqual(["田中", "Bob", "Ann"]));
});

test("a title is needed, and the form says so where it is missing", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.clear(screen.getByLabelText("Task"));
  await person.click(button("Save"));
  expect(screen.getByText("Please write what is to be done.")).toBeDefined();
  expect(service.of("PUT")).toEqual([]);
});

test("an edit that was overtaken shows both versions and loses neither", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), " at noon");
  service.change(1, { title: "orthodontist", note: "they said so" });
  await person.click(button("Save"));
  const conflict = await screen.findByRole("region", { name: "This task was changed meanwhile" });
  expect(conflict.textContent).toContain("dentist at noon");
  expect(conflict.textContent).toContain("orthodontist");
  expect(document.activeElement).toBe(conflict);
  // Mine is proposed where both changed it, theirs where only they did.
  await person.click(button("Save this choice"));
  await waitFor(() => expect(service.tasks[0]?.title).toBe("dentist at noon"));
  expect(service.tasks[0]?.note).toBe("they said so");
});

test("in a conflict the other version can be chosen, field by field or whole", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), " at noon");
  await person.type(screen.getByLabelText("Note"), "mine");
  service.change(1, { title: "orthodontist" });
  await person.click(button("Save"));
  await person.click(await screen.findByRole("radio", { name: /Saved meanwhile\s*orthodontist/ }));
  await person.click(button("Save this choice"));
  await waitFor(() =>
    expect(service.tasks[0]).toMatchObject({ title: "orthodontist", note: "mine" }),
  );
});

test("going back to an edit from a conflict keeps what was typed", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), " at noon");
  service.change(1, { title: "orthodontist" });
  await person.click(button("Save"));
  await person.click(await screen.findByRole("button", { name: "Go on editing" }));
  expect(screen.getByLabelText<HTMLInputElement>("Task").value).toBe("dentist at noon");
  await person.click(button("Save"));
  await waitFor(() => expect(service.tasks[0]?.title).toBe("dentist at noon"));
});

test("an edit whose answer was lost finds its own work and is done", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), "!");
  service.change(1, { title: "dentist!" });
  await person.click(button("Save"));
  expect(await screen.findByRole("button", { name: "dentist!" })).toBeDefined();
  expect(screen.queryByRole("region", { name: /changed meanwhile/ })).toBeNull();
});

test("of a task that was deleted meanwhile the text can become a new one", async () => {
  const { person, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), " at noon");
  service.tasks = [];
  await person.click(button("Save"));
  await person.click(await screen.findByRole("button", { name: "Add mine as a new task" }));
  expect(await screen.findByRole("button", { name: "dentist at noon" })).toBeDefined();
  expect(service.tasks.map(({ title }) => title)).toEqual(["dentist at noon"]);
});

test("an edit survives a reload of the page", async () => {
  const { person, shown, service } = await withTasks("dentist");
  await person.click(button("Edit: dentist"));
  await person.type(screen.getByLabelText("Task"), " at noon");
  shown.unmount();
  open({ service });
  expect((await screen.findByLabelText<HTMLInputElement>("Task")).value).toBe("dentist at noon");
});

test("a done task goes, can be taken back, and the keyboard goes on with the next", async () => {
  const { person, service } = await withTasks("milk", "bread");
  await person.click(screen.getByRole("checkbox", { name: "Mark as done: bread" }));
  expect(rows()).toHaveLength(1);
  expect(document.activeElement).toBe(
    screen.getByRole("checkbox", { name: "Mark as done: milk" }),
  );
  expect(announced()).toContain("Done: bread");
  await person.click(button("Undo"));
  expect(rows()).toHaveLength(2);
  expect(announced()).toContain("Back again: bread");
  expect(service.of("POST")).toEqual([]);
});

test("twenty rows are a page; the rest is one step away", async () => {
  const titles = Array.from({ length: 45 }, (_, n) => `task ${n}`);
  const service = new Service();
  for (const title of titles) service.add({ title });
  const { person } = open({ service });
  await screen.findByText("Page 1 of 3");
  expect(rows()).toHaveLength(20);
  await person.click(button("Next page"));
  await person.click(button("Next page"));
  expect(rows()).toHaveLength(5);
  expect(announced()).toContain("Page 3 of 3");
});

test("the list that cannot be loaded says so and is loaded on a second try", async () => {
  const service = new Service();
  service.add({ title: "milk" });
  service.intercept = () => json(500, {}, { "X-Request-ID": "req-7" });
  const { person } = open({ service });
  expect(await screen.findByText(/Request req-7/)).toBeDefined();
  service.intercept = () => null;
  await person.click(button("Try again"));
  expect(await screen.findByRole("button", { name: "milk" })).toBeDefined();
});

test("offline is said, and once back the list is loaded again", async () => {
  const { app, service } = await withTasks("milk");
  act(() => app.isOnline.set(false));
  expect(screen.getByText(/You are offline/)).toBeDefined();
  service.add({ title: "from elsewhere" });
  act(() => app.isOnline.set(true));
  expect(await screen.findByRole("button", { name: "from elsewhere" })).toBeDefined();
  expect(screen.queryByText(/You are offline/)).toBeNull();
  expect(announced()).toContain("You are back online.");
});

test("changing the language changes the page and leaves what was typed", async () => {
  const { person } = await withTasks("milk");
  await person.type(entry(), "half a sen");
  await person.click(button("日本語"));
  expect(screen.getByLabelText<HTMLInputElement>("何をしますか？").value).toBe("half a sen");
  expect(document.documentElement.lang).toBe("ja");
  expect(document.title).toBe("ToDo");
});
