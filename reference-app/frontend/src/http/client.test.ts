import { expect, test } from "vitest";
import { Client } from "./client.ts";
import { RequestError } from "./failure.ts";

type Step = Response | "no answer";

function against(steps: Step[], renew: () => string | null = () => null) {
  const sent: { url: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const said: (number | null)[] = [];
  let token: string | null = "first";
  const client = new Client(
    "/api",
    {
      token: () => token,
      renew: async () => {
        token = renew();
        return token !== null;
      },
    },
    {
      fetch: async (url, init = {}) => {
        sent.push({ url: String(url), init });
        const step = steps.shift();
        if (step === undefined || step === "no answer") throw new TypeError("Failed to fetch");
        return step;
      },
      now: () => new Date("2026-11-27T12:00:00Z"),
      wait: async (seconds) => {
        waits.push(seconds);
      },
      onWaiting: (seconds) => said.push(seconds),
    },
  );
  const tokens = () => sent.map(({ init }) => new Headers(init.headers).get("Authorization"));
  return { client, sent, waits, said, tokens };
}

const answer = (status: number, headers: Record<string, string> = {}, body = "{}") =>
  new Response(status === 204 ? null : body, { status, headers });

async function failure(asking: Promise<unknown>) {
  const error = await asking.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RequestError);
  return (error as RequestError).failure;
}

test("the token and the document are sent", async () => {
  const { client, sent, tokens } = against([answer(201)]);
  await client.ask("POST", "/tasks", { body: { title: "牛乳" } });
  expect(sent[0]?.url).toBe("/api/tasks");
  expect(sent[0]?.init.body).toBe('{"title":"牛乳"}');
  expect(tokens()).toEqual(["Bearer first"]);
});

test("a refused token is renewed once and the request repeated", async () => {
  const { client, tokens } = against([answer(401), answer(200)], () => "second");
  await client.ask("GET", "/tasks");
  expect(tokens()).toEqual(["Bearer first", "Bearer second"]);
});

test("a session that cannot be renewed has ended", async () => {
  const { client, sent } = against([answer(401)]);
  expect(await failure(client.ask("GET", "/tasks"))).toEqual({ kind: "ended" });
  expect(sent).toHaveLength(1);
});

test("a renewed token that is refused too is the end", async () => {
  const { client } = against([answer(401), answer(401)], () => "second");
  expect(await failure(client.ask("GET", "/tasks"))).toEqual({ kind: "ended" });
});

test("too many requests: it waits as it is told, says so, and repeats even a write", async () => {
  const { client, waits, said } = against([answer(429, { "Retry-After": "3" }), answer(201)]);
  await client.ask("POST", "/tasks", { body: {} });
  expect(waits).toEqual([3]);
  expect(said).toEqual([3, null]);
});

test("a write that may have been done is not repeated", async () => {
  const { client, waits } = against([answer(503, { "Retry-After": "1" })]);
  const found = await failure(client.ask("POST", "/tasks", { body: {} }));
  expect(found).toEqual({ kind: "busy", status: 503, retryAfterS: 1 });
  expect(waits).toEqual([]);
});

test("what may be repeated is repeated twice and no more", async () => {
  const busy = () => answer(503, { "Retry-After": "2" });
  const { client, waits } = against([busy(), busy(), busy(), busy()]);
  const found = await failure(client.ask("GET", "/tasks", { repeats: true }));
  expect(found.kind).toBe("busy");
  expect(waits).toEqual([2, 2]);
});

test("a long wait is left to the person", async () => {
  const { client, waits } = against([answer(429, { "Retry-After": "6" })]);
  const found = await failure(client.ask("GET", "/tasks", { repeats: true }));
  expect(found).toEqual({ kind: "busy", status: 429, retryAfterS: 6 });
  expect(waits).toEqual([]);
});

test.each([
  ["no answer" as const, { kind: "offline" }],
  [answer(404), { kind: "gone" }],
  [answer(409), { kind: "conflict" }],
  [
    answer(422, {}, '{"errors": [{"field": "body.title", "expected": "text"}]}'),
    { kind: "invalid", fields: [{ field: "body.title", expected: "text" }] },
  ],
  [answer(413, {}, "no JSON"), { kind: "invalid", fields: [] }],
  [
    answer(500, { "X-Request-ID": "abc" }),
    { kind: "failed", status: 500, requestId: "abc" },
  ],
  [answer(502, {}, "<html>"), { kind: "failed", status: 502, requestId: null }],
  // A page of something in between, under 200.
  [answer(200, {}, "<html>"), { kind: "failed", status: 200, requestId: null }],
])("%j is %j", async (step, expected) => {
  const { client } = against([step]);
  expect(await failure(client.ask("GET", "/tasks"))).toEqual(expected);
});

test("an answer without a document is null", async () => {
  const { client } = against([answer(204)]);
  expect(await client.ask("DELETE", "/tasks/1")).toBeNull();
});
