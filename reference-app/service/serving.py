"""Serve an application on one address until told to stop."""

import signal
import socket

import uvicorn
from fastapi import FastAPI

from service.logs import log_as_json
from service.traces import send_traces

LOOPBACK = "127.0.0.1"
DRAIN_S = 5


def serve(app: FastAPI, *, service: str, host: str, port: int) -> int:
    """Serve until SIGTERM or SIGINT, finish what is in flight, return 0.

    The address goes to standard output once it is bound, the log to standard error.

    Args:
        app: What to serve.
        service: Its name in logs and traces.
        host: The address to listen on.
        port: 0 takes a free one.
    """
    log_as_json(service)
    send_traces(service)
    listener = socket.create_server((host, port), backlog=128)
    url = f"http://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    # uvicorn raises the signal again once it has stopped; stopping as asked is no
    # failure, so that second one must not kill.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    print(f"{service}: listening on {url}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0
