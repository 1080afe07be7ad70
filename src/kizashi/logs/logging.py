"""Logs: one record a line on stderr, JSON for machines and text for a terminal.

Whatever a record holds is hostile. Line ends, escape sequences and characters that
reorder text are written as escapes, so that nobody can forge a record or paint over
one; secrets are masked by the name of their field and by their value.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

import msgspec

from kizashi.errors import InputError
from kizashi.logs.limits import LimitedHandler
from kizashi.logs.masking import MASK, Masker
from kizashi.logs.secret_names import is_secret_name

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

#: Characters of one text that are kept; the rest is counted.
LONGEST_TEXT = 8192
_DEEPEST = 6
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

#: Controls, and what moves or hides text: bidirectional marks, zero-width characters,
#: line and paragraph separators, tags.
_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_MASKER = Masker()


class LogStyle(StrEnum):
    """How records are written; `auto` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


def configure(
    level: str = "info",
    *,
    style: LogStyle = LogStyle.AUTO,
    stream: TextIO | None = None,
) -> None:
    """Send every record of the process, uvicorn's and warnings too, to one stream.

    What one line of code writes again and again is left out and counted, unless the
    level is debug.

    Args:
        level: One of `LEVELS`.
        style: How records are written.
        stream: Where to; stderr when None.

    Raises:
        InputError: If the level is unknown.
    """
    if level not in LEVELS:
        raise InputError(f"log level {level!r}: expected one of {', '.join(LEVELS)}")
    target = sys.stderr if stream is None else stream
    text = style is LogStyle.TEXT or (style is LogStyle.AUTO and target.isatty())
    is_whole = level == "debug"
    handler = logging.StreamHandler(target) if is_whole else LimitedHandler(target)
    handler.setFormatter(TextFormatter(_MASKER) if text else JsonFormatter(_MASKER))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    logging.captureWarnings(capture=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # One line a request says little and costs much; it is there for who asks.
    quiet = logging.NOTSET if level == "debug" else logging.WARNING
    logging.getLogger("uvicorn.access").setLevel(quiet)


def mask_secrets(values: Iterable[str]) -> None:
    """Mask these values in every record from now on.

    Values shorter than four characters are not masked: they would be found inside
    ordinary words.
    """
    _MASKER.add(values)


def masker() -> Masker:
    """Return what knows the secrets of this process."""
    return _MASKER


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: ts, level, logger, message, then fields."""

    def __init__(self, masker: Masker) -> None:
        super().__init__()
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON without a line end."""
        content = _content(record, self._masker)
        encoded = msgspec.json.encode(content, enc_hook=repr).decode()
        return _DANGEROUS.sub(_json_escape, encoded)


class TextFormatter(logging.Formatter):
    """Formats a record for a person; further lines of a record are indented."""

    def __init__(self, masker: Masker) -> None:
        super().__init__()
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, and its stack, if any, as indented lines."""
        content = _content(record, self._masker)
        stack = content.pop("stack", "")
        when = str(content.pop("ts"))[11:23]
        level = str(content.pop("level")).upper()
        head = [when, f"{level:7}", str(content.pop("logger"))]
        message = str(content.pop("message"))
        fields = [f"{k}={_text_value(v)}" for k, v in content.items()]
        line = printable(" ".join([*head, message, *fields]))
        lines = [f"    {printable(text)}" for text in str(stack).splitlines()]
        return "\n".join([line, *lines])


def _content(record: logging.LogRecord, masker: Masker) -> dict[str, object]:
    when = datetime.fromtimestamp(record.created, UTC)
    content: dict[str, object] = {
        "ts": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": _clean(record.name, masker),
        "message": _clean(_message(record), masker),
    }
    for name, value in vars(record).items():
        if name not in _ORDINARY and name not in content and name != "color_message":
            key = str(_clean(name, masker))
            content[key] = MASK if is_secret_name(name) else _clean(value, masker)
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        content["error"] = type(error).__qualname__
        content["stack"] = _clean("".join(traceback.format_exception(error)), masker)
    return content


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg!s} (its arguments do not fit)"


def _clean(value: object, masker: Masker, depth: int = 0) -> object:
    """Return a value that JSON can hold, without secrets and of bounded size."""
    if value is None or isinstance(value, bool):
        return value
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(_clean(str(k), masker)): (
                MASK if is_secret_name(str(k)) else _clean(v, masker, depth + 1)
            )
            for k, v in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, masker, depth + 1) for item in value]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    masked = masker.mask(text.encode("utf-8", "backslashreplace").decode())
    if isinstance(value, int | float) and masked == text:
        # Integers beyond 64 bits are no JSON number that a reader can rely on.
        return value if isinstance(value, float) or value.bit_length() < 64 else text  # noqa: PLR2004
    rest = len(masked) - LONGEST_TEXT
    return masked if rest <= 0 else f"{masked[:LONGEST_TEXT]}… ({rest} more)"


def _text_value(value: object) -> str:
    encoded = msgspec.json.encode(value, enc_hook=repr).decode()
    plain = encoded[1:-1]
    is_plain = isinstance(value, str) and value == plain and " " not in value and value
    return plain if is_plain else encoded


def printable(text: str) -> str:
    """Return a text on one line, without what moves, hides or colours text."""
    return _DANGEROUS.sub(_python_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(
        f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)
    )


def _python_escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
