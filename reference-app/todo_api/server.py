"""Serve the API on 127.0.0.1 until told to stop."""

import argparse
import signal
import socket
from collections.abc import Sequence

import uvicorn

from todo_api.app import create_app

HOST = "127.0.0.1"  # the fault switch and the absence of a login belong to one machine
DRAIN_S = 5


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT, finish what is in flight, return 0."""
    options = _parse(arguments)
    listener = socket.create_server((HOST, options.port), backlog=128)
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(demo=options.demo, seed=options.seed),
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    # uvicorn raises the signal again once it has stopped; stopping as asked is no
    # failure, so that second one must not kill.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    print(f"todo-api: listening on {url}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app api", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8080, help="0 takes a free one (default 8080)"
    )
    parser.add_argument("--demo", action="store_true", help="add the fault switch")
    parser.add_argument("--seed", type=int, default=0, help="which requests suffer")
    return parser.parse_args(arguments)
