"""Where the values of secret names stand in a text: parameters, headers, JSON, YAML."""

import re
from collections.abc import Iterator

from kizashi.logs.secret_names import (
    is_secret_name,
    is_secret_parameter,
    unescaped,
)

Span = tuple[int, int]

#: Without one of these no name is that of a secret; most texts are done with here.
_HINT = re.compile(
    r"pass|pw|secret|token|auth|cred|cookie|sign|key|session|bearer|jwt|otp|psk|code"
    r"|sid|sig|sas|sess|hmac|pin|saml|verifier|assertion"
)
_PAIR = re.compile(
    r"(?<![\w.%-])(?P<name>[\w.%-]++)\]?(?P<quote>[\"']?)[ \t]{0,8}(?P<sep>!=|=~|!~|:=|=>|[:=])"
)
#: A header or a parameter as programs hold it: ("X-Api-Key", "…"), ("token", ("…",)).
_TUPLE = re.compile(
    r"\(b?(?P<quote>[\"'])(?P<name>[\w-]{1,100})(?P=quote),[ \t]{0,4}[(\[]?(?=b?[\"'])"
)
_PARAMETER_BEFORE = frozenset("?&;#")
_FORM = re.compile(r"[^\s&\"']*+&[\w.%\[\]-]++=")
_BARE = re.compile(
    r"(?:[^\s&;?#,)}\]\"'`<>\\]|[;?#,)}\]\"'`<>](?!\s|$|[\w.%-]{1,64}=)|\\(?!u0026))*+"
)
_SCALAR = re.compile(r"[^\s,}\])]*+")
_FLOW = re.compile(r"(?:[^,}\n]|[,}](?!\s|$|[,}\]]))*+")
_LINE = re.compile(r"(?:[^\r\n\\]|\\(?!r\\n))*+")
_TAIL = re.compile(r"[^\s,)}\]:;&<>]*+")
_INSIDE = {
    '"': re.compile(r'(?:[^"\\]|\\.)*+', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*+", re.DOTALL),
}
_OPENING = re.compile(r"[bru]{0,2}([\"'])")
_GAP = re.compile(r"[ \t]*+")
_WIDE_GAP = re.compile(r"\s*+")
_LAST_MARK = re.compile(r"(?s:.*)([\s\"'`<])")
_CLOSERS = {
    opener: re.compile(re.escape(closer) + r"(?=[\s,)}\]>:;&.]|$)")
    for opener, closer in {'"': '"', "'": "'", "`": "`", "<": ">"}.items()
}
_LINE_START = re.compile(r"[\r\n][ \t]*(?:- +)?\Z")
_FLOW_START = re.compile(r"[{,\[][ \t]*\Z")
_BLOCK = re.compile(r"(?:[!&]\S+[ \t]+)?[|>][+-]?[0-9]?[ \t]*(?:#.*)?\Z")
_MAPPING = re.compile(r"[ \t]*(?:- +)?[\w.\"'-]+:(?:\s|\Z)")
_NEXT_LINE = re.compile(r"\n(?P<indent>[ \t]*)(?P<rest>[^\n]*)")
_SCHEME = re.compile(
    r"(?:api-?key|aws4-hmac-sha256|basic|bearer|digest|hawk|key|negotiate|ntlm|oauth"
    r"|scram-[\w-]{1,20}|signature|splunk|token)[ \t]+(?=\S)",
    re.IGNORECASE,
)
_HTTP_STATUS = re.compile(r"[0-9]{1,3}(?![^\s&;?#,)}\]\"'`<>])")
#: What is written for no secret, or for one that was masked.
_NO_SECRET = frozenset(
    [
        "always",
        "false",
        "nil",
        "no",
        "none",
        "null",
        "off",
        "on",
        "remote",
        "true",
        "undefined",
        "yes",
        "~",
        "***",
    ]
)
#: Headers whose names say it in one word.
_HEADERS = frozenset({"authorization", "cookie"})
_LOOK_BACK = 200
#: A shorter word in a sentence is no secret.
_SHORTEST = 4


def pair_spans(text: str) -> Iterator[Span]:
    """Yield where the values of secret names stand."""
    if _HINT.search(text.lower()):
        reader = _Reader(text)
        yield from reader.pairs()
        yield from reader.tuples()


class _Reader:
    """Reads one text, from its start to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        #: How far it was looked for quotes, and the last one, white space or bracket.
        self._looked, self._mark = 0, ""
        #: Quotes that nothing closes any more.
        self._unclosed: set[str] = set()

    def pairs(self) -> Iterator[Span]:
        """Yield the values that a colon or a sign follows a secret name with."""
        at = 0
        while found := _PAIR.search(self._text, at):
            at = found.end()
            span = self._value(found)
            if span is not None and self._text[slice(*span)].lower() not in _NO_SECRET:
                yield span
                at = max(at, span[1])

    def tuples(self) -> Iterator[Span]:
        """Yield the second of each pair in brackets whose first is a secret name."""
        for found in _TUPLE.finditer(self._text):
            span = self._quoted(found.end())
            if span is not None and is_secret_name(found["name"]):
                yield span

    def _value(self, found: re.Match[str]) -> Span | None:
        """Return where the value of a name stands, None where it is no secret."""
        written = re.split(r"[?&=;/#]", unescaped(found["name"]))[-1]
        name = written.strip("-")
        before = self._text[max(0, found.start() - 1) : found.start()]
        if found["sep"] == ":":
            if found["quote"]:
                return self._held(found.end()) if is_secret_name(name) else None
            return self._line(name, found)
        if before and before in _PARAMETER_BEFORE:
            return self._parameter(name, found)
        if is_secret_name(name):
            is_compared = self._text.startswith("=", found.end())
            return None if is_compared else self._assigned(found)
        is_first = not before or before.isspace() or before in "\"'"
        if is_first and _FORM.match(self._text, found.end()):
            return self._parameter(name, found)
        return None

    def _parameter(self, name: str, found: re.Match[str]) -> Span | None:
        """Return where the value of a parameter of an address or a form stands."""
        if not is_secret_parameter(name):
            return None
        if name.lower() == "code" and _HTTP_STATUS.match(self._text, found.end()):
            return None
        return self._bare(found.start(), found.end())

    def _assigned(self, found: re.Match[str]) -> Span | None:
        """Return where what is assigned to a name stands, as code and shells do it."""
        at = self._after(_GAP, found.end())
        held = self._quoted(at) or self._listed(at)
        return held or self._bare(found.start(), at)

    def _held(self, at: int) -> Span | None:
        """Return where the value of a key of JSON stands; what it nests is read on."""
        at = self._after(_WIDE_GAP, at)
        if self._text.startswith("{", at):
            return None
        return self._quoted(at) or self._listed(at) or self._run(_SCALAR, at)

    def _line(self, name: str, found: re.Match[str]) -> Span | None:
        """Return where the value of a header, or of a key of YAML, stands."""
        text, end = self._text, found.end()
        lowered = name.lower()
        is_ours = is_secret_name(name)
        is_key = lowered.startswith("x-") and is_secret_parameter(name)
        if (is_ours and "-" in name) or is_key or lowered in _HEADERS:
            return self._header(found)
        if not is_ours or not (text[end : end + 1].isspace() or end == len(text)):
            return None
        before = "\n" * (found.start() < _LOOK_BACK)
        before += text[max(0, found.start() - _LOOK_BACK) : found.start()]
        at = self._after(_GAP, end)
        if _LINE_START.search(before):
            return self._block(found, at) or self._quoted(at) or self._rest(at)
        if _FLOW_START.search(before):
            return self._quoted(at) or self._listed(at) or self._run(_FLOW, at)
        # In a sentence, a plain word is no secret.
        span = self._bare(found.start(), at)
        word = "" if span is None else text[slice(*span)]
        return None if word.isalpha() or len(word) < _SHORTEST else span

    def _header(self, found: re.Match[str]) -> Span | None:
        """Return where the value of a header stands, without the scheme before it."""
        at = self._after(_GAP, found.end())
        scheme = _SCHEME.match(self._text, at)
        start = at if scheme is None else scheme.end()
        span = self._rest(start)
        if span is None:
            return None
        end = self._closing(found.start(), *span)
        return (start, end) if end > start else None

    def _block(self, found: re.Match[str], at: int) -> Span | None:
        """Return where the lines of a block below a key of YAML stand."""
        line = _LINE.match(self._text, at)
        end = at if line is None else line.end()
        head = self._text[at:end]
        if head.strip() and not _BLOCK.match(head):
            return None
        newline = self._text.rfind("\n", max(0, found.start() - _LOOK_BACK), at)
        indent, start = found.start() - newline - 1, end
        while below := _NEXT_LINE.match(self._text, end):
            is_inner = len(below["indent"]) > indent or not below["rest"]
            is_mapping = not head.strip() and _MAPPING.match(self._text, end + 1)
            if not is_inner or is_mapping:
                break
            end = below.end()
        return (self._after(_WIDE_GAP, start), end) if end > start else None

    def _quoted(self, at: int) -> Span | None:
        """Return what stands in quotes, and what hangs on behind them."""
        opening = _OPENING.match(self._text, at)
        if opening is None:
            return None
        quote, start = opening[1], opening.end()
        if quote not in self._unclosed:
            end = self._after(_INSIDE[quote], start)
            if self._text.startswith(quote, end):
                tail = self._after(_TAIL, end + 1)
                return (start, end) if tail == end + 1 else (opening.start(), tail)
            self._unclosed.add(quote)
        return opening.start(), self._after(_LINE, start)

    def _listed(self, at: int) -> Span | None:
        """Return what stands between square brackets."""
        if not self._text.startswith("[", at):
            return None
        end = at + 1
        while end < len(self._text) and self._text[end] not in "]\n":
            quoted = self._quoted(end)
            end = quoted[1] + 1 if quoted else max(self._after(_SCALAR, end), end + 1)
        return at + 1, min(end, len(self._text))

    def _rest(self, at: int) -> Span | None:
        return self._run(_LINE, at)

    def _run(self, pattern: re.Pattern[str], at: int) -> Span | None:
        end = self._after(pattern, at)
        return (at, end) if end > at else None

    def _bare(self, name_at: int, at: int) -> Span | None:
        """Return a value without quotes of its own; others may be around it all."""
        end = self._after(_BARE, at)
        closing = self._closing(name_at, at, end)
        if closing == end:
            closing = at + len(self._text[at:end].rstrip("\"'`)],.:;}>"))
        return (at, closing) if closing > at else None

    def _closing(self, name_at: int, at: int, end: int) -> int:
        """Return where the quotes end that a name stands in, at most the end given."""
        mark = _LAST_MARK.match(self._text, self._looked, name_at)
        self._mark = self._mark if mark is None else mark[1]
        self._looked = name_at
        closer = _CLOSERS.get(self._mark)
        found = None if closer is None else closer.search(self._text, at, end + 1)
        return end if found is None else min(found.start(), end)

    def _after(self, pattern: re.Pattern[str], at: int) -> int:
        """Return where what a pattern matches from a place on ends."""
        found = pattern.match(self._text, at)
        return at if found is None else found.end()
