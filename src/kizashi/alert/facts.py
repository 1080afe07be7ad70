"""What the texts of an alert are made of: values until they are worded.

Stored rows and answers hold them as text, as they always did; a fact is turned into text
here and back, and nowhere else.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

Fact = str | int | float | Decimal
Facts = Mapping[str, Fact]


def _count(text: str) -> int | float:
    value = _number(text)
    return int(value) if value.is_integer() else value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value


#: The facts that are numbers, and how their text is read; all others are text.
_READERS: Mapping[str, Callable[[str], Fact]] = {
    **dict.fromkeys(("bad", "valid"), _count),
    **dict.fromkeys(("down", "targets", "rows"), int),
    **dict.fromkeys(("target", "factor"), _decimal),
    **dict.fromkeys(
        (
            *("coverage", "long_burn", "short_burn", "sli"),
            *("budget_left", "budget_minutes", "time_to_empty_s"),
        ),
        _number,
    ),
}


def facts_of(told: Mapping[str, str]) -> dict[str, Fact]:
    """Return facts from their texts; what is no number where one stands stays text."""
    return {name: _read(name, text) for name, text in told.items()}


def text_of(fact: Fact) -> str:
    """Return one fact as text: a number so that it is read back as what it was."""
    return repr(fact) if isinstance(fact, float) else str(fact)


def texts_of(facts: Facts) -> dict[str, str]:
    """Return facts as texts: as rows keep them, and answers tell them."""
    return {name: text_of(fact) for name, fact in facts.items()}


def _read(name: str, text: str) -> Fact:
    reader = _READERS.get(name)
    if reader is None:
        return text
    try:
        return reader(text)
    except (ValueError, OverflowError, InvalidOperation):
        return text
