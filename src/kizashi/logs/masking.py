"""What must not reach a log: secrets, by the name of their field and by their value."""

import base64
import json
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from kizashi.logs.secret_names import is_secret_name, is_secret_parameter
from kizashi.logs.secret_shapes import secret_spans

MASK = "***"

#: A shorter value would be found inside ordinary words and make logs unreadable.
SHORTEST_SECRET = 4

_ESCAPE = re.compile(r"%[0-9A-F]{2}")


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
        parts, place = [], 0
        for start, end in secret_spans(text):
            parts += [text[place:start], MASK]
            place = end
        return "".join([*parts, text[place:]])

    def labels(self, labels: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return labels with those masked that hold a secret, by name or by value."""
        return {
            name: MASK if value and _holds_secret(name) else self.mask(value)
            for name, value in labels
        }


def _holds_secret(label: str) -> bool:
    is_sent = label.startswith("__param_") and is_secret_parameter(label)
    return is_sent or is_secret_name(label)


def _forms(value: str) -> set[str]:
    octets = value.encode("utf-8", "surrogatepass")
    once = quote(value, safe="", errors="replace")
    escaped = {once, quote(once, safe=""), quote_plus(value, errors="replace")}
    return {
        value,
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        *escaped,
        *(_ESCAPE.sub(lambda found: found[0].lower(), one) for one in escaped),
        base64.b64encode(octets).decode(),
        base64.urlsafe_b64encode(octets).decode(),
    }
