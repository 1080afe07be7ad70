"""Matchers as Alertmanager's configuration and its tools write them.

Source: Alertmanager, "Configuration", ``<matcher>``.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# What is possessive gives nothing back, so that no text takes more than one pass.
_QUOTED = r'"((?:[^"\\]|\\.)*+)"'
_BEGIN = rf'\s*+(?:{_QUOTED}|([^\s=!~{{}},"]++))\s*+(=~|!~|!=|=)\s*+'
#: Alone, a value without quotes may hold commas and braces; in a list it ends there.
_ALONE = re.compile(rf'{_BEGIN}(?:{_QUOTED}|([^"\s]*+))\s*+', re.DOTALL)
_LISTED = re.compile(rf"{_BEGIN}(?:{_QUOTED}|([^,{{}}\s]*+))\s*+", re.DOTALL)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_ESCAPES = {r"\n": "\n", r"\\": "\\", r"\"": '"'}


class WrittenMatcher(NamedTuple):
    """A matcher as written; ``op`` is one of ``=``, ``!=``, ``=~`` and ``!~``."""

    name: str
    op: str
    value: str


def read_matcher(text: str) -> WrittenMatcher | None:
    """Return a matcher such as ``a="b"``, None where the text is none."""
    found = _ALONE.fullmatch(text)
    return None if found is None else _matcher(found)


def read_matchers(text: str) -> Iterator[WrittenMatcher]:
    """Yield the matchers of a text such as ``{a="b", c=~d}``, up to what is none."""
    inner = text.strip().removeprefix("{").removesuffix("}")
    found = _LISTED.match(inner)
    while found is not None:
        yield _matcher(found)
        at = found.end()
        found = _LISTED.match(inner, at + 1) if inner[at : at + 1] == "," else None


def _matcher(found: re.Match[str]) -> WrittenMatcher:
    quoted_name, name, op, quoted_value, value = found.groups()
    return WrittenMatcher(
        name if quoted_name is None else _unquoted(quoted_name),
        op,
        value if quoted_value is None else _unquoted(quoted_value),
    )


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[0], escape[0]), text)
