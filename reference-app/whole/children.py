"""Processes that this one starts, and none of which outlives it."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from whole.leash import leashed

_GRACE_S = 10.0
_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Child:
    """A process in a group of its own, on a leash.

    Attributes:
        name: What people call it.
        process: The process itself.
        output: Where its standard output goes.
        log: Where its standard error goes.
    """

    name: str
    process: asyncio.subprocess.Process
    output: Path
    log: Path

    def tail(self) -> str:
        """Return the last lines that it wrote."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])


class Children:
    """Starts processes and, on leaving, stops every one: politely, then for good."""

    def __init__(self, folder: Path, grace_s: float = _GRACE_S) -> None:
        self._folder = folder
        self._grace_s = grace_s
        self._started: list[Child] = []

    async def __aenter__(self) -> Self:
        """Start none yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop every process that still runs."""
        await asyncio.gather(*(_stop(child, self._grace_s) for child in self._started))

    async def start(
        self, name: str, command: Sequence[str], *, is_shown: bool = False
    ) -> Child:
        """Start a process.

        Args:
            name: What people call it; also names its log.
            command: Program, with its path, and arguments.
            is_shown: Whether its standard output goes where ours does, and not into
                a file.

        Returns:
            The process, running.
        """
        output, log = self._folder / f"{name}.out", self._folder / f"{name}.log"
        with output.open("ab") as out, log.open("ab") as err:
            process = await asyncio.create_subprocess_exec(
                *leashed(command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=None if is_shown else out,
                stderr=err,
                # Ctrl-C in the terminal reaches us alone; we stop them in order.
                start_new_session=True,
            )
        child = Child(name, process, output, log)
        self._started.append(child)
        return child


async def _stop(child: Child, grace_s: float) -> None:
    if child.process.returncode is not None:
        return
    _signal(child, signal.SIGTERM)
    try:
        await asyncio.wait_for(child.process.wait(), grace_s)
    except TimeoutError:
        _signal(child, signal.SIGKILL)
        await child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return  # it ended meanwhile, which is what was wanted
