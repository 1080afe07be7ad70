"""Serve the AI service until told to stop."""

import argparse
from collections.abc import Sequence

from service.serving import LOOPBACK, serve

from ai.app import create_app


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT, finish what is in flight, return 0."""
    parser = argparse.ArgumentParser(prog="reference-app ai", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8081, help="0 takes a free one (default 8081)"
    )
    parser.add_argument(
        "--host", default=LOOPBACK, help=f"where to listen (default {LOOPBACK})"
    )
    options = parser.parse_args(arguments)
    return serve(create_app(), service="ai", host=options.host, port=options.port)
