"""What is counted: one line of the log, one request. Whole numbers only."""

import json
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

from edge.rules import HEALTH, OTHER, ROUTES

#: Upper edges in milliseconds; 2,000 is the objective's threshold.
EDGES_MS = (5, 10, 25, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ROUTES = frozenset(ROUTES)
_ANSWERS = frozenset({"full", "degraded"})
_STATUS_DIGITS, _FRACTION_DIGITS = 3, 3


@dataclass(slots=True)
class Count:
    """How often, and since when.

    Attributes:
        value: Events.
        created_s: Unix seconds of its birth: later than any scrape that lacks it.
    """

    value: int
    created_s: float


@dataclass(slots=True)
class Durations:
    """A histogram; `buckets` has one count for each edge and one beyond, not summed up."""

    created_s: float
    buckets: list[int] = field(default_factory=lambda: [0] * (len(EDGES_MS) + 1))
    sum_ms: int = 0


@dataclass(slots=True)
class Counts:
    """Everything that is shown.

    Attributes:
        requests: By method, route, status and answer; of users only.
        durations: By route and class of status; of users only.
        health: Health checks that came through the door, by status.
        checks: Our own checks of the door, by outcome.
        lines: Lines read, good or bad.
        bad_lines: Lines that were none of the log's.
    """

    requests: dict[tuple[str, str, str, str], Count] = field(default_factory=dict)
    durations: dict[tuple[str, str], Durations] = field(default_factory=dict)
    health: dict[str, Count] = field(default_factory=dict)
    checks: dict[str, Count] = field(default_factory=dict)
    lines: int = 0
    bad_lines: int = 0

    def add_lines(self, lines: list[bytes], now: float) -> None:
        """Count lines; one that is not of the log's form is counted as bad.

        Args:
            lines: Without their ends.
            now: Unix seconds.
        """
        for line in lines:
            self.lines += 1
            try:
                self._add(_decoded(line), now)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                self.bad_lines += 1

    def add_bad(self) -> None:
        """Count a line that was too long to be read."""
        self.lines += 1
        self.bad_lines += 1

    def add_check(self, outcome: str, now: float) -> None:
        """Count a check of the door."""
        _increase(self.checks, outcome, now)

    def _add(self, line: Any, now: float) -> None:  # noqa: ANN401 - foreign JSON
        status, route = line["status"], line["route"]
        if not (
            len(status) == _STATUS_DIGITS and status.isascii() and status.isdigit()
        ):
            raise ValueError(status)
        took_ms = _milliseconds(line["seconds"])
        route = route if route in _ROUTES else OTHER
        if route == HEALTH:
            _increase(self.health, status, now)
            return
        method, answer = line["method"], line["answer"]
        key = (
            method if method in _METHODS else "OTHER",
            route,
            status,
            answer if answer in _ANSWERS else "full",
        )
        _increase(self.requests, key, now)
        found = self.durations.get((route, status[0]))
        if found is None:
            found = self.durations[route, status[0]] = Durations(now)
        # An edge belongs to the bucket below it: le means at most.
        found.buckets[bisect_left(EDGES_MS, took_ms)] += 1
        found.sum_ms += took_ms


def _increase(counts: dict[Any, Count], key: object, now: float) -> None:
    found = counts.get(key)
    if found is None:
        counts[key] = Count(1, now)
    else:
        found.value += 1


def _decoded(line: bytes) -> Any:  # noqa: ANN401 - foreign JSON
    try:
        return json.loads(line)
    except UnicodeDecodeError:
        # A path may hold any byte; nginx writes it down as it came.
        return json.loads(line.decode("utf-8", "replace"))


def _milliseconds(text: str) -> int:
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not whole or len(fraction) != _FRACTION_DIGITS:
        raise ValueError(text)
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return int(digits)
