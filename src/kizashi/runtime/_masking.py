"""What must not reach a log: secrets, by the name of their field and by their value."""

import base64
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"

#: A shorter value would be found inside ordinary words and make logs unreadable.
SHORTEST_SECRET = 4

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|(^|[_-])pass$|secret|token|authori[sz]ation|api[_-]?key|credential"
    r"|cookie|private[_-]?key|signature|session[_-]?id",
    re.IGNORECASE,
)
#: Secrets that are known by their shape: our tokens, HTTP credentials, and the
#: password in a URL.
_SECRET_SHAPES = re.compile(
    r"kz_[A-Za-z0-9_-]{20,}"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
    r"|(?P<before>://[^\s/@:]*:)[^\s/@]+(?P<after>@)",
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
        return _SECRET_SHAPES.sub(_masked_shape, text)


def is_secret_name(name: str) -> bool:
    """Return whether a field of this name holds a secret, whatever its value."""
    return _SECRET_NAME.search(name) is not None


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
