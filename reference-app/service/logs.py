"""Logs: one JSON object a line, on standard error.

Whatever a client sends is escaped, so that one record is one line. Texts that people
write are never logged.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

#: What `extra=` may add to a record.
_EXTRAS = (
    "request_id", "trace_id", "method", "route", "status", "duration_ms", "outcome",
)  # fmt: skip


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; control and direction characters come out escaped."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key in _EXTRAS if (value := _extra(record, key))}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def _extra(record: logging.LogRecord, key: str) -> object:
    return getattr(record, key, None)


def log_as_json(service: str, stream: TextIO = sys.stderr) -> None:
    """Send every record of this process to a stream as JSON."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # uvicorn brings handlers of its own; its records go the same way.
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
