"""Run Kizashi as a demo: the server, with a simulated past and a page of faults.

`./kz demo` is the way in.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from kizashi.cli.serve import run_server
from kizashi.logs.logging import configure
from kizashi.server.garbage import importing


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop; return the exit code of `kizashi serve`."""
    options = _parse(arguments)
    with importing():
        from demo.faults import FaultSwitch
        from demo.page import DemoPages
        from demo.past import SimulatedPast
        from kizashi.server.additions import Additions, OpenedServer
        from kizashi.server.settings import Settings

    token = options.token.read_text(encoding="ascii").strip()
    switch = FaultSwitch(options.admin, token)

    def add(server: OpenedServer) -> Additions:
        past = SimulatedPast(server, options.days)
        pages = DemoPages(past, switch)
        return Additions(pages.rows(), pages.banners, past.load)

    configure("info")
    settings = Settings(options.data, port=options.port, config=options.config)
    return run_server(options.language, settings, add)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; what starts a demo has checked them."""
    parser = argparse.ArgumentParser(prog="reference-app kizashi", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="kizashi.yaml")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    parser.add_argument("--admin", required=True, help="URL of the fault switch")
    parser.add_argument("--token", type=Path, required=True, help="file; opens it")
    parser.add_argument("--days", type=int, default=0, help="of the simulated past")
    parser.add_argument("--language", default="en", help="en or ja")
    return parser.parse_args(arguments)
