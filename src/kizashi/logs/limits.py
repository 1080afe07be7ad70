"""How much may be logged: so much of one kind a minute, so much in all.

Anybody who can make us write a line can fill a disk with lines. What is left out is
counted, and the count is a record of its own; the first records of each kind, which
say what happened, are always there.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

WINDOW_S = 60.0
#: Records that one line of code may write in a window.
MOST_ALIKE = 30
#: Bytes of all records in a window.
MOST_BYTES = 900_000
#: Notifications that are delivered into the log are no news of ours to leave out.
_NEVER_LIMITED = frozenset({"kizashi.notify.log"})

#: What tells one kind of record from another.
Kind = tuple[str, int, int, str]
StartTimer = Callable[[float, Callable[[], None]], None]


@dataclass(slots=True)
class _Window:
    """The records of one kind since a time."""

    since_s: float
    logger: str
    message: str
    written: int = 0
    left_out: int = 0


@dataclass(slots=True)
class LogLimits:
    """Counts records, and says which are left out. Pure; times are Unix seconds."""

    _windows: dict[Kind, _Window] = field(default_factory=dict)
    _since_s: float = 0.0
    _bytes: int = 0

    def admit(self, record: logging.LogRecord, line: Callable[[], str]) -> str | None:
        """Return the line of a record that is written; None counts it as left out.

        Args:
            record: The record.
            line: Returns its line; not called where a flood is left out anyway.
        """
        now_s = record.created
        if abs(now_s - self._since_s) >= WINDOW_S:
            self._since_s, self._bytes = now_s, 0
        kind = _kind(record)
        window = self._windows.get(kind)
        if window is None:
            message = str(record.msg)[:200]
            window = self._windows[kind] = _Window(now_s, record.name, message)
        is_limited = record.name not in _NEVER_LIMITED
        if is_limited and window.written >= MOST_ALIKE:
            window.left_out += 1
            return None
        written = line()
        if is_limited and self._bytes + len(written) > MOST_BYTES:
            window.left_out += 1
            return None
        window.written += 1
        self._bytes += len(written)
        return written

    def over(self, now_s: float) -> list[logging.LogRecord]:
        """End the windows whose time is over; return a record of what each left out."""
        ended = [
            (kind, window)
            for kind, window in self._windows.items()
            # A time of day that went back ends a window as well.
            if abs(now_s - window.since_s) >= WINDOW_S
        ]
        for kind, _ in ended:
            del self._windows[kind]
        return [_summary(kind, w, now_s) for kind, w in ended if w.left_out]

    def everything(self) -> list[logging.LogRecord]:
        """Return a record of what each window has left out so far, and begin anew."""
        windows, self._windows = self._windows, {}
        return [
            _summary(kind, window, window.since_s + WINDOW_S)
            for kind, window in windows.items()
            if window.left_out
        ]


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes records to a stream, within limits."""

    def __init__(self, stream: TextIO, start_timer: StartTimer | None = None) -> None:
        """Write to a stream.

        Args:
            stream: Where to.
            start_timer: Calls something after so many seconds; a thread when None.
        """
        super().__init__(stream)
        self._limits = LogLimits()
        self._start_timer = start_timer or _start_thread
        self._is_timed = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it; to a stream that has been closed, nothing."""
        if self.stream.closed:
            return
        try:
            self._write(self._limits.over(record.created))
            line = self._limits.admit(record, lambda: self.format(record))
            if line is not None:
                self.stream.write(line + self.terminator)
                self.flush()
            elif not self._is_timed:
                self._is_timed = True
                # Nothing else may be logged by then.
                self._start_timer(WINDOW_S, self._tell)
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001 - as every handler of the standard library
            self.handleError(record)

    def close(self) -> None:
        """Tell what was left out, and end."""
        self._tell()
        super().close()

    def _tell(self) -> None:
        self.acquire()
        try:
            self._is_timed = False
            self._write(self._limits.everything())
        finally:
            self.release()

    def _write(self, records: list[logging.LogRecord]) -> None:
        if self.stream.closed:
            return
        for record in records:
            self.stream.write(self.format(record) + self.terminator)
        if records:
            self.flush()


def _start_thread(seconds: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


def _kind(record: logging.LogRecord) -> Kind:
    error = record.exc_info[0] if record.exc_info else None
    name = "" if error is None else error.__qualname__
    return record.pathname, record.lineno, record.levelno, name


def _summary(kind: Kind, window: _Window, now_s: float) -> logging.LogRecord:
    path, line, level, _ = kind
    record = logging.LogRecord(
        window.logger,
        level,
        path,
        line,
        "%d more records like this were left out: %s",
        (window.left_out, window.message),
        None,
    )
    record.created = now_s
    return record
