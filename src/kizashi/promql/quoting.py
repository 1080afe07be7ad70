"""Texts inside PromQL, as they are written and as they are meant.

Source: Prometheus, "Querying basics", String literals; Go, "String literals".
"""

import re
import sys

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_SURROGATES = range(0xD800, 0xE000)
_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-3][0-7]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<simple>.?))",
    re.DOTALL,
)
_MUST_ESCAPE = re.compile(r"[\\\"\x00-\x1f\x7f\ufffd]")
_WRITTEN = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\N{REPLACEMENT CHARACTER}": "\\ufffd",
}


def quote(text: str) -> str:
    """Return a text in double quotes, on one line."""

    def escaped(found: re.Match[str]) -> str:
        return _WRITTEN.get(found[0]) or f"\\x{ord(found[0]):02x}"

    return f'"{_MUST_ESCAPE.sub(escaped, text)}"'


def unquote(written: str) -> str:
    """Return what a text in quotes says.

    Raises:
        ValueError: If it holds an escape that there is not; a UnicodeError if what it
            says is no UTF-8.
    """
    inner = written[1:-1]
    if written[0] == "`" or "\\" not in inner:
        return inner
    out = bytearray()
    at = 0
    for found in _ESCAPE.finditer(inner):
        out += inner[at : found.start()].encode()
        out += _meant(found, written[0])
        at = found.end()
    out += inner[at:].encode()
    return out.decode()


def _meant(found: re.Match[str], around: str) -> bytes:
    if found["byte"] is not None:
        return bytes([int(found["byte"], 16)])
    if found["octal"] is not None:
        return bytes([int(found["octal"], 8)])
    code = found["short"] or found["long"]
    if code is not None:
        number = int(code, 16)
        if number in _SURROGATES or number > sys.maxunicode:
            raise ValueError(found[0])
        return chr(number).encode()
    simple = found["simple"]
    is_other_quote = simple in "\"'" and simple != around
    if simple not in _SIMPLE or not simple or is_other_quote:
        raise ValueError(found[0])
    return _SIMPLE[simple].encode()
