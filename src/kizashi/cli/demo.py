"""``kizashi demo``: the whole of it on this machine, ended by Ctrl-C.

What is run, and how it is told, is the reference application's own: this command checks
the options and becomes it.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

import kizashi
from kizashi.cli._base import UsageError, new_app
from kizashi.errors import DurationError
from kizashi.messages import render
from kizashi.model.durations import format_duration, parse_duration

_FASTEST = 100.0
_LAST_PORT = 65_535
#: Days.
_LONGEST_PAST = 30
_LONGEST_MS = 24 * 3_600_000


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "demo", "demo.help", "demo.usage")

    def option(message_id: str) -> Parameter:
        return Parameter(help=render(language, message_id), show_default=False)

    def flag(message_id: str) -> Parameter:
        text = render(language, message_id)
        return Parameter(help=text, negative=(), show_default=False)

    @app.default
    def demo(  # noqa: PLR0913 - each is an option of the command line
        *,
        duration: Annotated[str, option("demo.option.duration")] = "30m",
        rate: Annotated[float, option("demo.option.rate")] = 10.0,
        port: Annotated[int | None, option("demo.option.port")] = None,
        free_ports: Annotated[bool, flag("demo.option.free_ports")] = False,
        history: Annotated[int, option("demo.option.history")] = _LONGEST_PAST,
        exercise: Annotated[bool, flag("demo.option.exercise")] = False,
        services_python: Annotated[
            Path | None, option("demo.option.services_python")
        ] = None,
    ) -> int:
        checkout = find_checkout()
        if checkout is None:
            raise UsageError(render(language, "demo.no_checkout"))
        if not 0 < rate <= _FASTEST:
            raise UsageError(render(language, "demo.bad_rate", given=rate))
        if not 0 <= history <= _LONGEST_PAST:
            raise UsageError(
                render(language, "demo.bad_history", given=history, most=_LONGEST_PAST)
            )
        if port is not None and not 0 <= port <= _LAST_PORT:
            raise UsageError(render(language, "demo.bad_port", given=port))
        command = [sys.executable, str(checkout / "reference-app"), "demo"]
        command += ["--language", language, "--rate", f"{rate:g}"]
        command += ["--duration", _duration(duration, language)]
        command += ["--history", str(history)]
        command += ["--python", _services_python(services_python, language)]
        command += [] if port is None else ["--port", str(port)]
        command += ["--free-ports"] if free_ports else []
        command += ["--exercise"] if exercise else []
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - a program of ours, no shell

    return app


def find_checkout() -> Path | None:
    """Return the checkout that this code runs from, None where it was installed."""
    folder = Path(kizashi.__file__).resolve().parents[2]
    return folder if (folder / "reference-app" / "__main__.py").is_file() else None


def _services_python(given: Path | None, language: str) -> str:
    """Return the interpreter of the services: they share no package with Kizashi."""
    python = given or Path(sys.prefix).parent / "local" / "bin" / "python"
    if not python.is_file():
        raise UsageError(render(language, "demo.no_services", given=python))
    # Not resolved: a virtual environment is known by where its link is.
    return str(python.absolute())


def _duration(text: str, language: str) -> str:
    try:
        duration_ms = parse_duration(text)
    except DurationError:
        duration_ms = 0
    if duration_ms % 1000 or not 0 < duration_ms <= _LONGEST_MS:
        raise UsageError(render(language, "demo.bad_duration", given=text))
    return format_duration(duration_ms)
