"""The AI service on one core: latency in both languages, memory.

Sentences of its own sets, over HTTP, by four clients that each wait for their answer;
the service is held to one core.
"""

import argparse
import asyncio
import csv
import os
import sys
import time
from pathlib import Path

import aiohttp
import numpy as np

from bench.common import machine, rss_kib

ROOT = Path(__file__).parents[1]
CLIENTS = 4
LANGUAGES = ("en", "ja")


def _sentences(language: str) -> list[dict[str, str]]:
    path = ROOT / "reference-app" / "ai" / "accuracy" / f"{language}.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{key: row[key] for key in ("text", "timezone", "now")} for row in rows]


async def _client(
    session: aiohttp.ClientSession, url: str, bodies: list[dict[str, str]]
) -> list[float]:
    taken = []
    for body in bodies:
        began = time.perf_counter()
        async with session.post(f"{url}/analyze", json=body) as answer:
            await answer.read()
            answer.raise_for_status()
        taken.append(time.perf_counter() - began)
    return taken


async def _first_line(service: asyncio.subprocess.Process) -> str:
    if service.stdout is None:
        raise RuntimeError("its standard output is not read")
    return (await service.stdout.readline()).decode()


async def _until_ready(session: aiohttp.ClientSession, url: str) -> None:
    while True:
        async with session.get(f"{url}/health/ready") as answer:
            if answer.ok:
                return
        await asyncio.sleep(0.1)


async def _measure(python: str, requests: int) -> None:
    service = await asyncio.create_subprocess_exec(
        python,
        str(ROOT / "reference-app"),
        "ai",
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        os.sched_setaffinity(service.pid, {max(os.sched_getaffinity(0))})
        url = (await _first_line(service)).split()[-1]
        async with aiohttp.ClientSession() as session:
            await _until_ready(session, url)
            for language in LANGUAGES:
                await _language(session, url, language, requests)
        print(f"memory: {rss_kib(service.pid) / 1024:.0f} MB")
    finally:
        service.terminate()
        await service.wait()


async def _language(
    session: aiohttp.ClientSession, url: str, language: str, requests: int
) -> None:
    known = _sentences(language)
    bodies = [known[n % len(known)] for n in range(requests)]
    began = time.perf_counter()
    shares = [bodies[n::CLIENTS] for n in range(CLIENTS)]
    taken = await asyncio.gather(*(_client(session, url, share) for share in shares))
    wall = time.perf_counter() - began
    p50, p95, p99 = np.percentile(np.concatenate(taken), [50, 95, 99]) * 1000
    print(
        f"{language}: {requests} requests, {requests / wall:.0f}/s,"
        f" p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"
    )


def main() -> None:
    """Print latency by language, and memory."""
    beside = Path(sys.prefix).parent / "local" / "bin" / "python"
    parser = argparse.ArgumentParser(prog="bench.ai_service", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="per language")
    parser.add_argument(
        "--python", default=str(beside), help="with requirements/local.txt"
    )
    options = parser.parse_args()
    print(machine())
    asyncio.run(_measure(options.python, options.requests))


if __name__ == "__main__":
    main()
