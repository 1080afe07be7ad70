"""Send the requests, at an even rate, over connections that stay open.

Where there is a front door they go through it, to its pages and to the API behind it.
Where there is a secure port, one request in a few goes there instead, over a connection
of its own: as a client does that comes for the first time.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from traffic.clients import ClientMetrics, Outcome
from traffic.limits import Limits
from traffic.people import People, Step, crowd_of
from traffic.tally import Tally

TIMEOUT_S = 15
MAX_IN_FLIGHT = 64
#: One request in so many goes over TLS.
SECURE_EVERY = 5
#: Where the API is behind a front door.
API_PREFIX = "/api"
_TIMING = re.compile(r"\btotal;dur=([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Visitors:
    """Who comes, and how.

    Attributes:
        seed: Decides what people do.
        tokens: Access tokens, one for each person; without any, and without guests,
            there is one person and no login.
        guests: How many guests come beside them.
        door: The front door; None where the API is asked itself.
        secure_url: Where TLS is served; None for nowhere.
        authority: The file of the authority that clients trust there.
        metrics: What clients count.
    """

    seed: int = 0
    tokens: Sequence[str] = ()
    guests: int = 0
    door: str | None = None
    secure_url: str | None = None
    authority: Path | None = None
    metrics: ClientMetrics = field(default_factory=ClientMetrics)


@dataclass(frozen=True, slots=True)
class _Line:
    """A way to the service.

    Attributes:
        session: Its connections.
        url: Where the API is.
        is_secure: Whether it goes over TLS.
        door: Where pages are.
    """

    session: aiohttp.ClientSession
    url: str
    is_secure: bool = False
    door: str = ""

    def headers(self, people: People) -> dict[str, str]:
        """Return what goes with a request: browsers know the front door by name."""
        if not self.door:
            return people.headers
        return {**people.headers, "Host": f"localhost:{urlsplit(self.door).port}"}


async def run(limits: Limits, visitors: Visitors, stop: asyncio.Event) -> Tally:
    """Send the run's requests and return the count once each is answered or lost.

    Args:
        limits: Where to, how fast, how long.
        visitors: Who comes, and how.
        stop: Set to end early; what is in flight is still waited for.
    """
    tally = Tally()
    has_door = visitors.door is not None
    crowd = crowd_of(
        visitors.seed, visitors.tokens, visitors.guests, loads_pages=has_door
    )
    async with _lines(limits, visitors) as lines:
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
                people = crowd[number % len(crowd)]
                step = people.next_step()
                tally.sent += 1
                tally.actions[step.action] += 1
                # Turns of people and of lines share no factor for long: everybody
                # comes over TLS now and then.
                turn = number // len(crowd) + number
                is_secure = turn % SECURE_EVERY == 0 and not step.is_page
                line = lines[-1 if is_secure else 0]
                sending = requests.create_task(
                    _send(line, step, people, (tally, visitors.metrics))
                )
                sending.add_done_callback(lambda _: slots.release())
    return tally


@asynccontextmanager
async def _lines(limits: Limits, visitors: Visitors) -> AsyncIterator[list[_Line]]:
    """Give the ways to the service: the plain one, then the secure one if any."""
    async with _session(aiohttp.TCPConnector(limit=MAX_IN_FLIGHT)) as plain:
        lines = [_Line(plain, limits.url)]
        if visitors.door is not None:
            lines = [_Line(plain, visitors.door + API_PREFIX, door=visitors.door)]
        if visitors.secure_url is None:
            yield lines
            return
        trusted = ssl.create_default_context(cafile=visitors.authority)
        secure = aiohttp.TCPConnector(
            limit=MAX_IN_FLIGHT, ssl=trusted, force_close=True
        )
        async with _session(secure) as session:
            yield [*lines, _Line(session, visitors.secure_url, is_secure=True)]


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    # No proxy, no redirect, no cookie: nothing may lead off this machine.
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
    # aiohttp sends a GET again when a kept connection turns out to be cut. The
    # service may have counted the first one, so here each is sent only once.
    session._retry_connection = False  # noqa: SLF001 - it has no public switch
    return session


async def _stopped(stop: asyncio.Event, wait_s: float) -> bool:
    """Return whether the run was ended early; at the latest after so many seconds."""
    if wait_s > 0:
        try:
            await asyncio.wait_for(stop.wait(), wait_s)
        except TimeoutError:
            return False
    return stop.is_set()


async def _send(
    line: _Line, step: Step, people: People, counts: tuple[Tally, ClientMetrics]
) -> None:
    tally, metrics = counts
    outcome = Outcome.ANSWERED
    try:
        async with line.session.request(
            step.method,
            (line.door if step.is_page else line.url) + step.path,
            json=step.body,
            headers=line.headers(people),
            allow_redirects=False,
        ) as response:
            body = await response.read()
            timing = _TIMING.search(response.headers.get("Server-Timing", ""))
            is_degraded = "X-Degraded" in response.headers
    except aiohttp.ClientConnectorCertificateError:
        outcome = Outcome.UNTRUSTED
    except TimeoutError:
        outcome = Outcome.LATE
    except aiohttp.ClientError:
        outcome = Outcome.REFUSED
    metrics.count(outcome, is_secure=line.is_secure)
    if outcome is not Outcome.ANSWERED:
        tally.no_answer += 1
        people.lose(step)
        return
    if step.is_page:
        tally.pages[response.status] += 1
    elif timing:
        duration_s = float(timing[1]) / 1000
        tally.answer(response.status, duration_s, step.action, is_degraded=is_degraded)
    else:
        # The front door answered in the service's place.
        tally.no_answer += 1
    people.learn(step, response.status, body)
