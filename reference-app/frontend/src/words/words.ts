/** Which language the page speaks: the reader's choice, else the browser's. */

import { createContext, useContext } from "react";
import { Store } from "../store.ts";
import { en, type Words } from "./en.ts";
import { ja } from "./ja.ts";

export const LANGUAGES = { en: "English", ja: "日本語" } as const;
export type Language = keyof typeof LANGUAGES;
export type { Words };

const WORDS: Record<Language, Words> = { en, ja };
const KEY = "todo.language";

function isLanguage(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && value in LANGUAGES;
}

/** Return the choice of earlier, else the browser's first language that we have. */
export function firstLanguage(storage: Storage, preferred: readonly string[]): Language {
  const chosen = storage.getItem(KEY);
  if (isLanguage(chosen)) return chosen;
  return preferred.map((tag) => tag.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";
}

export interface Speech {
  language: Language;
  words: Words;
}

export function speechIn(language: Language): Speech {
  return { language, words: WORDS[language] };
}

/** The language in use; setting it is choosing it. */
export class Tongue extends Store<Speech> {
  readonly #storage: Storage;

  constructor(storage: Storage, preferred: readonly string[]) {
    super(speechIn(firstLanguage(storage, preferred)));
    this.#storage = storage;
  }

  choose(language: Language): void {
    this.#storage.setItem(KEY, language);
    this.set(speechIn(language));
  }
}

export const SpeechContext = createContext<Speech>(speechIn("en"));

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}
