"""``kizashi demo``: the whole of it on this machine, ended by Ctrl-C."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, UsageError, complain, new_app
from kizashi.errors import DurationError
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.runtime.clock import SystemClock
from kizashi.runtime.demo import (
    API_PORT,
    KIZASHI_PORT,
    DemoError,
    DemoPlan,
    find_checkout,
    free_port,
    run_demo,
)

_FASTEST = 100.0
#: Three minutes, and enough requests that no second is without one.
_EXERCISE_MS = 180_000
_EXERCISE_RATE = 40.0
_LAST_PORT = 65_535
#: Days.
_LONGEST_PAST = 30
_LONGEST_MS = 24 * 3_600_000


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "demo", "demo.help", "demo.usage")

    def option(message_id: str) -> Parameter:
        return Parameter(help=render(language, message_id), show_default=False)

    exercise_option = Parameter(
        help=render(language, "demo.option.exercise"), negative=(), show_default=False
    )

    @app.default
    def demo(
        *,
        duration: Annotated[str, option("demo.option.duration")] = "30m",
        rate: Annotated[float, option("demo.option.rate")] = 10.0,
        port: Annotated[int, option("demo.option.port")] = KIZASHI_PORT,
        api_port: Annotated[int, option("demo.option.api_port")] = API_PORT,
        history: Annotated[int, option("demo.option.history")] = _LONGEST_PAST,
        exercise: Annotated[bool, exercise_option] = False,
    ) -> int:
        checkout = find_checkout()
        if checkout is None:
            raise UsageError(render(language, "demo.no_checkout"))
        if not 0 < rate <= _FASTEST:
            raise UsageError(render(language, "demo.bad_rate", given=rate))
        duration_ms = _duration_ms(duration, language)
        if not 0 <= history <= _LONGEST_PAST:
            raise UsageError(
                render(language, "demo.bad_history", given=history, most=_LONGEST_PAST)
            )
        for wanted in (port, api_port):
            if not 0 <= wanted <= _LAST_PORT:
                raise UsageError(render(language, "demo.bad_port", given=wanted))
        with TemporaryDirectory(prefix="kizashi-demo-") as folder:
            plan = DemoPlan(
                checkout=checkout,
                folder=Path(folder),
                language=language,
                duration_ms=duration_ms,
                rate=rate,
                api_port=_port(api_port, language),
                kizashi_port=_port(port, language),
                shows_status=sys.stdout.isatty(),
                history_days=None if exercise else history,
            )
            return _exercise(plan) if exercise else _run(plan)

    return app


def _run(plan: DemoPlan) -> int:
    def say(message_id: str, /, **params: object) -> None:
        # Flushed: whoever reads a pipe waits for the page, too.
        print(render(plan.language, message_id, **params), flush=True)

    try:
        asyncio.run(run_demo(plan, say, SystemClock()))
    except DemoError as error:
        told = render(plan.language, "demo.failed", part=error.part, log=error.log)
        complain(told)
        return Exit.PROBLEMS
    return Exit.OK


def _exercise(plan: DemoPlan) -> int:
    from kizashi.runtime.exercise import Exercise

    def say(message_id: str, /, **params: object) -> None:
        print(render(plan.language, message_id, **params), flush=True)

    plan = replace(plan, duration_ms=_EXERCISE_MS, rate=_EXERCISE_RATE)
    try:
        is_good = asyncio.run(Exercise(plan, say, SystemClock()).run())
    except DemoError as error:
        told = render(plan.language, "demo.failed", part=error.part, log=error.log)
        complain(told)
        return Exit.PROBLEMS
    return Exit.OK if is_good else Exit.PROBLEMS


def _port(wanted: int, language: str) -> int:
    """Return the wanted port, or a free one after saying so."""
    port = free_port(wanted)
    if wanted not in {0, port}:
        print(render(language, "demo.port_taken", wanted=wanted, port=port))
    return port


def _duration_ms(text: str, language: str) -> int:
    try:
        duration_ms = parse_duration(text)
    except DurationError:
        duration_ms = 0
    if duration_ms % 1000 or not 0 < duration_ms <= _LONGEST_MS:
        raise UsageError(render(language, "demo.bad_duration", given=text))
    return duration_ms
