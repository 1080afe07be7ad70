"""Serve an application on one address until told to stop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from service.admin import Admin
from service.logs import log_as_json
from service.traces import send_traces

LOOPBACK = "127.0.0.1"
DRAIN_S = 5


def serve(
    app: FastAPI, *, service: str, host: str, port: int, admin: Admin | None = None
) -> int:
    """Serve until SIGTERM or SIGINT, finish what is in flight, return 0.

    The address goes to standard output once it is bound, the log to standard error.

    Args:
        app: What to serve.
        service: Its name in logs and traces.
        host: The address to listen on.
        port: 0 takes a free one.
        admin: The admin port, in demo mode.
    """
    log_as_json(service)
    send_traces(service)
    listener = socket.create_server((host, port), backlog=128)
    # uvicorn raises the signal again once it has stopped; stopping as asked is no
    # failure, so that second one must not kill.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    if admin is None:
        _announce(service, listener)
        uvicorn.Server(_config(app)).run(sockets=[listener])
        return 0
    beside = socket.create_server((LOOPBACK, admin.port), backlog=8)
    _announce(f"{service} admin", beside)
    _announce(service, listener)
    asyncio.run(_both(app, listener, admin.app(), beside))
    return 0


def _announce(what: str, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    print(f"{what}: listening on http://{host}:{port}", flush=True)


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )


class _Beside(uvicorn.Server):
    """A server that leaves the signals to the one beside it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _both(
    app: FastAPI, listener: socket.socket, admin: FastAPI, beside: socket.socket
) -> None:
    other = _Beside(_config(admin))
    serving = asyncio.create_task(other.serve(sockets=[beside]))
    await uvicorn.Server(_config(app)).serve(sockets=[listener])
    other.should_exit = True
    await serving
