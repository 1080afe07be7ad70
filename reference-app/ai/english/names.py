"""People and places in English: spaCy's entities, and tables of names."""

import re
from collections.abc import Sequence

from spacy.tokens import Doc, Span

from ai.english.given_names import GIVEN_NAMES

_PLACES = {"GPE", "LOC", "FAC"}
_TITLES = {"dr", "mr", "mrs", "ms", "miss", "prof", "professor", "doctor"}
_POSSESSIVE = re.compile(r"[’']s?$")
_FIRST_WORD = re.compile(r"[A-Z][a-z]+")
#: Words before a month's name that make it a month: "in May".
_BEFORE_A_MONTH = {
    "in", "of", "by", "until", "till", "before", "after", "since", "early", "late",
    "mid", "this", "next", "last", "on", "during", "through", "every",
}  # fmt: skip
_MONTH_NAMES = {"April", "May", "June", "August"}
#: Given names that begin a sentence as a verb.
_VERBS_TOO = {"Mark"}
_SIGHTS = re.compile(
    r"\b(?:[A-Z][\w’']*\s+)+(?:Airport|Station|Park|Street|Avenue|Road|Square|Hotel|Hospital"
    r"|University|Museum|Cross|Bridge|Tower|Stadium|Library|Beach|Terminal|Mall|Market"
    r"|Church|Cathedral|Palace|Castle|Temple|Shrine|Harbor|Harbour|Theatre|Theater)\b"
)
_WITHIN = {"in", "at", "near", "around", "outside"}
_TOWARDS = {"to", "from", "via", "for"}
_JOURNEYS = {
    "train", "fly", "flight", "drive", "coach", "bus", "travel", "trip", "move", "ride",
    "ferry", "tickets", "ticket", "go", "commute",
}  # fmt: skip
Spans = Sequence[tuple[int, int]]


def uncapitalised(text: str) -> str:
    """Return the text with its first word as it is inside a sentence.

    The model takes a capital verb for a name: "Ring Oliver".
    """
    first = _FIRST_WORD.match(text)
    if first is None or first[0] in GIVEN_NAMES - _VERBS_TOO:
        return text
    return text[0].lower() + text[1:]


def month_names(doc: Doc) -> list[tuple[int, int]]:
    """Return where words that are months elsewhere are somebody's name."""
    return [
        (token.idx, token.idx + len(token.text))
        for token in doc
        if token.text in _MONTH_NAMES and _is_somebody(doc, token.i)
    ]


def _is_somebody(doc: Doc, index: int) -> bool:
    after = doc[index + 1] if index + 1 < len(doc) else None
    if after is not None and after.text[:1].isdigit():
        return False
    before = doc[index - 1] if index else None
    if before is not None and (before.text[:1].isdigit() or before.lower_ == "the"):
        return False
    return before is None or before.lower_ not in _BEFORE_A_MONTH


def find_names(doc: Doc, taken: Spans) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the people and the places, each once, in the order of the text."""
    sights = [
        span
        for match in _SIGHTS.finditer(doc.text)
        if (span := doc.char_span(*match.span())) is not None
    ]
    taken = [*taken, *map(_edges, sights)]
    people = [span for span in _people(doc) if not _overlaps(span, taken)]
    taken_too = [*taken, *map(_edges, people)]
    places = [*sights]
    places += [
        entity
        for entity in doc.ents
        if _is_place(doc, entity) and not _overlaps(entity, taken_too)
    ]
    places.sort(key=lambda span: span.start)
    return _texts(people), _texts(places)


def _edges(span: Span) -> tuple[int, int]:
    return span.start_char, span.end_char


def _texts(spans: Sequence[Span]) -> tuple[str, ...]:
    texts = (_POSSESSIVE.sub("", span.text) for span in spans)
    return tuple(dict.fromkeys(text.removeprefix("w/ ") for text in texts))


def _is_place(doc: Doc, entity: Span) -> bool:
    return entity.label_ in _PLACES or (
        entity.label_ == "PERSON" and _stands_as_place(doc, entity)
    )


def _stands_as_place(doc: Doc, entity: Span) -> bool:
    """Return whether what the model takes for a person is where somebody goes."""
    before = doc[entity.start - 1].lower_ if entity.start else ""
    is_journey = any(token.lower_ in _JOURNEYS for token in doc[: entity.start])
    return before in _WITHIN or (before in _TOWARDS and is_journey)


def _overlaps(span: Span, taken: Spans) -> bool:
    return any(span.start_char < end and start < span.end_char for start, end in taken)


def _people(doc: Doc) -> list[Span]:
    """Return the people: a title and a name, a known given name, or the model's."""
    found: list[Span] = []
    somebody = {start for start, _ in month_names(doc)}
    index = 0
    while index < len(doc):
        start = index
        token = doc[index]
        if token.lower_.rstrip(".") in _TITLES and _is_capital(doc, index + 1):
            start = index + 1
        elif not _is_given_name(doc, index, somebody):
            index += 1
            continue
        end = start + 1
        while _continues(doc, end):
            end += 1
        found.append(doc[start:end])
        index = end
    taken = [*map(_edges, found)]
    found += [
        entity
        for entity in doc.ents
        if entity.label_ == "PERSON"
        and entity.text[:1].isupper()
        and entity.text.replace(" ", "").replace("'", "").isalpha()
        and not _stands_as_place(doc, entity)
        and not _overlaps(entity, taken)
    ]
    return sorted(found, key=lambda span: span.start)


def _is_given_name(doc: Doc, index: int, somebody: set[int]) -> bool:
    token = doc[index]
    if token.text in _MONTH_NAMES:
        return token.idx in somebody
    is_place = token.ent_type_ in _PLACES and len(doc[index].text) < len(
        next(e.text for e in doc.ents if e.start <= index < e.end)
    )
    return token.text in GIVEN_NAMES and not is_place


def _is_capital(doc: Doc, index: int) -> bool:
    return index < len(doc) and doc[index].text[:1].isupper()


def _continues(doc: Doc, index: int) -> bool:
    """Return whether a word continues a name: a surname, not the next date or place."""
    return (
        _is_capital(doc, index)
        and doc[index].pos_ == "PROPN"
        and doc[index].ent_type_ not in {"DATE", "TIME", "GPE", "LOC", "FAC"}
    )
