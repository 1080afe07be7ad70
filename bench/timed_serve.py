"""`kizashi serve` with stopwatches: CPU by stage, told on standard error.

Takes the arguments of `kizashi`. SIGUSR1 starts the stopwatches anew, SIGUSR2 tells
what they show, so that neither start nor stop is in it. A stage's CPU is that of the thread it runs in; what no stage takes is the
event loop itself, its timers, and the HTTP server. With `--no-alerts` before the
arguments there are no stopwatches, and alerts are not stepped: what is left is scrape,
ledger and windows.
"""

import functools
import json
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from kizashi.cli import main
from kizashi.ledger.engine import Engine
from kizashi.scrape.fetch import HttpFetcher
from kizashi.scrape.page import PageReader
from kizashi.server.alert_recorder import AlertRecorder
from kizashi.server.feed import ScrapeFeed
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

Anything = Callable[..., Any]

_TAKEN: dict[str, list[float]] = {}
_BEGAN = [0.0]
_STAGES: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("parse and name", PageReader, ("read",)),
    ("count", Engine, ("landed", "started")),
    ("close slices", Engine, ("tick",)),
    ("store", SqliteSamples, ("append",)),
    ("housekeeping", SqliteSamples, ("seal", "expire", "size_bytes")),
    ("housekeeping", SqliteLedger, ("write", "expire")),
)
_STEPPED: tuple[tuple[str, type, str], ...] = (
    ("fetch", HttpFetcher, "fetch"),
    ("feed, counting included", ScrapeFeed, "_landed"),
    ("step alerts", AlertRecorder, "step"),
)


def note(stage: str, began: float, calls: int) -> None:
    """Add the thread's CPU since a time to a stage."""
    sums = _TAKEN.setdefault(stage, [0.0, 0])
    sums[0] += time.thread_time() - began
    sums[1] += calls


def timed(stage: str, call: Anything) -> Anything:
    """A function that adds the CPU of its thread to a stage."""

    @functools.wraps(call)
    def wrapper(*args: object, **options: object) -> object:
        began = time.thread_time()
        try:
            return call(*args, **options)
        finally:
            note(stage, began, 1)

    return wrapper


class Steps:
    """Awaits a coroutine and adds the CPU of each of its steps to a stage."""

    def __init__(self, stage: str, work: Coroutine[object, object, object]) -> None:
        self._stage = stage
        self._work = work

    def __await__(self) -> Generator[object, object, object]:
        told: object = None
        error: BaseException | None = None
        calls = 1
        while True:
            began = time.thread_time()
            try:
                step = (
                    self._work.send(told) if error is None else self._work.throw(error)
                )
            except StopIteration as done:
                return done.value
            finally:
                note(self._stage, began, calls)
                calls = 0
            told, error = None, None
            try:
                told = yield step
            except BaseException as thrown:  # noqa: BLE001 - passed on as it came
                error = thrown


def stepped(stage: str, call: Anything) -> Anything:
    """A coroutine function whose steps are timed."""

    @functools.wraps(call)
    async def wrapper(*args: object, **options: object) -> object:
        return await Steps(stage, call(*args, **options))

    return wrapper


async def rest(*_: object, **_options: object) -> None:
    """Step no alert."""


def serve() -> None:
    """Serve, and tell when asked."""
    if sys.argv[1] == "--no-alerts":
        del sys.argv[1]
        AlertRecorder.step = rest  # type: ignore[method-assign]
        main()
        return
    for stage, owner, names in _STAGES:
        for name in names:
            setattr(owner, name, timed(stage, getattr(owner, name)))
    for stage, owner, name in _STEPPED:
        setattr(owner, name, stepped(stage, getattr(owner, name)))

    def anew(*_: object) -> None:
        _TAKEN.clear()
        _BEGAN[0] = time.process_time()

    def tell(*_: object) -> None:
        _TAKEN["everything"] = [time.process_time() - _BEGAN[0], 1]
        print(json.dumps(_TAKEN), file=sys.stderr, flush=True)

    signal.signal(signal.SIGUSR1, anew)
    signal.signal(signal.SIGUSR2, tell)
    main()


if __name__ == "__main__":
    serve()
