import { expect, test } from "vitest";
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import { firstLanguage, Tongue } from "./words.ts";

test.each([
  [["ja-JP", "en"], "ja"],
  [["fr", "ja"], "ja"],
  [["en-GB"], "en"],
  [["fr", "de"], "en"],
  [[], "en"],
] as const)("a browser that prefers %j is spoken to in %s", (preferred, expected) => {
  expect(firstLanguage(localStorage, preferred)).toBe(expected);
});

test("a choice is kept, and counts more than the browser", () => {
  new Tongue(localStorage, ["en"]).choose("ja");
  expect(new Tongue(localStorage, ["en"]).get().language).toBe("ja");
});

function* texts(words: object): Generator<string> {
  for (const value of Object.values(words)) {
    if (typeof value === "string") yield value;
    else if (typeof value === "function") yield String(value("5", "5"));
    else yield* texts(value as object);
  }
}

// Names, and the example of a sentence in the other language.
const ALLOWED = /AI|ToDo|call Bob next Friday at 5 pm|来週の金曜日の午後3時に歯医者/g;

test("no Japanese entry was left in English", () => {
  for (const text of texts(ja)) expect(text.replace(ALLOWED, "")).not.toMatch(/[A-Za-z]{2,}/);
});

test("no English entry has Japanese in it", () => {
  for (const text of texts(en)) expect(text.replace(ALLOWED, "")).not.toMatch(/[\u3040-\u9fff]/);
});
