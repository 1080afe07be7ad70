"""Measure how often each field is exactly right: ``./kz app accuracy``.

Each set of sentences was written, with its expected answers, before the rules that it
measures. A third of each, drawn at random then, is held back: nobody tunes on it, and
it is reported apart.
"""

import argparse
import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ai.analysis import Analyser, Language
from ai.task import TaskText

FOLDER = Path(__file__).parent
READMES = (FOLDER.parent / "README.md", FOLDER.parent / "README.ja.md")
FIELDS = ("date", "time", "priority", "people", "places", "title")
SETS = ("tuning", "held")
_TABLE = re.compile(r"(?<=<!-- accuracy -->\n).*?(?=<!-- /accuracy -->)", re.DOTALL)
_HEADS = {
    "README.md": (
        "| language | set | sentences |",
        "all",
        {"tuning": "tuning", "held": "held back"},
    ),
    "README.ja.md": (
        "| 言語 | 集合 | 文の数 |",
        "すべて",
        {"tuning": "調整用", "held": "取り置き"},
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a set.

    Attributes:
        is_held: Whether it is held back.
        text: What a user writes.
        now: When, in the user's time zone.
        expected: The right answer, by field.
    """

    is_held: bool
    text: str
    now: datetime
    expected: dict[str, str]


def load(language: Language) -> list[Sentence]:
    """Return the sentences of a language."""
    with (FOLDER / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Sentence(
                is_held=row["set"] == "held",
                text=row["text"],
                now=datetime.fromisoformat(row["now"]).astimezone(
                    ZoneInfo(row["timezone"])
                ),
                expected={field: row[field] for field in FIELDS},
            )
            for row in rows
        ]


def answer(task: TaskText) -> dict[str, str]:
    """Return an answer as the sets write it."""
    return {
        "date": str(task.due.date or ""),
        "time": task.due.time.strftime("%H:%M") if task.due.time else "",
        "priority": task.priority,
        "people": "; ".join(task.people),
        "places": "; ".join(task.places),
        "title": task.title,
    }


@dataclass(frozen=True, slots=True)
class Score:
    """How many sentences of a set there are, and how many each field has right."""

    sentences: int
    right: dict[str, int]

    def rate(self, field: str) -> float:
        """Return the share of sentences whose field is exactly right."""
        return self.right[field] / self.sentences


def score(analyser: Analyser, sentences: Iterable[Sentence]) -> Score:
    """Return how often each field is right."""
    right = dict.fromkeys((*FIELDS, "all"), 0)
    count = 0
    for sentence in sentences:
        count += 1
        found = answer(analyser.analyse(sentence.text, sentence.now)[1])
        for field in FIELDS:
            right[field] += found[field] == sentence.expected[field]
        right["all"] += found == sentence.expected
    return Score(count, right)


def measure(analyser: Analyser) -> dict[tuple[Language, str], Score]:
    """Return the scores by language and set."""
    scores = {}
    for language in Language:
        sentences = load(language)
        for name in SETS:
            chosen = [s for s in sentences if s.is_held == (name == "held")]
            scores[language, name] = score(analyser, chosen)
    return scores


def table(scores: dict[tuple[Language, str], Score], readme: str) -> str:
    """Return the scores as the table of a README."""
    head, everything, names = _HEADS[readme]
    columns = [*FIELDS, everything]
    lines = [f"{head} {' | '.join(columns)} |", "|---" * (3 + len(columns)) + "|"]
    for (language, name), found in scores.items():
        rates = " | ".join(f"{found.rate(f):.1%}" for f in (*FIELDS, "all"))
        lines.append(f"| {language} | {names[name]} | {found.sentences} | {rates} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Show the table, or write it into both READMEs."""
    parser = argparse.ArgumentParser(prog="reference-app accuracy", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into the READMEs")
    options = parser.parse_args(arguments)
    scores = measure(Analyser())
    print(table(scores, "README.md"), end="")
    if options.write:
        for readme in READMES:
            text = readme.read_text(encoding="utf-8")
            new = table(scores, readme.name)
            readme.write_text(
                _TABLE.sub(lambda _, new=new: new, text), encoding="utf-8"
            )
    return 0
