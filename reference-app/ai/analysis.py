"""Read a task from a sentence, in the language that it is written in."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ai.mentions import Frame
from ai.task import TaskText


class Language(StrEnum):
    """The languages that are read."""

    ENGLISH = "en"
    JAPANESE = "ja"


class Reader(Protocol):
    """Reads sentences of one language."""

    def read(self, text: str, frame: Frame) -> TaskText:
        """Return what the sentence says about its task."""
        ...


#: Kana, kanji, and the marks among them: one is enough to make a sentence Japanese.
_JAPANESE = re.compile(
    r"[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uff66-\uff9f]"
)


def language_of(text: str) -> Language:
    """Return the language of a text that `check_text` accepts."""
    return Language.JAPANESE if _JAPANESE.search(text) else Language.ENGLISH


class Analyser:
    """Both readers, loaded once. One thread at a time may use it."""

    def __init__(self) -> None:
        # Imported here: a process that only checks texts does without the models.
        from ai.english.reader import EnglishReader
        from ai.japanese.reader import JapaneseReader

        self._readers: dict[Language, Reader] = {
            Language.ENGLISH: EnglishReader(),
            Language.JAPANESE: JapaneseReader(),
        }

    def analyse(self, text: str, now: datetime) -> tuple[Language, TaskText]:
        """Return the language, and what the text says about its task.

        Args:
            text: One sentence that `check_text` accepts.
            now: The user's own time, with its zone.
        """
        language = language_of(text)
        return language, self._readers[language].read(text, Frame(now))
