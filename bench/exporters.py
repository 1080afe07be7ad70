"""Targets of synthetic services: one process, a port for each.

    python -m bench.exporters --targets N --services N --series N [--idle N --failing N]

Prints the ports as JSON and serves until standard input ends; then prints how punctual
Kizashi's scrapes were. A counter is a function of time alone, the same that
`bench.history` writes into the past, so that live samples go on where history ends.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

#: Counters were zero then.
EPOCH_S = 1_700_000_000
EDGES = [
    "0.005",
    "0.01",
    "0.025",
    "0.05",
    "0.1",
    "0.25",
    "0.5",
    "1",
    "2.5",
    "5",
    "10",
    "+Inf",
]
INTERVAL_S = 15.0
TOLERANCE_S = 0.15


def service_name(number: int) -> str:
    """The `service` label of a service."""
    return f"svc-{number:05d}"


def rates(number: int) -> tuple[float, float]:
    """Good and bad requests a second of a service."""
    rng = np.random.default_rng(number)
    good = float(rng.uniform(1, 100))
    return good, good * float(rng.choice([0.0002, 0.001, 0.02]))


class Target:
    """One target's page: its services' request counters, then other series."""

    def __init__(self, first: int, services: int, series: int) -> None:
        names, per_s = [], []
        for number in range(first, first + services):
            for code, rate in zip((200, 500), rates(number), strict=True):
                label = f'service="{service_name(number)}",code="{code}"'
                names.append(f"http_requests_total{{{label}}} ")
                per_s.append(rate)
        heads = {0: "# TYPE http_requests_total counter\n"}
        rest = series - len(names)
        if rest:
            heads[len(names)] = "# TYPE http_request_duration_seconds histogram\n"
        for n in range(rest):
            where, edge = divmod(n, len(EDGES))
            label = f'handler="/h{where}",le="{EDGES[edge]}"'
            names.append(f"http_request_duration_seconds_bucket{{{label}}} ")
            per_s.append(0.0 if where % 2 else 5.0 * (edge + 1))
        self._names = [heads.get(n, "") + name for n, name in enumerate(names)]
        self._per_s = np.array(per_s)

    def page(self, now_s: float) -> bytes:
        """The page at a time."""
        counts = np.floor(self._per_s * (now_s - EPOCH_S)).astype(np.int64).tolist()
        lines = [
            f"{name}{count}\n" for name, count in zip(self._names, counts, strict=True)
        ]
        return "".join(lines).encode()


class Punctual:
    """When Kizashi's scrapes came, as seen from outside."""

    def __init__(self) -> None:
        self.times: dict[int, list[float]] = {}

    def note(self, target: int) -> None:
        """Note a scrape that has come."""
        self.times.setdefault(target, []).append(time.monotonic())

    def told(self) -> dict[str, float]:
        """Scrapes, and the share that came within the tolerance of the interval."""
        gaps = np.concatenate(
            [np.diff(t) for t in self.times.values() if len(t) > 1] or [np.empty(0)]
        )
        off = np.abs(gaps - INTERVAL_S)
        return {
            "scrapes": sum(len(t) for t in self.times.values()),
            "gaps": len(gaps),
            "on_time": float((off <= TOLERANCE_S).mean()) if len(gaps) else 0.0,
            "worst_s": float(off.max(initial=0)),
        }


class Protocol(asyncio.Protocol):
    """Just enough of HTTP/1.1 with keep-alive."""

    def __init__(self, answer: Callable[[bytes], tuple[str, bytes]]) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, self._received = self._received.split(b"\r\n\r\n", 1)
            status, body = self._answer(head)
            told = (
                f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            self._transport.write(told.encode() + body)  # type: ignore[attr-defined]


class Fleet:
    """All targets of the process."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._requests = 0
        self._punctual = Punctual()
        per = asked.services // asked.targets
        self._targets = [
            Target(n * per, per, asked.series) for n in range(asked.targets)
        ]

    def answer(self, number: int, head: bytes) -> tuple[str, bytes]:
        """Answer a scrape of one target."""
        if b"Kizashi" in head:
            self._punctual.note(number)
        asked = self._asked
        if number < asked.failing:
            return "503 Service Unavailable", b"down\n"
        now_s = time.time()
        if number < asked.failing + asked.idle:
            now_s = EPOCH_S + 86_400
        if asked.by_request:
            # Simulated time: every scrape is an interval later.
            self._requests += 1
            now_s = EPOCH_S + 86_400 + INTERVAL_S * self._requests
        return "200 OK", self._targets[number].page(now_s)

    async def serve(self) -> None:
        """Serve until standard input ends."""
        loop = asyncio.get_running_loop()
        ports = []
        for number in range(self._asked.targets):

            def made(number: int = number) -> Protocol:
                return Protocol(lambda head: self.answer(number, head))

            server = await loop.create_server(made, "127.0.0.1", 0)
            ports.append(server.sockets[0].getsockname()[1])
        print(json.dumps(ports), flush=True)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while await reader.readline():
            self._punctual = Punctual()
        print(json.dumps(self._punctual.told()), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--targets", type=int, default=1)
    options.add_argument("--services", type=int, default=20)
    options.add_argument("--series", type=int, default=200)
    options.add_argument("--idle", type=int, default=0)
    options.add_argument("--failing", type=int, default=0)
    options.add_argument("--by-request", action="store_true")
    asyncio.run(Fleet(options.parse_args(arguments)).serve())


if __name__ == "__main__":
    main()
