"""Ask the AI service what a sentence says, without ever waiting long for it.

A call has a time limit. It is repeated once where a repeat may help, from a budget of a
tenth of all calls, so that repeats never become the load. After five failures in a
row the circuit opens: for five seconds nobody asks, then one call tries. Whenever there
is no answer the task is kept with its sentence as the title, and counted as degraded.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from api.tasks import Priority, Source, TaskText

MAX_TITLE = 200
_FAILURES_TO_OPEN = 5
_OPEN_S = 5.0
#: In tenths of a repeat, so that nothing is lost to rounding.
_EARNED_BY_A_CALL = 1
_COST_OF_A_REPEAT = 10
_MOST_SAVED = 100
_CLIENT_ERROR = 400
_SERVER_ERROR = 500


class AskError(Exception):
    """The AI service did not answer.

    Args:
        is_worth_repeating: Whether a second attempt may help: not after a time limit,
            where it would only add load.
    """

    def __init__(self, reason: str, *, is_worth_repeating: bool) -> None:
        super().__init__(reason)
        self.is_worth_repeating = is_worth_repeating


#: Sends a request's body; returns status and document, or raises AskError.
Ask = Callable[[dict[str, Any]], Awaitable[tuple[int, Any]]]


class Circuit(StrEnum):
    """Whether the AI service is asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass
class Breaker:
    """Opens after failures in a row, and lets one call through after a while.

    Args:
        timer: Seconds from any origin.
    """

    timer: Callable[[], float]
    failures: int = 0
    opened_s: float = 0.0
    is_trying: bool = False

    @property
    def state(self) -> Circuit:
        """Return the state now."""
        if self.failures < _FAILURES_TO_OPEN:
            return Circuit.CLOSED
        is_over = self.timer() - self.opened_s >= _OPEN_S
        return Circuit.HALF_OPEN if is_over else Circuit.OPEN

    def admit(self) -> bool:
        """Return whether a call may go through now."""
        if self.state is Circuit.CLOSED:
            return True
        if self.state is Circuit.OPEN or self.is_trying:
            return False
        self.is_trying = True
        return True

    def record(self, *, is_good: bool) -> None:
        """Learn how a call that was admitted ended."""
        self.is_trying = False
        self.failures = 0 if is_good else self.failures + 1
        if self.failures >= _FAILURES_TO_OPEN:
            self.opened_s = self.timer()


class Reader:
    """Makes a task's text of a sentence, with the AI service or without it.

    Args:
        ask: Asks the service once, within its time limit.
        timer: Seconds from any origin.
        registry: Where the calls are counted.
    """

    def __init__(
        self, ask: Ask, timer: Callable[[], float], registry: CollectorRegistry
    ) -> None:
        self._ask = ask
        self.breaker = Breaker(timer)
        self._saved = _MOST_SAVED
        self._calls = Counter(
            "ai_calls",
            "Calls to the AI service, by how they ended.",
            ["outcome"],
            registry=registry,
        )
        self._retried = Counter(
            "ai_retries", "Calls that were repeated.", registry=registry
        )
        is_open = Gauge(
            "ai_circuit_open", "1 while the AI service is not asked.", registry=registry
        )
        is_open.set_function(lambda: float(self.breaker.state is not Circuit.CLOSED))

    async def read(self, sentence: str, timezone: str) -> TaskText:
        """Return what the sentence says; never raises for the service's sake."""
        if not self.breaker.admit():
            self._calls.labels("circuit_open").inc()
            return unread(sentence, Source.DEGRADED)
        is_good = False
        try:
            text = await self._read(sentence, timezone)
            is_good = True
        except AskError:
            self._calls.labels("failed").inc()
            return unread(sentence, Source.DEGRADED)
        finally:
            # Also where the caller went away in the meantime: no call stays open.
            self.breaker.record(is_good=is_good)
        outcome = "unreadable" if text.source is Source.UNREADABLE else "good"
        self._calls.labels(outcome).inc()
        return text

    async def _read(self, sentence: str, timezone: str) -> TaskText:
        body = {"text": sentence, "timezone": timezone}
        self._saved = min(_MOST_SAVED, self._saved + _EARNED_BY_A_CALL)
        try:
            status, document = await self._ask(body)
        except AskError as error:
            if not error.is_worth_repeating or self._saved < _COST_OF_A_REPEAT:
                raise
            self._saved -= _COST_OF_A_REPEAT
            self._retried.inc()
            status, document = await self._ask(body)
        if _CLIENT_ERROR <= status < _SERVER_ERROR:
            return unread(sentence, Source.UNREADABLE)
        try:
            return _text(document)
        except (LookupError, TypeError, ValueError) as error:
            raise AskError(
                f"an answer that makes no sense: {error}", is_worth_repeating=False
            ) from None


def unread(sentence: str, source: Source) -> TaskText:
    """Return a task's text whose title is the sentence; what is cut is in the note."""
    title = " ".join(sentence.split())
    if len(title) <= MAX_TITLE:
        return TaskText(title, source=source)
    return TaskText(title[: MAX_TITLE - 1] + "…", note=sentence, source=source)


def _text(document: Mapping[str, Any]) -> TaskText:
    due = document["due"]
    title = str(document["title"])
    return TaskText(
        title=title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1] + "…",
        note="" if len(title) <= MAX_TITLE else title,
        due=date.fromisoformat(due["date"]) if due["date"] else None,
        due_time=time.fromisoformat(due["time"]) if due["time"] else None,
        priority=Priority(document["priority"]),
        people=tuple(map(str, document["people"])),
        places=tuple(map(str, document["places"])),
        source=Source.READ,
    )
