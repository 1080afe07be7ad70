import { screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { json, Service } from "../testing/service.ts";
import { build, NOW, open, token } from "../testing/stage.tsx";

const SIGN_IN = { authority: "http://localhost/pool", client_id: "web", domain: "http://localhost" };
const BOTH = { ...SIGN_IN, guest: true };

/** A service that wants a guest's token, and gives one. */
function guestService(): Service & { good: Set<string> } {
  const service = Object.assign(new Service(), { good: new Set<string>() });
  service.intercept = ({ method, path, token: sent }) => {
    if (`${method} ${path}` === "POST /guest") {
      const made = token({ sub: `guest-${service.good.size}` });
      service.good.add(made);
      service.tasks = [];
      return json(201, { token: made, expires_at: "2026-11-28T12:00:00Z" });
    }
    return service.good.has(sent ?? "") ? null : json(401, {});
  };
  return service;
}

test("where nobody signs in the list is open at once", async () => {
  const { app } = build();
  await app.keeper.start();
  expect(app.keeper.session.get()).toMatchObject({ kind: "active", who: { kind: "open" } });
  expect(app.keeper.token()).toBeNull();
});

test("a guest gets a list, and is the same guest after a reload", async () => {
  const service = guestService();
  const { person, shown } = open({ service, config: BOTH });
  await person.click(await screen.findByRole("button", { name: "Try it as a guest" }));
  await screen.findByText("Nothing to do. Write the first task above.");
  await person.type(screen.getByLabelText("What is to be done?"), "milk{Enter}");
  await screen.findByRole("button", { name: "Keep" });
  shown.unmount();
  open({ service, config: BOTH });
  expect(await screen.findByRole("button", { name: "milk" })).toBeDefined();
  expect(service.good.size).toBe(1);
});

test("a guest of more than a day ago is nobody", async () => {
  const old = { kind: "guest", id: "g", token: "t", endsAt: "2026-11-27T11:59:59Z" };
  localStorage.setItem("todo.guest", JSON.stringify(old));
  const { app } = build({ config: BOTH });
  await app.keeper.start();
  expect(app.keeper.session.get()).toEqual({ kind: "out", notice: null });
  expect(NOW.toISOString()).toBe("2026-11-27T12:00:00.000Z");
});

test("too many guests: it says so and asks for patience", async () => {
  const service = new Service();
  service.intercept = () => json(429, {}, { "Retry-After": "9" });
  const { person } = open({ service, config: BOTH });
  await person.click(await screen.findByRole("button", { name: "Try it as a guest" }));
  expect(await screen.findByText(/Too many new guest lists/)).toBeDefined();
  expect(screen.getByRole("button", { name: "Try again in 9 seconds" })).toBeDefined();
});

test("a guest list that ends leaves the page and what is typed in it", async () => {
  const service = guestService();
  const { person } = open({ service, config: BOTH });
  await person.click(await screen.findByRole("button", { name: "Try it as a guest" }));
  const entry = await screen.findByLabelText<HTMLInputElement>("What is to be done?");
  await person.type(entry, "milk{Enter}");
  await person.click(await screen.findByRole("button", { name: "Keep" }));
  await person.click(screen.getByRole("button", { name: "Edit: milk" }));
  await person.type(screen.getByLabelText("Task"), ", two bottles");
  service.good.clear();
  service.good.add("somebody else's");
  await person.type(entry, "half a sentence");
  await person.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText("This guest list has ended.");
  expect(screen.getByText(/What you typed is kept/)).toBeDefined();
  expect(entry.value).toBe("half a sentence");

  await person.click(screen.getByRole("button", { name: "Start a new guest list" }));
  await screen.findByText(/This task was deleted meanwhile/);
  expect(screen.getByLabelText<HTMLInputElement>("Task").value).toBe("milk, two bottles");
  expect(screen.getByLabelText<HTMLInputElement>("What is to be done?").value).toBe(
    "half a sentence",
  );
  await person.click(screen.getByRole("button", { name: "Add mine as a new task" }));
  await screen.findByRole("button", { name: "milk, two bottles" });
  expect(service.tasks).toHaveLength(1);
});

test("leaving a guest list forgets it, and what was typed", async () => {
  const service = guestService();
  const { person } = open({ service, config: BOTH });
  await person.click(await screen.findByRole("button", { name: "Try it as a guest" }));
  await person.type(await screen.findByLabelText("What is to be done?"), "secret");
  await person.click(screen.getByRole("button", { name: "Leave the guest list" }));
  expect(await screen.findByText("You are signed out.")).toBeDefined();
  expect(localStorage.getItem("todo.guest")).toBeNull();
  expect(sessionStorage).toHaveLength(0);
});

test("what can still be taken back is done before a session is given up", async () => {
  const service = guestService();
  const { person } = open({ service, config: BOTH });
  await person.click(await screen.findByRole("button", { name: "Try it as a guest" }));
  await person.type(await screen.findByLabelText("What is to be done?"), "milk{Enter}");
  await person.click(await screen.findByRole("button", { name: "Delete: milk" }));
  await person.click(screen.getByRole("button", { name: "Leave the guest list" }));
  await screen.findByText("You are signed out.");
  expect(service.tasks).toEqual([]);
});

test("the address after a logout is a page of its own, once", async () => {
  const { app, href } = build({ config: BOTH, address: "http://localhost/signed-out" });
  await app.keeper.start();
  expect(app.keeper.session.get()).toEqual({ kind: "out", notice: "signed-out" });
  expect(href()).toBe("http://localhost/");
});

test.each([
  ["?code=old&state=gone", "stale"],
  ["", "stale"],
  ["?error=access_denied&state=gone", "stale"],
])("a callback without its login (%s) asks to sign in again", async (query, notice) => {
  const { app, href } = build({ config: BOTH, address: `http://localhost/callback${query}` });
  await app.keeper.start();
  expect(app.keeper.session.get()).toEqual({ kind: "out", notice });
  expect(href()).toBe("http://localhost/");
});

test("a login service that cannot be found is said, and a guest can still come in", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  const service = guestService();
  const { person } = open({ service, config: BOTH });
  await person.click(await screen.findByRole("button", { name: "Sign in" }));
  expect(await screen.findByText(/login service cannot be reached/)).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Try it as a guest" }));
  await waitFor(() => expect(service.good.size).toBe(1));
  vi.unstubAllGlobals();
});
