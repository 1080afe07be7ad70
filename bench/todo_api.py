"""The API at 200 requests a second on one core, with DynamoDB emulated beside it.

Everybody reads and writes tasks of their own with a token, at an even rate,
whether answers come or not (an open loop). The service has one core to itself; the
emulator and the clients share the others.

A request's time, from when it was due, is told in its parts: how late the clients sent
it, how long the service took by its own clock, how much of that it waited for the
store, and what is left, which is the way there and back. With --without-store the same
is measured on tasks in memory: what is then missing is the emulator's.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np

from bench.common import cpu_s, machine

ROOT = Path(__file__).parents[1]
PEOPLE = 20
OBJECTIVE_S = 0.2


@asynccontextmanager
async def _part(
    python: str, *options: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    process = await asyncio.create_subprocess_exec(
        python,
        str(ROOT / "reference-app"),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **keys},
    )
    try:
        yield process, await _url(process)
    finally:
        process.terminate()
        await process.wait()


async def _url(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        raise RuntimeError("its standard output is not read")
    while line := (await process.stdout.readline()).decode():
        if ": listening on " in line:
            return line.split()[-1]
    raise RuntimeError("a part did not start")


class _Load:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.taken: list[float] = []
        self.late: list[float] = []
        self.inside: list[float] = []
        self.statuses: dict[int, int] = {}
        self._tokens: list[str] = []

    async def sign_in(self, folder: Path) -> None:
        """Get everybody's access token from the emulator."""
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        password = (folder / "aws" / "password").read_text(encoding="ascii")
        headers = {
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
            "Content-Type": "application/x-amz-json-1.1",
        }
        for number in range(1, PEOPLE + 1):
            body = {
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": settings["sign_in"]["client_id"],
                "AuthParameters": {
                    "USERNAME": "demo" if number == 1 else f"demo{number}",
                    "PASSWORD": password,
                },
            }
            async with self._session.post(
                settings["dynamodb_endpoint"], data=json.dumps(body), headers=headers
            ) as answer:
                result = await answer.json(content_type=None)
                self._tokens.append(result["AuthenticationResult"]["AccessToken"])

    async def run(self, rate: float, seconds: float) -> None:
        start = time.perf_counter()
        async with asyncio.TaskGroup() as sending:
            for number in range(int(rate * seconds)):
                due = start + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                sending.create_task(self._request(number, due))

    async def _request(self, number: int, due: float) -> None:
        headers = {}
        if self._tokens:
            token = self._tokens[number % len(self._tokens)]
            headers["Authorization"] = f"Bearer {token}"
        self.late.append(time.perf_counter() - due)
        method, path, body = ("GET", "/tasks", None)
        if number % 10 == 0:
            method, body = "POST", {"title": f"task {number}"}
        async with self._session.request(
            method, self._url + path, json=body, headers=headers
        ) as answer:
            await answer.read()
        timing = answer.headers["Server-Timing"]
        self.inside.append(float(timing.rpartition("dur=")[2]) / 1000)
        self.taken.append(time.perf_counter() - due)
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1


@dataclass
class _System:
    """The parts that run, and the clients."""

    service: int
    emulator: int | None
    load: _Load
    url: str
    session: aiohttp.ClientSession

    def cpu_s(self) -> dict[str, float]:
        """What each used so far."""
        parts: dict[str, int | str | None] = {
            "service": self.service,
            "emulator": self.emulator,
            "clients": "self",
        }
        return {name: cpu_s(pid) for name, pid in parts.items() if pid is not None}

    async def store_s(self) -> dict[float, float]:
        """How many of the store's calls took at most so long, by upper edge."""
        async with self.session.get(f"{self.url}/metrics") as answer:
            page = await answer.text()
        counts: dict[float, float] = {}
        for line in page.splitlines():
            if line.startswith("task_store_duration_seconds_bucket"):
                name, value = line.rsplit(" ", 1)
                edge = float(name.split('le="')[1].split('"')[0])
                counts[edge] = counts.get(edge, 0) + float(value)
        return counts


@asynccontextmanager
async def _system(python: str, *, has_store: bool) -> AsyncIterator[_System]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        config, emulator = f"{folder}/config.json", None
        beside = ["--config", config] if has_store else []
        if has_store:
            options = ["--state", f"{folder}/aws", "--config", config]
            options += ["--people", str(PEOPLE)]
            aws = _part(python, "aws", "--port", "0", *options)
            emulator, _ = await stack.enter_async_context(aws)
        service, url = await stack.enter_async_context(
            _part(python, "api", "--port", "0", *beside)
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        load = _Load(session, url)
        if has_store:
            await load.sign_in(Path(folder))
        _pin(service.pid, emulator.pid if emulator else None)
        yield _System(
            service.pid, emulator.pid if emulator else None, load, url, session
        )


def _pin(service: int, emulator: int | None) -> None:
    """Give the service the last core, and what is around it the others."""
    *others, own = sorted(os.sched_getaffinity(0))
    for pid, cores in ((service, {own}), (emulator, others), (0, others)):
        if pid is None or not cores:
            continue
        for thread in os.listdir(f"/proc/{pid or 'self'}/task"):
            os.sched_setaffinity(int(thread), cores)


async def _measure(
    python: str, rate: float, seconds: float, *, has_store: bool
) -> None:
    async with _system(python, has_store=has_store) as system:
        load, before = system.load, system.cpu_s()
        stored = await system.store_s()
        await load.run(rate, seconds)
        used = {
            name: (now - before[name]) / seconds for name, now in system.cpu_s().items()
        }
        stored = {
            edge: count - stored.get(edge, 0)
            for edge, count in (await system.store_s()).items()
        }
    taken = np.array(load.taken)
    within = np.mean(taken <= OBJECTIVE_S)
    what = "DynamoDB emulated" if has_store else "tasks in memory, no login"
    print(
        f"{rate:g}/s for {seconds:g} s, {what}: {_shown(taken)},"
        f" {within:.2%} within 200 ms, by status {dict(sorted(load.statuses.items()))}"
    )
    print("  of a core:", ", ".join(f"{n} {share:.0%}" for n, share in used.items()))
    print(f"  sent late by the clients: {_shown(np.array(load.late))}")
    print(f"  inside the service:       {_shown(np.array(load.inside))}")
    print(f"    of that in the store:   {_edges(stored)}")


def _shown(seconds: np.ndarray) -> str:
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1000
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"


def _edges(counts: dict[float, float]) -> str:
    """Return the histogram's edges that hold these shares: upper bounds."""
    told = []
    for share in (50, 95, 99):
        wanted = counts[max(counts)] * share / 100
        edge = min(edge for edge, count in counts.items() if count >= wanted)
        told.append(f"p{share} ≤ {edge * 1000:g} ms")
    return ", ".join(told)


def main() -> None:
    """Print latency at the rate."""
    beside = Path(sys.prefix).parent / "local" / "bin" / "python"
    parser = argparse.ArgumentParser(prog="bench.todo_api", description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument(
        "--python", default=str(beside), help="with requirements/local.txt"
    )
    parser.add_argument(
        "--without-store", action="store_true", help="tasks in memory, nobody signs in"
    )
    options = parser.parse_args()
    print(machine())
    asyncio.run(
        _measure(
            options.python,
            options.rate,
            options.seconds,
            has_store=not options.without_store,
        )
    )


if __name__ == "__main__":
    main()
