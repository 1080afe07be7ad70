"""The API at 200 requests a second on one core, with DynamoDB emulated beside it.

Everybody reads and writes tasks of their own with a token, at an even rate,
whether answers come or not (an open loop). The service has one core, the emulator and
the clients share the others.
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
        who = number % len(self._tokens)
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        method, path, body = ("GET", "/tasks", None)
        if number % 10 == 0:
            method, body = "POST", {"title": f"task {number}"}
        async with self._session.request(
            method, self._url + path, json=body, headers=headers
        ) as answer:
            await answer.read()
        self.taken.append(time.perf_counter() - due)
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1


async def _measure(python: str, rate: float, seconds: float) -> None:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        config = f"{folder}/config.json"
        options = ("--state", f"{folder}/aws", "--config", config)
        options += ("--people", str(PEOPLE))
        await stack.enter_async_context(_part(python, "aws", "--port", "0", *options))
        service, url = await stack.enter_async_context(
            _part(python, "api", "--port", "0", "--config", config)
        )
        os.sched_setaffinity(service.pid, {max(os.sched_getaffinity(0))})
        session = await stack.enter_async_context(aiohttp.ClientSession())
        load = _Load(session, url)
        await load.sign_in(Path(folder))
        before = cpu_s(service.pid)
        await load.run(rate, seconds)
        used = (cpu_s(service.pid) - before) / seconds
    p50, p95, p99 = np.percentile(load.taken, [50, 95, 99]) * 1000
    within = np.mean(np.array(load.taken) <= OBJECTIVE_S)
    print(
        f"{rate:g}/s for {seconds:g} s: p50 {p50:.1f} ms, p95 {p95:.1f} ms,"
        f" p99 {p99:.1f} ms, {within:.2%} within 200 ms,"
        f" {used:.0%} of a core, by status {dict(sorted(load.statuses.items()))}"
    )


def main() -> None:
    """Print latency at the rate."""
    beside = Path(sys.prefix).parent / "local" / "bin" / "python"
    parser = argparse.ArgumentParser(prog="bench.todo_api", description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument(
        "--python", default=str(beside), help="with requirements/local.txt"
    )
    options = parser.parse_args()
    print(machine())
    asyncio.run(_measure(options.python, options.rate, options.seconds))


if __name__ == "__main__":
    main()
