"""Run DynamoDB and Cognito on 127.0.0.1 until told to stop, and set them up.

A table, a user pool with its client, a person and a group are made once; where they are
goes into a file that the services read with --config; the person is `demo`, the password in the state folder. What it holds is saved every two
seconds, as a process may be killed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import uvicorn
from service.listening import listen

from emulator.guard import OnlyOurOrigins
from emulator.hosted import HostedPages, mend_discovery
from emulator.renewal import mend_renewal
from emulator.settings import prepare
from emulator.setup import set_up


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; return 0."""
    options = _parse(arguments)
    if options.config.resolve().parent == options.state.resolve():
        # Of its own config.json there, which AWS Config's state is kept in.
        print("aws: --config may not be a file in the --state folder", file=sys.stderr)
        return 2
    listener = listen(options.port)
    port = listener.getsockname()[1]
    prepare(options.state, port, keeps_state=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    asyncio.run(_serve(listener, port, options))
    return 0


async def _serve(
    listener: socket.socket, port: int, options: argparse.Namespace
) -> None:
    # Imported here: it reads the environment that `prepare` sets.
    from ministack import app as emulator
    from ministack.services import cognito

    mend_renewal(cognito)
    mend_discovery(cognito)
    app = HostedPages(emulator.app, cognito)
    origins = frozenset({options.origin, f"http://localhost:{port}"})
    config = uvicorn.Config(
        OnlyOurOrigins(app, origins),
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with _saving(emulator, options.save_every):
        await server.is_up.wait()
        password = _password(options.state)
        made = await set_up(
            f"http://127.0.0.1:{port}", options.origin, password, options.people
        )
        document = made.config(port, options.ai_url)
        _write(options.config, document)
        print(f"aws: listening on http://127.0.0.1:{port}", flush=True)
        await serving


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so, also where it failed."""
        await super().startup(sockets)
        self.is_up.set()


def _password(state: Path) -> str:
    """Return the person's password; made up once, kept where only this user reads."""
    path = state / "password"
    if not path.exists():
        path.write_text("Demo-" + secrets.token_urlsafe(12) + "1", encoding="ascii")
    return path.read_text(encoding="ascii")


@contextlib.asynccontextmanager
async def _saving(emulator: object, every_s: float) -> AsyncIterator[None]:
    async def save_for_ever() -> None:
        while True:
            await asyncio.sleep(every_s)
            build = emulator._build_persistence_save_dict  # type: ignore[attr-defined] # noqa: SLF001
            await asyncio.to_thread(emulator.save_all, build())  # type: ignore[attr-defined]

    saving = asyncio.create_task(save_for_ever())
    try:
        yield
    finally:
        saving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await saving


def _write(path: Path, document: object) -> None:
    """Write the file at once or not at all: a service may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    os.replace(beside, path)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app aws", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 takes a free one")
    parser.add_argument(
        "--state", type=Path, default=Path(".kizashi/aws"), help="what it keeps"
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=Path(".kizashi/config.json"),
        help="what the services read; written here",
    )
    parser.add_argument(
        "--save-every", type=float, default=2, help="seconds between two saves"
    )
    parser.add_argument(
        "--people", type=int, default=1, help="demo, demo2, … with one password"
    )
    parser.add_argument("--ai-url", default="http://127.0.0.1:8081")
    parser.add_argument(
        "--origin", default="http://localhost:8088", help="the frontend's origin"
    )
    return parser.parse_args(arguments)
