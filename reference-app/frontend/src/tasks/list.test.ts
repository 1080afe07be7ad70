import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { build } from "../testing/stage.tsx";
import { json, Service } from "../testing/service.ts";
import { TaskList, visible } from "./list.ts";

let service: Service;
let list: TaskList;

beforeEach(async () => {
  vi.useFakeTimers();
  service = new Service();
  const { app } = build({ service });
  await app.keeper.start();
  list = new TaskList(app.tasks);
});
afterEach(() => {
  vi.useRealTimers();
});

const titles = () => visible(list.get()).map(({ title }) => title);

test("all pages are loaded, in the order of ids", async () => {
  for (let n = 1; n <= 250; n += 1) service.add({ title: `${n}` });
  await list.load();
  expect(titles()).toHaveLength(250);
  expect(list.get()).toMatchObject({ phase: "ready", rest: null });
  expect(list.highestId()).toBe(250);
});

test("past five hundred it waits to be asked", async () => {
  for (let n = 1; n <= 620; n += 1) service.add({ title: `${n}` });
  await list.load();
  expect(list.get()).toMatchObject({ phase: "ready", rest: 500 });
  await list.loadMore();
  expect(titles()).toHaveLength(620);
  expect(list.get().rest).toBeNull();
});

test("what was loaded before stays in sight when loading again fails", async () => {
  service.add({ title: "milk" });
  await list.load();
  service.intercept = () => "no answer";
  await list.load();
  expect(titles()).toEqual(["milk"]);
  expect(list.get()).toMatchObject({ phase: "failed", failure: { kind: "offline" } });
});

test("an answer that comes late does not replace a newer one", async () => {
  service.add({ title: "open" });
  service.add({ title: "done" }, { completed_at: "2026-11-01T00:00:00Z" });
  const first = list.load();
  const second = list.show("done");
  await Promise.all([first, second]);
  expect(titles()).toEqual(["done"]);
});

test.each(["complete", "remove"] as const)("%s can be taken back for eight seconds", async (action) => {
  const task = service.add({ title: "milk" });
  await list.load();
  await list.do(action, task);
  expect(titles()).toEqual([]);
  await vi.advanceTimersByTimeAsync(7_900);
  list.undo();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(titles()).toEqual(["milk"]);
  expect(service.asked.every(({ method }) => method === "GET")).toBe(true);
});

test("then it is done; the clock stands while the choice is looked at", async () => {
  const task = service.add({ title: "milk" });
  await list.load();
  await list.do("remove", task);
  list.hold();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(service.of("DELETE")).toEqual([]);
  list.resume();
  await vi.advanceTimersByTimeAsync(8_000);
  expect(service.tasks).toEqual([]);
});

test("the next action settles the one before", async () => {
  const [milk, bread] = [service.add({ title: "milk" }), service.add({ title: "bread" })];
  await list.load();
  await list.do("remove", milk);
  await list.do("complete", bread);
  expect(service.tasks.map(({ title }) => title)).toEqual(["bread"]);
  await list.commit();
  expect(service.tasks[0]?.completed_at).not.toBeNull();
});

test("what could not be done is as it was, and says so", async () => {
  const task = service.add({ title: "milk" });
  await list.load();
  service.intercept = ({ method }) => (method === "DELETE" ? "no answer" : null);
  await list.do("remove", task);
  await list.commit();
  expect(titles()).toEqual(["milk"]);
  expect(list.get().undone).toMatchObject({ task: { id: 1 }, failure: { kind: "offline" } });
});

test.each([
  ["complete", 409],
  ["remove", 404],
] as const)("%s that finds itself done (%i) is done", async (action, status) => {
  const task = service.add({ title: "milk" });
  await list.load();
  service.intercept = ({ method }) => (method === "GET" ? null : json(status, {}));
  await list.do(action, task);
  await list.commit();
  expect(titles()).toEqual([]);
  expect(list.get().undone).toBeNull();
});
