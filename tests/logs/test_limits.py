"""A flood of records is cut and counted; its first records are always there."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest

from kizashi.logs import limits as log_limits
from kizashi.logs.limits import MOST_ALIKE, MOST_BYTES, LimitedHandler


class Timers:
    """Calls what is due when a test says so."""

    def __init__(self) -> None:
        self.started: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> None:
        self.started.append((seconds, call))


class Log:
    """A log into memory; `at` writes records as if it were so many seconds later."""

    def __init__(self) -> None:
        self.stream, self.timers = io.StringIO(), Timers()
        self.handler = LimitedHandler(self.stream, self.timers)
        self.handler.setFormatter(
            logging.Formatter("%(levelname)s %(name)s %(message)s")
        )

    def at(
        self,
        seconds: float,
        message: str = "again %d",
        *args: object,
        name: str = "kizashi.test",
        line: int = 7,
        error: Exception | None = None,
    ) -> None:
        info = None if error is None else (type(error), error, None)
        args = args if args or "%" not in message else (seconds,)
        record = logging.LogRecord(
            name, logging.WARNING, "/a.py", line, message, args, info
        )
        record.created = 1_800_000_000 + seconds
        self.handler.handle(record)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    yield made
    made.handler.close()


def test_the_first_of_a_kind_are_written_and_the_rest_is_counted(log: Log):
    for n in range(1_000):
        log.at(n * 0.01)
    assert len(log.lines()) == MOST_ALIKE

    log.at(61)

    assert log.lines()[MOST_ALIKE:] == [
        "WARNING kizashi.test 970 more records like this were left out: again %d",
        "WARNING kizashi.test again 61",
    ]


def test_what_was_left_out_is_told_even_if_nothing_follows(log: Log):
    for _ in range(40):
        log.at(0)
    ((seconds, call),) = log.timers.started
    assert seconds == 60

    call()

    assert log.lines()[-1].startswith("WARNING kizashi.test 10 more records like this")
    for _ in range(40):
        log.at(70)
    assert len(log.timers.started) == 2


def test_the_end_of_the_process_tells_it_too(log: Log):
    for _ in range(31):
        log.at(0)
    log.handler.close()
    assert log.lines()[-1].startswith("WARNING kizashi.test 1 more record")


def test_one_kind_takes_nothing_from_another(log: Log):
    for _ in range(100):
        log.at(0)
    log.at(1, "elsewhere", line=8)
    log.at(1, "with an error", error=OSError())
    log.at(1, "with another", error=KeyError())
    assert sum("elsewhere" in line for line in log.lines()) == 1
    assert sum("with an" in line for line in log.lines()) == 2


def test_all_kinds_together_are_bounded(log: Log):
    for n in range(2_000):
        log.at(n * 0.02, "x" * 1_000, line=n)
    assert MOST_BYTES * 0.99 < len(log.stream.getvalue()) <= MOST_BYTES * 1.01


def test_a_notification_into_the_log_is_never_left_out(log: Log):
    for _ in range(500):
        log.at(0, "firing", name="kizashi.notify.log")
    assert len(log.lines()) == 500


def test_a_time_of_day_that_goes_back_lets_records_through_again(log: Log):
    for _ in range(100):
        log.at(0)
    log.at(-7_200)
    assert log.lines()[-1] == "WARNING kizashi.test again -7200"


def test_by_itself_a_thread_tells_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_limits, "WINDOW_S", 0.01)
    stream = io.StringIO()
    handler = LimitedHandler(stream)
    record = logging.LogRecord("a", logging.ERROR, "/a.py", 1, "again", (), None)
    for _ in range(40):
        handler.handle(record)
    while "10 more" not in stream.getvalue():
        pass
    handler.close()


def test_a_log_whose_stream_was_closed_takes_nothing_and_complains_of_nothing(log: Log):
    for second in range(MOST_ALIKE + 5):
        log.at(second / 1_000)
    (_, tell) = log.timers.started[0]
    log.stream.close()

    log.at(1)
    tell()
    log.handler.close()
