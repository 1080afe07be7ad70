"""Run one part of the reference application: ``python reference-app PART …``."""

import sys
from collections.abc import Callable, Sequence

from service.listening import CannotListenError

USAGE = """usage: python reference-app PART [OPTIONS]

parts:
  demo      all of it, with Kizashi in front: ./kz demo
  api       the to-do service          (--port N, --config FILE, --demo)
  ai        the AI service             (--port N)
  aws       DynamoDB and Cognito, emulated (--port N, --config FILE)
  pages     the frontend, served       (--port N, --config FILE, --dist FOLDER)
  edge      the front door             (--port N, --config FILE, --pages URL, --api URL)
  edge-exporter  counts what its log says  (--port N, --log FILE, --door URL)
  accuracy  how often the AI service is right, on its own sentences (--write)
  kizashi   Kizashi in front of it, as demo runs it
  traffic   bounded traffic for it     (--url URL, --rate N, --duration 60s)
"""


def _api(arguments: Sequence[str]) -> int:
    from api.server import main

    return main(arguments)


def _ai(arguments: Sequence[str]) -> int:
    from ai.server import main

    return main(arguments)


def _aws(arguments: Sequence[str]) -> int:
    from emulator.command import main

    return main(arguments)


def _pages(arguments: Sequence[str]) -> int:
    from edge.command import pages

    return pages(arguments)


def _edge(arguments: Sequence[str]) -> int:
    from edge.command import main

    return main(arguments)


def _edge_exporter(arguments: Sequence[str]) -> int:
    from edge.exporter.command import main

    return main(arguments)


def _demo(arguments: Sequence[str]) -> int:
    from whole.command import main

    return main(arguments)


def _kizashi(arguments: Sequence[str]) -> int:
    from demo.command import main

    return main(arguments)


def _accuracy(arguments: Sequence[str]) -> int:
    from ai.accuracy.measure import main

    return main(arguments)


def _traffic(arguments: Sequence[str]) -> int:
    from traffic.command import main

    return main(arguments)


PARTS: dict[str, Callable[[Sequence[str]], int]] = {
    "api": _api,
    "ai": _ai,
    "aws": _aws,
    "pages": _pages,
    "edge": _edge,
    "edge-exporter": _edge_exporter,
    "demo": _demo,
    "kizashi": _kizashi,
    "accuracy": _accuracy,
    "traffic": _traffic,
}


def main(arguments: Sequence[str]) -> int:
    """Run the part named first and return its exit status."""
    if not arguments or arguments[0] not in PARTS:
        print(USAGE, file=sys.stderr, end="")
        return 2
    try:
        return PARTS[arguments[0]](arguments[1:])
    except CannotListenError as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1


sys.exit(main(sys.argv[1:]))
