"""Regular expressions that people and files bring, within limits of length and memory.

Source: RE2, "Syntax"; its time is linear in what it reads, its memory is what we allow.
"""

import re
from collections.abc import Iterable
from typing import Protocol

import re2

from kizashi.errors import RegexError

#: As long as a whole expression may be.
MOST_BYTES = 64 * 1024
#: For an expression's program and what matching remembers. A list of 4,000 names of
#: 15 letters fits; ``\pL{100}`` does not.
MOST_MEMORY_BYTES = 1024 * 1024
#: What RE2 knows and Go, in which Prometheus is written, does not: one byte of a
#: character. Between ``\\Q`` and ``\\E`` nothing is an escape.
_BYTE = re.compile(r"\\Q.*?(?:\\E|\Z)|\\(?P<byte>C)|\\.", re.DOTALL)
_SPECIAL = frozenset("\\.+*?()|[]{}^$")


class RegexMatch(Protocol):
    """What is used of a match."""

    def group(self, number: int, /) -> str | None:
        """Return a group's text, of group 0 all of it; None for one left out."""
        ...


class Regex(Protocol):
    """What is used of a compiled expression."""

    @property
    def groups(self) -> int:
        """How many groups it has."""
        ...

    @property
    def groupindex(self) -> dict[str, int]:
        """The numbers of groups with a name."""
        ...

    @property
    def programsize(self) -> int:
        """How many instructions it has."""
        ...

    def fullmatch(self, text: str, /) -> RegexMatch | None:
        """Return what it found where it matches a whole text."""
        ...


def compile_regex(text: str) -> Regex:
    """Return a regular expression; a dot matches a line's end too, as in Prometheus.

    Raises:
        RegexError: If it is too long, takes too much memory, or RE2 does not accept
            it; says which.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise RegexError(f"it has {size} bytes; at most {MOST_BYTES} are accepted")
    if any(escape["byte"] for escape in _BYTE.finditer(text)):
        raise RegexError("invalid escape sequence: \\C")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_MEMORY_BYTES
    # A group around it would close what the text opens, and open what it closes.
    options.dot_nl = True
    try:
        found: Regex = re2.compile(text, options)
    except re2.error as error:
        raise RegexError(_fault(error)) from error
    except UnicodeEncodeError as error:
        raise RegexError("it holds half of a surrogate pair") from error
    return found


def any_of(values: Iterable[str]) -> str:
    """Return a regular expression for exactly these values.

    An alternation of literals is a set of index look-ups for Prometheus, and no scan.
    """
    return "|".join(
        "".join(f"\\{c}" if c in _SPECIAL else c for c in value) for value in values
    )


def _fault(error: Exception) -> str:
    """Return what RE2 says of an expression; it speaks in bytes."""
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
