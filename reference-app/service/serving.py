"""Serve an application on one address until told to stop."""

import asyncio
import signal
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from service.admin import Admin
from service.listening import listen
from service.logs import log_as_json
from service.traces import send_traces

if TYPE_CHECKING:
    from service.certificates import SecurePort

DRAIN_S = 5


def serve(
    app: FastAPI,
    *,
    service: str,
    host: str,
    port: int,
    admin: Admin | None = None,
    secure: "SecurePort | None" = None,
) -> int:
    """Serve until SIGTERM or SIGINT, finish what is in flight, return 0.

    The address goes to standard output once it is bound, the log to standard error.

    Args:
        app: What to serve.
        service: Its name in logs and traces.
        host: The address to listen on.
        port: 0 takes a free one.
        admin: The admin port, in demo mode.
        secure: The port with TLS, in demo mode.
    """
    log_as_json(service)
    send_traces(service)
    listener = listen(port, host)
    # uvicorn raises the signal again once it has stopped; stopping as asked is no
    # failure, so that second one must not kill.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    if admin is None:
        _announce(service, listener)
        _run(uvicorn.Server(_config(app)).serve(sockets=[listener]))
        return 0
    beside = [_beside(f"{service} admin", _config(admin.app()), admin.port)]
    if secure is not None:
        beside.append(_beside(f"{service} secure", _tls(app, secure), secure.port))
    _announce(service, listener)
    _run(_all(app, listener, beside))
    return 0


def _run(serving: Coroutine[None, None, None]) -> None:
    """Run until it ends, on the fastest event loop that is installed."""
    try:
        from uvloop import new_event_loop
    except ImportError:  # the API alone runs in Kizashi's environment, without it
        new_event_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serving)


def _announce(what: str, listener: socket.socket, scheme: str = "http") -> None:
    host, port = listener.getsockname()[:2]
    print(f"{what}: listening on {scheme}://{host}:{port}", flush=True)


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


def _beside(
    what: str, config: uvicorn.Config, port: int
) -> tuple["_Beside", socket.socket]:
    """Return a server on a port of its own, and its socket."""
    listener = listen(port)
    _announce(what, listener, "https" if config.loaded else "http")
    return _Beside(config), listener


def _tls(app: FastAPI, secure: "SecurePort") -> uvicorn.Config:
    """Return how the same application is served over TLS."""
    config = _config(app)
    config.lifespan = "off"  # the first server starts and ends it
    config.load()
    config.ssl = secure.certificate.context
    return config


async def _all(
    app: FastAPI,
    listener: socket.socket,
    beside: list[tuple["_Beside", socket.socket]],
) -> None:
    serving = [
        asyncio.create_task(other.serve(sockets=[place])) for other, place in beside
    ]
    await uvicorn.Server(_config(app)).serve(sockets=[listener])
    for other, _ in beside:
        other.should_exit = True
    await asyncio.gather(*serving)
