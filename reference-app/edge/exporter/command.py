"""Show what the front door's access log says as metrics, until told to stop.

What a scrape is shown was saved before, together with how far the log had been read: a
restart goes on from there, and nothing that was shown is ever taken back or counted
twice. Rotate the log by renaming it, or by copytruncate, and pack what is older than one
rotation only (logrotate: delaycompress).
"""

import argparse
import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import aiohttp
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from service.serving import serve

from edge import rules
from edge.exporter import kept
from edge.exporter.exposition import Exposition
from edge.exporter.follow import Follower

_POLL_S = 1.0
_CHECK_S = 1.0


class Exporter:
    """The log, read and counted and saved.

    Args:
        log: The access log.
        state: What is saved.
        now: Unix seconds.

    Raises:
        KeptError: If what was saved cannot be gone on from.
    """

    def __init__(self, log: Path, state: Path, now: Callable[[], float]) -> None:
        self.counts, positions = kept.load(state)
        self._follower = Follower(log, positions)
        self._state = state
        self._now = now
        self._registry = CollectorRegistry()
        self._registry.register(Exposition(self.counts, now()))
        # A cancelled call leaves a thread behind, which must end before the next.
        self._one_at_a_time = threading.Lock()

    def read(self) -> None:
        """Count all that was written since the last time."""
        with self._one_at_a_time:
            self._read()

    def read_and_save(self) -> None:
        """Count, then save counts and positions of this moment.

        Raises:
            OSError: If that cannot be done.
        """
        with self._one_at_a_time:
            self._read()
            self._save()

    def expose(self, accept: str) -> tuple[bytes, str]:
        """Count, save, and return what a scrape is shown, and its kind.

        Raises:
            OSError: If it cannot be saved: shown, it could be counted twice.
        """
        with self._one_at_a_time:
            self._read()
            self._save()
            encode, kind = choose_encoder(accept)
            return encode(self._registry), kind

    def check(self, outcome: str) -> None:
        """Count a check of the door."""
        with self._one_at_a_time:
            self.counts.add_check(outcome, self._now())

    def close(self) -> None:
        """Let go of the log."""
        self._follower.close()

    def _read(self) -> None:
        now = self._now()
        counts = self.counts
        self._follower.read(lambda lines: counts.add_lines(lines, now), counts.add_bad)

    def _save(self) -> None:
        kept.save(self._state, self.counts, self._follower.positions)


def app_of(exporter: Exporter, door: str | None) -> FastAPI:
    """Return what is scraped.

    Args:
        exporter: Already at the end of the log.
        door: The front door, checked each second; None for no checks.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        beside = [asyncio.create_task(_reading(exporter))]
        if door is not None:
            beside.append(asyncio.create_task(_checking(exporter, door)))
        yield
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await asyncio.to_thread(exporter.read_and_save)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        try:
            body, kind = await asyncio.to_thread(exporter.expose, accept)
        except OSError as error:
            return Response(f"{error}\n", 503, media_type="text/plain")
        return Response(body, headers={"Content-Type": kind})

    @app.get("/health/live")
    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


async def _reading(exporter: Exporter) -> None:
    """Read also while nobody scrapes, so that no rotation is missed."""
    while True:
        await asyncio.sleep(_POLL_S)
        try:
            await asyncio.to_thread(exporter.read)
        except OSError as error:
            print(f"edge-exporter: {error}", file=sys.stderr, flush=True)


async def _checking(exporter: Exporter, door: str) -> None:
    """Ask the door each second whether it is there; of one that is not, no log tells."""
    timeout = aiohttp.ClientTimeout(total=_CHECK_S)
    loop = asyncio.get_running_loop()
    # Each check is a connection of its own: what is asked is whether it accepts one.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        while True:
            began = loop.time()
            outcome = await _outcome(session, door)
            await asyncio.to_thread(exporter.check, outcome)
            await asyncio.sleep(max(0.0, began + _CHECK_S - loop.time()))


async def _outcome(session: aiohttp.ClientSession, door: str) -> str:
    try:
        async with session.get(f"{door}{rules.HEALTH_PATH}") as answer:
            return "answered" if answer.ok else "failed"
    except (aiohttp.ClientError, TimeoutError):
        return "failed"


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; return 2 where what was saved is not good."""
    options = _parse(arguments)
    options.state.parent.mkdir(parents=True, exist_ok=True)
    try:
        held = kept.hold(options.state)
        exporter = Exporter(options.log, options.state, time.time)
    except kept.KeptError as error:
        print(f"edge-exporter: {error}", file=sys.stderr)
        return 2
    # Before anybody can scrape: what was shown last must not be more than what is now.
    exporter.read_and_save()
    try:
        app = app_of(exporter, options.door)
        return serve(app, service="edge-exporter", host="127.0.0.1", port=options.port)
    finally:
        exporter.close()
        os.close(held)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="reference-app edge-exporter", description=__doc__
    )
    parser.add_argument(
        "--port", type=int, default=9113, help="0 takes a free one (default 9113)"
    )
    parser.add_argument(
        "--log",
        type=Path,
        default=Path(".kizashi/edge/logs/access.log"),
        help="the front door's access log",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(".kizashi/edge/exporter.json"),
        help="counts, and how far the log was read",
    )
    parser.add_argument("--door", help="the front door, to be checked each second")
    return parser.parse_args(arguments)
