import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { SpeechContext, speechIn } from "../words/words.ts";
import { Boundary } from "./Boundary.tsx";

function Broken(): never {
  throw new TypeError("x is not a function");
}

test("a page that fails while it is drawn says so, in the reader's language, and is reported", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const heard: unknown[] = [];
  render(
    <SpeechContext value={speechIn("ja")}>
      <Boundary onError={(error) => heard.push(error)}>
        <Broken />
      </Boundary>
    </SpeechContext>,
  );
  expect(screen.getByRole("heading").textContent).toBe("このページで問題が起きました");
  expect(screen.getByRole("button", { name: "読み込み直す" })).toBeDefined();
  expect(heard).toEqual([new TypeError("x is not a function")]);
});
