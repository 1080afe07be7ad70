import { expect, test } from "vitest";
import { describe, scrub } from "./scrub.ts";

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

test.each([
  ["Cannot read properties of undefined (reading 'secret title')", "Cannot read properties of undefined (reading …)"],
  [`Unexpected token 'x', "xyz my diary" is not valid JSON`, "Unexpected token …, … is not valid JSON"],
  ["Failed to fetch https://todo.example/callback?code=abc&state=def", "Failed to fetch …"],
  [`bad token ${TOKEN} here`, "bad token … here"],
  ["no such person someone@example.com", "no such person …"],
  ["歯医者に電話 is not a function", "… is not a function"],
  ["call 09012345678 now", "call … now"],
  ["it ends in 'an open quotation", "it ends in …"],
  ["x is not a function", "x is not a function"],
])("%s becomes %s", (message, expected) => {
  expect(scrub(message)).toBe(expected);
});

test("the engine's error is told by class, words and place", () => {
  const error = new TypeError("x is not a function");
  error.stack = "TypeError: x\n  at f (https://todo.example/assets/index-a1.js?v=1:10:20)";
  expect(describe(error, "window")).toEqual({
    type: "error",
    source: "window",
    name: "TypeError",
    message: "x is not a function",
    at: "index-a1.js:10:20",
  });
});

test("of any other error the words are left out: they may quote anything", () => {
  const error = new Error("the task buy flowers for Ann failed");
  error.stack = "";
  expect(describe(error, "promise")).toEqual({ type: "error", source: "promise", name: "Error" });
});

test("a name that is no name is not told", () => {
  const error = new Error("x");
  error.name = "my secret name!";
  expect(describe(error, "window").name).toBe("Error");
});

test.each([
  ["a secret", "ThrownString"],
  [null, "ThrownNull"],
  [undefined, "ThrownUndefined"],
  [{ token: TOKEN }, "ThrownObject"],
])("of what is no error (%j) only its kind is told", (thrown, name) => {
  expect(describe(thrown, "promise")).toEqual({ type: "error", source: "promise", name });
});
