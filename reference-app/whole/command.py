"""Run the whole application and Kizashi in front of it, on this machine only.

Everything listens on 127.0.0.1, keeps its things in a temporary folder, and ends with
this process. `./kz demo` is the way in.
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path

from kizashi.clock import SystemClock
from whole.children import Children
from whole.demo import Demo
from whole.exercise import DURATION, RATE, Exercise
from whole.parts import MORE_PORTS, PARTS, Part
from whole.people import write_private
from whole.plan import Plan, free_port
from whole.running import House, PartError, until_told
from whole.sink import Sink
from whole.words import LANGUAGES, Say, speaker


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C or the traffic's end; return 0, or 1 where a part fails."""
    options = _parse(arguments)
    say = speaker(options.language)
    # The emulator's root user: worth nothing elsewhere.
    os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    with tempfile.TemporaryDirectory(prefix="kizashi-demo-") as folder:
        try:
            return 0 if _run(options, Path(folder), say) else 1
        except PartError as error:
            failed = error
        say("failed", part=failed.part, log=failed.log)
        return 1


def _run(options: argparse.Namespace, folder: Path, say: Say) -> bool:
    clock = SystemClock()
    if not options.exercise:
        plan = _plan(options, folder, say, hook=None)
        return asyncio.run(_tell(plan, say, None))
    with Sink(clock) as sink:
        plan = _plan(options, folder, say, hook=sink.url)
        return asyncio.run(_tell(plan, say, sink))


def _plan(
    options: argparse.Namespace, folder: Path, say: Say, hook: str | None
) -> Plan:
    wanted = {name: port for part in PARTS for name, port in part.ports.items()}
    wanted |= MORE_PORTS
    if options.free_ports:
        wanted = dict.fromkeys(wanted, 0)
    if options.port is not None:
        wanted["kizashi"] = options.port
    ports: dict[str, int] = {}
    for name, port in wanted.items():
        ports[name] = free_port(port)
        while list(ports.values()).count(ports[name]) > 1:
            ports[name] = free_port(0)
        if port not in {0, ports[name]}:
            say("port_taken", part=name, wanted=port, port=ports[name])
    plan = Plan(
        folder=folder,
        python=options.python,
        rate=RATE if hook else options.rate,
        duration=DURATION if hook else options.duration,
        language=options.language,
        ports=ports,
        parts=frozenset(part.name for part in PARTS),
        history_days=options.history,
        hook=hook,
        shows_status=sys.stdout.isatty(),
    )
    return _without_missing(plan, say)


def _without_missing(plan: Plan, say: Say) -> Plan:
    """Return the plan without the parts that this machine cannot run, each named."""
    missing = {part.name: lack for part in PARTS if (lack := part.missing(plan))}
    for part in PARTS:
        if part.name in missing:
            why = missing[part.name][plan.language]
            say("missing", part=part.title[plan.language], why=why)
    return replace(plan, parts=plan.parts - missing.keys())


async def _tell(plan: Plan, say: Say, sink: Sink | None) -> bool:
    parts: list[Part] = [part for part in PARTS if part.name in plan.parts]
    titles = ", ".join(part.title[plan.language] for part in parts)
    say("exercise.starting" if sink else "starting", parts=titles)
    write_private(plan.admin_token, secrets.token_urlsafe(24))
    async with Children(plan.folder) as children:
        house = House(plan, parts, say, SystemClock(), children)
        told = Exercise(house, sink).tell() if sink else Demo(house).tell()
        # A demo is ended by a signal; an exercise that is was not told to its end.
        is_good = await until_told(
            _beside(house, told), lambda: say("stopping"), otherwise=sink is None
        )
    say("ended")
    return is_good


async def _beside(house: House, story: Coroutine[None, None, bool]) -> bool:
    """Tell a story while the parts are kept running.

    Raises:
        PartError: If a part does not run.
    """
    keeping, telling = asyncio.create_task(house.keep()), asyncio.create_task(story)
    try:
        await asyncio.wait({keeping, telling}, return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            return await telling
        await keeping
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    finally:
        for task in (keeping, telling):
            task.cancel()
        await asyncio.gather(keeping, telling, return_exceptions=True)
    return False


def _first(errors: BaseExceptionGroup) -> BaseException:
    """Return the first error of a group, however deep."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; `kizashi demo` has checked them."""
    parser = argparse.ArgumentParser(prog="reference-app demo", description=__doc__)
    parser.add_argument("--python", required=True, help="with requirements/local.txt")
    parser.add_argument("--rate", type=float, default=10, help="requests a second")
    parser.add_argument("--duration", default="30m", help="of the traffic")
    parser.add_argument("--history", type=int, default=0, help="days, simulated")
    parser.add_argument("--port", type=int, help="Kizashi's")
    parser.add_argument("--free-ports", action="store_true", help="any, for all parts")
    parser.add_argument(
        "--exercise", action="store_true", help="tell the story, unattended"
    )
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    return parser.parse_args(arguments)
