"""What must not reach a log: secrets, by the name of their field and by their value."""

import base64
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote, unquote

MASK = "***"

#: A shorter value would be found inside ordinary words and make logs unreadable.
SHORTEST_SECRET = 4

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|(^|[_-])pass$|secret|token|authori[sz]ation|api[_-]?key|credential"
    r"|cookie|(private|access|secret|signing|account|shared)[_-]?key|signature"
    r"|session[_-]?id|(^|[_-])(pwd|jwt|otp)$",
    re.IGNORECASE,
)
#: What else holds a secret among the parameters of an address.
_SECRET_PARAMETER = re.compile(
    r"(^|[._-])(key|sig|sign|auth|pass|pw|code|hmac|sas)$", re.IGNORECASE
)
#: The name of a parameter of an address, wherever it stands in a text; escaped, too.
_PARAMETER = re.compile(
    r"(?:(?<=[?&;])|(?<=%3F)|(?<=%26)|(?<=%3B))"
    r"(?P<name>[^\s?&;=#\"'<>]{1,200}?)(?:=|%3D)",
    re.IGNORECASE,
)
_PARAMETER_VALUE = re.compile(r"[^\s&;?#\"'<>]+")
#: Secrets that are known by their shape: our tokens, HTTP credentials, and what
#: stands before a URL's host: the password, or all of it where a token stands alone.
_SECRET_SHAPES = re.compile(
    r"kz_[A-Za-z0-9_-]{20,}"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
    r"|(?P<before>://(?:[^\s/?#@:\"'<>]*:)?)[^\s/?#\"'<>]+(?P<after>@)",
    re.IGNORECASE,
)


class Masker:
    """Replaces secrets in texts; values may be added at any time, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None

    def add(self, values: Iterable[str]) -> None:
        """Mask these values from now on, also where they are quoted or in base64."""
        forms = {
            form for v in values if len(v) >= SHORTEST_SECRET for form in _forms(v)
        }
        with self._lock:
            self._values = self._values | forms
            if self._values:
                # The longest first: one secret may begin another.
                ordered = sorted(self._values, key=lambda v: (-len(v), v))
                self._known = re.compile("|".join(map(re.escape, ordered)))

    def mask(self, text: str) -> str:
        """Return the text with every secret in it replaced."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _SECRET_SHAPES.sub(_masked_shape, text)
        return _without_parameters(text)

    def labels(self, labels: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return labels with those masked that hold a secret, by name or by value."""
        return {
            name: MASK if value and is_secret_name(name) else self.mask(value)
            for name, value in labels
        }


def is_secret_name(name: str) -> bool:
    """Return whether a field of this name holds a secret, whatever its value."""
    return _SECRET_NAME.search(name) is not None


def is_secret_parameter(name: str) -> bool:
    """Return whether a parameter of an address holds a secret, by its name."""
    return is_secret_name(name) or _SECRET_PARAMETER.search(name) is not None


def _without_parameters(text: str) -> str:
    """Return a text with the values of secret parameters replaced."""
    parts, place = [], 0
    while found := _PARAMETER.search(text, place):
        parts.append(text[place : found.end()])
        place = found.end()
        # Escapes in a name hide nothing from the server that reads it.
        if is_secret_parameter(unquote(found["name"])):
            value = _PARAMETER_VALUE.match(text, place)
            if value is not None:
                parts.append(MASK)
                place = value.end()
    return "".join([*parts, text[place:]])


def _forms(value: str) -> set[str]:
    octets = value.encode("utf-8", "surrogatepass")
    return {
        value,
        repr(value)[1:-1],
        quote(value, safe="", errors="replace"),
        base64.b64encode(octets).decode(),
        base64.urlsafe_b64encode(octets).decode(),
    }


def _masked_shape(found: re.Match[str]) -> str:
    before = found["scheme"] or found["before"] or ""
    return before + MASK + (found["after"] or "")
