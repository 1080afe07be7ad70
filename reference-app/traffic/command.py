"""The command: check the bounds, run, print the count as JSON."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from traffic.generator import run
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
        tokens = _tokens(options.tokens) if options.tokens else ()
    except (LimitsError, OSError) as error:
        print(f"traffic: {error}", file=sys.stderr)
        return 2
    tally = asyncio.run(_run_until_told(limits, options.seed, tokens))
    print(json.dumps(tally.summary(), ensure_ascii=False, indent=2))
    return 0


def _tokens(path: Path) -> tuple[str, ...]:
    """Return the access tokens of a file, one a line."""
    return tuple(path.read_text(encoding="ascii").split())


async def _run_until_told(limits: Limits, seed: int, tokens: tuple[str, ...]) -> Tally:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return await run(limits, seed, stop, tokens)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app traffic", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--duration", default="60s", help="60s, 5m, 1h30m")
    parser.add_argument("--day", help="the rate goes up and down over this: 24h, 10m")
    parser.add_argument(
        "--tokens", type=Path, help="access tokens of as many people, one a line"
    )
    parser.add_argument("--max-requests", type=int, default=MAX_REQUESTS)
    parser.add_argument("--seed", type=int, default=0, help="what people do")
    return parser.parse_args(arguments)
