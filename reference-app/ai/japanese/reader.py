"""Read a Japanese sentence."""

import re
import unicodedata

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ai.japanese.dates import DATE_ROWS
from ai.japanese.names import find_names
from ai.japanese.times import TIME_ROWS
from ai.japanese.words import PRIORITY_ROWS
from ai.mentions import Found, Frame, Grammar, Part, find_due
from ai.priorities import find_priority
from ai.task import TaskText

GRAMMAR = Grammar(
    joins=re.compile(r"(?:の|に|、|,|\s)*"),
    deadline_before=re.compile(
        r"(?:締め?切り?|〆切り?|期限|期日|納期)(?:は|が|[:：])?\s*$"
    ),
    deadline_after=re.compile(r"(?:中)?(?:に)?(?:まで|締め?切|〆切|期限|必着)"),
    deadline_inside=re.compile(r"(?:中|以内|いっぱい|年内)$"),
    last_afternoon_hour=5,
    habits=(
        (re.compile(r"朝食|朝ご飯|朝ごはん|起き"), Part.AM),
        (re.compile(r"夕食|夕飯|夕ご飯|晩ご飯|晩ごはん|飲み会|ディナー"), Part.PM),
    ),
)
_MARK_BEFORE = re.compile(r"(?:締め?切り?|〆切り?|期限|期日|納期)(?:は|が|[:：])?\s*$")
_PARTICLES = re.compile(
    r"(?:中に|までに|まで|必着で?|締め?切り?で?|〆切で?|から|より|には|に|の|は|頃|ごろ|くらい|ぐらい|あたり(?:に)?|付け?で?|、|,|:|\s)*"
)
_EDGES = " \t、,。.:：;!！-–—~〜・()（）[]【】"
_GAP = re.compile(r"\s{2,}")
_INNER = re.compile(r"([、,])\s*[、,]+")


class JapaneseReader:
    """Sudachi's tokens for the borders of words and for names; tables for the rest."""

    def __init__(self) -> None:
        config = {"nlp": {"tokenizer": {"split_mode": "C"}}}
        self._nlp: Language = spacy.blank("ja", config=config)

    def read(self, text: str, frame: Frame) -> TaskText:
        """Return what the sentence says about its task."""
        text = unicodedata.normalize("NFKC", text).strip()
        doc = self._nlp(text)
        borders = _borders(doc)
        priority, said = find_priority(text, PRIORITY_ROWS)
        found = find_due(
            text,
            (*DATE_ROWS, *TIME_ROWS),
            GRAMMAR,
            frame,
            is_allowed=lambda start, end: start in borders and end in borders,
        )
        spans = [(p.start, p.end) for p in found.phrases]
        names = find_names(doc, spans)
        return TaskText(
            title=_title(text, _phrase_spans(text, found), said),
            due=found.due,
            priority=priority,
            people=names.people,
            places=names.places,
        )


def _borders(doc: Doc) -> set[int]:
    """Return where a date may begin or end: not within a longer word or a name."""
    starts = {token.idx for token in doc}
    return starts | {token.idx + len(token.text) for token in doc}


def _phrase_spans(text: str, found: Found) -> list[tuple[int, int]]:
    """Return what the title does without: the phrases and what ties them to it."""
    spans = []
    for phrase in found.phrases:
        before = _MARK_BEFORE.search(text[: phrase.start])
        start = before.start() if before else phrase.start
        after = _PARTICLES.match(text, phrase.end)
        spans.append((start, after.end() if after else phrase.end))
    return spans


def _title(
    text: str, phrases: list[tuple[int, int]], said: list[tuple[int, int]]
) -> str:
    kept, at = [], 0
    for start, end in sorted([*phrases, *said]):
        if start >= at:
            kept.append(text[at:start])
        at = max(at, end)
    kept.append(text[at:])
    title = _INNER.sub(r"\1", _GAP.sub(" ", "".join(kept))).strip(_EDGES)
    return title or text
