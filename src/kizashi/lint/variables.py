"""Expressions of dashboards, with something readable in place of their variables.

Source: Grafana, "Variable syntax" and "Prometheus template variables".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: No repetition is open behind one that may begin anywhere: its time stays linear.
_NAME = r"(?:\$\{\w{1,100}(?:[.:][^}]{0,200})?\}|\[\[\w+(?::\w+)?\]\]|\$\w+)"
_VARIABLE = re.compile(_NAME)
_IN_RANGE = re.compile(rf"\[\s*{_NAME}s?\s*(:[^\]]{0, 200})?\]")
_OFFSET = re.compile(rf"\boffset\s+-?{_NAME}")
#: Variables that are numbers of seconds or milliseconds, and those that are durations.
_NUMBERS = re.compile(
    r"\$\{?__(?:range|interval|rate_interval)_m?s\}?|\$\{?__(?:from|to)\}?"
)
_DURATIONS = re.compile(r"\$\{?__(?:rate_interval|interval|range)\b(?::\w+)?\}?")
_TOKEN = re.compile(r"kzv_(\d+)_kzv")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`")
#: What a range is taken for where a variable says it; nothing is held against it.
SOME_RANGE = "5m"


@dataclass(frozen=True, slots=True)
class FilledExpression:
    """An expression without variables.

    Attributes:
        text: The expression.
        originals: What stood where a token stands now, by the token's number.
        ranges: The ranges that variables said, as written.
    """

    text: str
    originals: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()

    def restored(self, text: str) -> str:
        """Return a text that was made of the expression with its variables again."""
        if self.ranges:
            text = text.replace(f"[{SOME_RANGE}]", self.ranges[0])
        return _TOKEN.sub(lambda m: self.originals[int(m[1])], text)


def has_variable(text: str) -> bool:
    """Return whether a part of a filled expression was a variable."""
    return _TOKEN.search(text) is not None


def fillings(text: str) -> Iterator[FilledExpression]:
    """Yield readings of an expression, the likelier first.

    A variable may stand for a part of a name or of a value, and for a number.
    """
    ranges = tuple(m[0] for m in _IN_RANGE.finditer(text) if ":" not in m[0])
    plain = _IN_RANGE.sub(lambda m: f"[{SOME_RANGE}{m[1] or ''}]", text)
    plain = _OFFSET.sub(f"offset {SOME_RANGE}", _NUMBERS.sub("300", plain))
    plain = _DURATIONS.sub(SOME_RANGE, plain)
    originals: list[str] = []

    def token(found: re.Match[str]) -> str:
        originals.append(found[0])
        return f"kzv_{len(originals) - 1}_kzv"

    tokens = _VARIABLE.sub(token, plain)
    yield FilledExpression(tokens, tuple(originals), ranges)
    if originals:
        yield FilledExpression(_numbers_outside(tokens), tuple(originals), ranges)


def _numbers_outside(text: str) -> str:
    """Return a text whose tokens are numbers, but for those within quotes."""
    parts, at = [], 0
    for quoted in _QUOTED.finditer(text):
        parts += [_TOKEN.sub("1", text[at : quoted.start()]), quoted[0]]
        at = quoted.end()
    return "".join([*parts, _TOKEN.sub("1", text[at:])])
