"""Serve the AI service until told to stop."""

import argparse
import sys
from collections.abc import Sequence

from service.admin import AdminError, add_admin_options, admin_of
from service.listening import LOOPBACK
from service.serving import serve

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
    add_admin_options(parser)
    options = parser.parse_args(arguments)
    try:
        admin = admin_of(options)
    except AdminError as error:
        print(f"ai: {error}", file=sys.stderr)
        return 2
    app = create_app(switch=admin.switch if admin else None)
    return serve(app, service="ai", host=options.host, port=options.port, admin=admin)
