"""kill -9 between any two steps: every alert and every end arrives, by one key each."""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from whole.leash import leashed

from kizashi.testing.receivers import Received, ReceiverServer, status

pytestmark = pytest.mark.anyio

CHILD = Path(__file__).with_name("delivery_killed.py")
ALERTS = 20


class Murders:
    """Kills processes at chosen moments and counts at the receiver."""

    def __init__(self, folder: Path, server: ReceiverServer) -> None:
        self._folder = folder
        self._server = server
        server.answer = self._answer
        self._process: asyncio.subprocess.Process | None = None
        self._is_killed = False
        self._kill_at = 0
        self._answers_first = False
        self._requests = 0
        self._ok = status(200)

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        self._requests += 1
        is_last = self._requests == self._kill_at
        if is_last and not self._answers_first:
            self._kill()
            return
        await self._ok(received, writer)
        if is_last:
            self._kill()

    def _kill(self) -> None:
        # Once: a second signal would take the exit code away from who waits for it.
        if self._process is not None and not self._is_killed:
            self._is_killed = True
            self._process.kill()

    async def life(self, first: int, *, lines: int | None = None) -> None:
        """Let a process live until it is idle, was killed, or said so many lines."""
        arguments = [str(self._folder), self._server.url(), str(first), str(ALERTS)]
        self._process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, str(CHILD), *arguments]),
            stdout=asyncio.subprocess.PIPE,
        )
        self._is_killed = False
        assert self._process.stdout is not None
        said = 0
        async for line in self._process.stdout:
            said += 1
            if said == lines or line == b"idle\n":
                break
        self._kill()
        await self._process.wait()

    async def cycle(self, number: int, rng: np.random.Generator) -> None:
        """Kill one life at a random moment, and let the next one finish."""
        first, self._requests = number * ALERTS, 0
        if rng.random() < 0.5:
            await self.life(first, lines=int(rng.integers(1, 2 * ALERTS)))
        else:
            self._kill_at = int(rng.integers(1, 2 * ALERTS + 1))
            self._answers_first = bool(rng.random() < 0.5)
            await self.life(first)
        self._kill_at = 0
        await self.life(first)

    def check(self, cycles: int) -> int:
        """Check that nothing is lost; return how many deliveries were surplus."""
        keys: dict[tuple[str, int], set[str]] = defaultdict(set)
        arrived: Counter[str] = Counter()
        for received in self._server.received:
            told = json.loads(received.body)
            assert told["idempotencyKey"] == received.key
            arrived[received.key] += 1
            for alert in told["alerts"]:
                what = alert["status"], int(alert["labels"]["number"])
                keys[what].add(received.key)
        numbers = range(cycles * ALERTS)
        assert keys.keys() == {
            (state, n) for state in ("firing", "resolved") for n in numbers
        }
        assert {len(k) for k in keys.values()} == {1}
        return arrived.total() - len(arrived)


async def murder(folder: Path, cycles: int, seed: int) -> int:
    """Return how many deliveries were surplus over so many kills."""
    server = await ReceiverServer().start()
    murders = Murders(folder, server)
    rng = np.random.default_rng(seed)
    for number in range(cycles):
        await murders.cycle(number, rng)
    await server.close()
    return murders.check(cycles)


# Half of the kills are aimed at the moment of an answer: what was under way then is
# sent again. A quick receiver has one notification under way, never more.


async def test_no_alert_and_no_end_is_lost(tmp_path: Path):
    assert await murder(tmp_path, 3, seed=5) <= 3


@pytest.mark.nightly
async def test_no_alert_and_no_end_is_lost_in_a_hundred_kills(tmp_path: Path):
    assert await murder(tmp_path, 100, seed=6) <= 100
