"""Links to runbooks, tried: which of them lead nowhere."""

import asyncio
from collections.abc import Sequence

import aiohttp

from kizashi import __version__
from kizashi.lint._base import Expression
from kizashi.lint.telling import runbook_links
from kizashi.resolver import OwnThreadsResolver, open_session
from kizashi.runtime.lint_seen import TriedLinks, Unseen

MOST_LINKS = 200
_AT_ONCE = 8
_TIMEOUT_S = 10.0
_MOST_REDIRECTS = 5
#: Answers that say that there is no such page. Source: RFC 9110, 15.5.5 and 15.5.11.
_GONE = frozenset({404, 410})
_FINE = 400


def try_links(expressions: Sequence[Expression]) -> TriedLinks:
    """Ask for every runbook that alerts link to, each once.

    A page that wants a login, a server that is busy or slow: nothing is said of those
    but that they could not be looked at.
    """
    links = sorted({link for each in expressions for link in runbook_links(each)})
    return asyncio.run(_try(links[:MOST_LINKS]))


async def _try(links: Sequence[str]) -> TriedLinks:
    resolver = OwnThreadsResolver("links-dns", most=4)
    session = open_session(resolver, keep_alive_s=5.0, connections=_AT_ONCE)
    turns = asyncio.Semaphore(_AT_ONCE)
    dead: dict[str, str] = {}
    unseen: list[Unseen] = []

    async def one(link: str) -> None:
        async with turns:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    status = await _status(session, link)
            except aiohttp.ClientConnectorDNSError:
                dead[link] = "DNS: no such host"
            except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
                # Whether the page is gone or only not reachable from here, nobody knows.
                unseen.append(_unseen(link, type(error).__name__))
            else:
                if status in _GONE:
                    dead[link] = f"HTTP {status}"
                elif status >= _FINE:
                    unseen.append(_unseen(link, f"HTTP {status}"))

    try:
        await asyncio.gather(*map(one, links))
    finally:
        await session.close()
        await resolver.close()
    return TriedLinks(dead, tuple(unseen))


async def _status(session: aiohttp.ClientSession, link: str) -> int:
    headers = {"User-Agent": f"Kizashi/{__version__}"}
    async with session.get(
        link, headers=headers, max_redirects=_MOST_REDIRECTS
    ) as answer:
        return answer.status


def _unseen(link: str, why: str) -> Unseen:
    return Unseen("lint.unseen.link", {"link": link, "why": why})
