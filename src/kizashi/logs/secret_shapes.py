"""Where secrets stand in a text, told by what is around them.

Each rule reads a text once from its start to its end, however hostile it is. Then the
text is read again without its escapes, so that each rule is written once: what stands
escaped in an address, or in JSON inside JSON, is found as well.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import unquote

from kizashi.logs._secret_pairs import pair_spans

Span = tuple[int, int]

#: Escapes inside escapes are read this deep.
_DEEPEST = 3
_ESCAPE = re.compile(
    r"%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\[\"'/\\nrt]"
    r"|&(?:quot|amp|lt|gt|apos|#0{0,3}3[49]|#[xX]2[27]);"
)
_BACKSLASHED = {"n": "\n", "r": "\r", "t": "\t"}
_TOKEN = re.compile(r"kz_[A-Za-z0-9_-]{20,}")
_CREDENTIALS = re.compile(
    r"\b(?:bearer|basic|negotiate|ntlm)\s{1,8}([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE
)
#: It is faster to look for these first.
_AFTER = re.compile(r"(?:bearer|basic|negotiate|ntlm)\s")
#: What follows "basic" in a sentence, and is no credential.
_PLAIN_WORDS = re.compile(r"[A-Za-z]?[a-z._/-]{0,22}")
_BLACK = re.compile(r"\S+")
_SCHEME_END = re.compile(r"[A-Za-z0-9+.-]{0,40}\Z")
_USER = re.compile(r"[^\s/?#@:\"'<>\[\]]*+:")
_PORT = re.compile(r"[0-9]{1,5}(?=[/?#\"'<>,;)\]}&\\]|$)")
_AUTHORITY = re.compile(r"[^\s/?#\"'<>]*+")


def secret_spans(text: str) -> list[Span]:
    """Return where secrets stand in a text, in order and without touching each other."""
    merged: list[Span] = []
    for start, end in sorted(_spans(text, _DEEPEST)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _spans(text: str, depth: int) -> Iterator[Span]:
    for found in _TOKEN.finditer(text):
        yield found.span()
    for found in _CREDENTIALS.finditer(text) if _AFTER.search(text.lower()) else ():
        if not _PLAIN_WORDS.fullmatch(found[1]):
            yield found.span(1)
    yield from _logins(text)
    yield from pair_spans(text)
    if depth and _ESCAPE.search(text):
        plain, place_of = _without_escapes(text)
        for start, end in _spans(plain, depth - 1):
            yield place_of(start), place_of(end)


def _without_escapes(text: str) -> tuple[str, Callable[[int], int]]:
    """Return a text without its outer escapes, and what gives a place in the former."""
    parts, begins, moved = [], [0], [0]
    place = size = 0
    for found in _ESCAPE.finditer(text):
        parts += [text[place : found.start()], _plain(found[0])]
        size += found.start() - place + 1
        place = found.end()
        begins.append(size)
        moved.append(place - size)
    parts.append(text[place:])

    def place_of(at: int) -> int:
        return at + moved[bisect_right(begins, at) - 1]

    return "".join(parts), place_of


def _plain(escape: str) -> str:
    """Return the one character that an escape stands for."""
    if escape[0] == "%":
        return unquote(escape, "latin-1")
    if escape[0] == "&":
        return unescape(escape)
    if escape[1] == "u":
        return unquote(f"%{escape[-2:]}", "latin-1")
    return _BACKSLASHED.get(escape[1], escape[1])


def _logins(text: str) -> Iterator[Span]:
    """Yield the password of every address, all before its @ where a token is alone.

    An address ends at white space, and where it stands in quotes with these: people
    write passwords as they are, with slashes and quotes.
    """
    if "://" not in text or "@" not in text:
        return
    for found in _BLACK.finditer(text):
        for start, end in _logins_of(found[0]):
            yield found.start() + start, found.start() + end


def _logins_of(word: str) -> Iterator[Span]:
    at, last = word.find("://"), word.rfind("@")
    while 0 <= at < last:
        begin = at + 3
        user = _USER.match(word, begin)
        if user is None or _PORT.match(word, user.end()):
            authority = _AUTHORITY.match(word, begin)
            end = -1 if authority is None else word.rfind("@", begin, authority.end())
            start = begin
            at = begin
        else:
            at = _end_of_quoted(word, at)
            start, end = user.end(), word.rfind("@", begin, at)
        if end > start:
            yield start, end
        at = word.find("://", at)


def _end_of_quoted(word: str, scheme_end: int) -> int:
    """Return where an address ends: at the quote that closes the one before it."""
    scheme = _SCHEME_END.search(word, max(0, scheme_end - 40), scheme_end)
    before = scheme_end if scheme is None else scheme.start()
    opener = word[before - 1 : before]
    if opener and opener in "\"'`":
        closing = re.compile(re.escape(opener) + r"(?=[,)}\]>:;&.]|$)")
        found = closing.search(word, scheme_end)
        return len(word) if found is None else found.start()
    return len(word)
