"""Texts inside PromQL, as they are written and as they are meant.

Source: Prometheus, "Querying basics", String literals; Go, "String literals".
"""

import re

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
_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-3][0-7]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<simple>.?))",
    re.DOTALL,
)
_MUST_ESCAPE = re.compile(r"[\\\"\x00-\x1f\x7f]")
_WRITTEN = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(text: str) -> str:
    """Return a text in double quotes, on one line."""

    def escaped(found: re.Match[str]) -> str:
        return _WRITTEN.get(found[0]) or f"\\x{ord(found[0]):02x}"

    return f'"{_MUST_ESCAPE.sub(escaped, text)}"'


def unquote(written: str) -> str:
    """Return what a text in quotes says; bytes that are no UTF-8 are replaced.

    Raises:
        ValueError: If it holds an escape that there is not.
    """
    inner = written[1:-1]
    if written[0] == "`" or "\\" not in inner:
        return inner
    out = bytearray()
    at = 0
    for found in _ESCAPE.finditer(inner):
        out += inner[at : found.start()].encode("utf-8", "replace")
        out += _meant(found, written[0])
        at = found.end()
    out += inner[at:].encode("utf-8", "replace")
    return out.decode("utf-8", "replace")


def _meant(found: re.Match[str], around: str) -> bytes:
    if found["byte"] is not None:
        return bytes([int(found["byte"], 16)])
    if found["octal"] is not None:
        return bytes([int(found["octal"], 8)])
    code = found["short"] or found["long"]
    if code is not None:
        character = chr(int(code, 16))
        if "\ud800" <= character <= "\udfff":
            raise ValueError(found[0])
        return character.encode()
    simple = found["simple"]
    is_other_quote = simple in "\"'" and simple != around
    if simple not in _SIMPLE or not simple or is_other_quote:
        raise ValueError(found[0])
    return _SIMPLE[simple].encode()
