"""The command: check the bounds, run, print the count as JSON."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from traffic.generator import Visitors, run
from traffic.limits import MAX_REQUESTS, Limits, LimitsError, duration_s, loopback_url
from traffic.tally import Tally


def main(arguments: Sequence[str]) -> int:
    """Send the traffic; return 0, or 2 where the bounds are not kept."""
    options = _parse(arguments)
    try:
        limits = Limits(
            url=loopback_url(options.url),
            rate=options.rate,
            duration_s=duration_s(options.duration),
            max_requests=options.max_requests,
            day_s=duration_s(options.day) if options.day else None,
        )
        visitors = _visitors(options)
    except (LimitsError, OSError) as error:
        print(f"traffic: {error}", file=sys.stderr)
        return 2
    shown = (
        visitors.metrics.show(options.metrics_port) if options.metrics_port else None
    )
    tally = asyncio.run(_run_until_told(limits, visitors))
    if shown is not None:
        shown.shutdown()
    print(json.dumps(tally.summary(), ensure_ascii=False, indent=2))
    return 0


def _visitors(options: argparse.Namespace) -> Visitors:
    if (options.secure_url is None) != (options.authority is None):
        raise LimitsError("--secure-url and --authority belong together")
    if options.guests < 0:
        raise LimitsError("the number of guests cannot be negative")
    secure_url = options.secure_url
    return Visitors(
        seed=options.seed,
        tokens=_tokens(options.tokens) if options.tokens else (),
        guests=options.guests,
        door=loopback_url(options.door) if options.door else None,
        secure_url=loopback_url(secure_url, "https") if secure_url else None,
        authority=options.authority,
    )


def _tokens(path: Path) -> tuple[str, ...]:
    """Return the access tokens of a file, one a line."""
    return tuple(path.read_text(encoding="ascii").split())


async def _run_until_told(limits: Limits, visitors: Visitors) -> Tally:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return await run(limits, visitors, stop)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app traffic", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--duration", default="60s", help="60s, 5m, 1h30m")
    parser.add_argument("--day", help="the rate goes up and down over this: 24h, 10m")
    parser.add_argument(
        "--tokens", type=Path, help="access tokens of as many people, one a line"
    )
    parser.add_argument("--guests", type=int, default=0, help="beside them")
    parser.add_argument("--door", help="the front door, in place of --url: pages too")
    parser.add_argument(
        "--secure-url", help="a fifth goes here: https://127.0.0.1:8443"
    )
    parser.add_argument("--authority", type=Path, help="whom clients trust there (PEM)")
    parser.add_argument(
        "--metrics-port", type=int, default=0, help="what clients count, on 127.0.0.1"
    )
    parser.add_argument("--max-requests", type=int, default=MAX_REQUESTS)
    parser.add_argument("--seed", type=int, default=0, help="what people do")
    return parser.parse_args(arguments)
