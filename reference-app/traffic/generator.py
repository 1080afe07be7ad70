"""Send the requests, at an even rate, over connections that stay open."""

import asyncio
import re
from collections.abc import Sequence

import aiohttp

from traffic.limits import Limits
from traffic.people import People, Step
from traffic.tally import Tally

TIMEOUT_S = 15
MAX_IN_FLIGHT = 64
_TIMING = re.compile(r"\btotal;dur=([0-9.]+)")


async def run(
    limits: Limits, seed: int, stop: asyncio.Event, tokens: Sequence[str] = ()
) -> Tally:
    """Send the run's requests and return the count once each is answered or lost.

    Args:
        limits: Where to, how fast, how long.
        seed: Decides what people do.
        stop: Set to end early; what is in flight is still waited for.
        tokens: Access tokens, one for each person; without any there is one person and
            no login.
    """
    tally = Tally()
    crowd = [
        (People(seed + n, says_sentences=True), {"Authorization": f"Bearer {token}"})
        for n, token in enumerate(tokens)
    ] or [(People(seed), {})]
    # No proxy, no redirect, no cookie: nothing may lead off this machine.
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_IN_FLIGHT),
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    ) as session:
        # aiohttp sends a GET again when a kept connection turns out to be cut. The
        # service may have counted the first one, so here each is sent only once.
        session._retry_connection = False  # noqa: SLF001 - it has no public switch
        slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as requests:
            for number in range(limits.requests):
                if await _stopped(stop, start + limits.send_at_s(number) - loop.time()):
                    break
                if loop.time() - start >= limits.duration_s:
                    break
                await slots.acquire()
                people, headers = crowd[number % len(crowd)]
                step = people.next_step()
                tally.sent += 1
                tally.actions[step.action] += 1
                sending = requests.create_task(
                    _send(session, limits.url, step, headers, (people, tally))
                )
                sending.add_done_callback(lambda _: slots.release())
    return tally


async def _stopped(stop: asyncio.Event, wait_s: float) -> bool:
    """Return whether the run was ended early; at the latest after so many seconds."""
    if wait_s > 0:
        try:
            await asyncio.wait_for(stop.wait(), wait_s)
        except TimeoutError:
            return False
    return stop.is_set()


async def _send(
    session: aiohttp.ClientSession,
    url: str,
    step: Step,
    headers: dict[str, str],
    records: tuple[People, Tally],
) -> None:
    people, tally = records
    try:
        async with session.request(
            step.method,
            url + step.path,
            json=step.body,
            headers=headers,
            allow_redirects=False,
        ) as response:
            body = await response.read()
            timing = _TIMING.search(response.headers.get("Server-Timing", ""))
    except (aiohttp.ClientError, TimeoutError):
        tally.no_answer += 1
        return
    tally.answer(response.status, float(timing[1]) / 1000 if timing else 0.0)
    people.learn(step, response.status, body)
