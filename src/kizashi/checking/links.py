"""Links to runbooks, tried: which of them lead nowhere.

Rules may come from strangers, and are linted from inside a network. So a
link leads to the host that it names and to no other: a redirect elsewhere is not
followed, a host keeps the addresses that it had when it was asked first, and addresses
of a machine's own link, where clouds keep credentials, are never asked.
"""

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from yarl import URL

from kizashi.checking.seen import TriedLinks, Unseen
from kizashi.http.client import REDIRECTS, HttpClient, HttpOptions
from kizashi.http.failures import FailureKind, HttpError
from kizashi.http.resolving import (
    AbstractResolver,
    OwnThreadsResolver,
    ResolveResult,
)
from kizashi.lint._base import Expression
from kizashi.lint.telling import runbook_links
from kizashi.model.outside import address_in

MOST_LINKS = 200
_AT_ONCE = 8
_TIMEOUT_S = 10.0
_MOST_REDIRECTS = 5
#: Answers that say that there is no such page. Source: RFC 9110, 15.5.5 and 15.5.11.
_GONE = frozenset({404, 410})
_FINE = 400
_PORTS = {"http": 80, "https": 443}
#: A machine's own link, and where clouds answer with credentials.
_OWN_LINK = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32",
        "192.0.0.192/32", "0.0.0.0/8",
    )
)  # fmt: skip
#: Prefixes behind which an IPv4 address may stand, and where its bits begin.
_WRAPPED = (
    (ipaddress.ip_network("64:ff9b::/96"), 0),
    (ipaddress.ip_network("2002::/16"), 80),
)


class _ElsewhereError(Exception):
    """A redirect leads to another host; its text names that."""


class _OwnLinkError(Exception):
    """A host has an address that is never asked."""


def is_own_link(text: str) -> bool:
    """Return whether an address is one of the machine's own link, however written."""
    found = address_in(text.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        for network, shift in _WRAPPED:
            if found in network:
                found = ipaddress.IPv4Address(int(found) >> shift & 0xFFFF_FFFF)
                break
    return found is not None and any(found in network for network in _OWN_LINK)


@dataclass(slots=True)
class _PinnedResolver(AbstractResolver):
    """Resolves each name once, so that it cannot lead elsewhere later."""

    inner: AbstractResolver
    known: dict[tuple[str, int], list[ResolveResult]] = field(default_factory=dict)

    async def resolve(
        self, host: str, port: int = 0, family: int = 0
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            _OwnLinkError: If one of them is never asked.
        """
        at_any = self.known.get((host, int(family)))
        if at_any is None:
            at_any = await self.inner.resolve(host, port, family)  # type: ignore[arg-type]
            self.known[host, int(family)] = at_any
        if any(is_own_link(one["host"]) for one in at_any):
            raise _OwnLinkError
        return [{**one, "port": port} for one in at_any]

    async def close(self) -> None:
        """Forget lookups that have not begun."""
        await self.inner.close()


def try_links(expressions: Sequence[Expression]) -> TriedLinks:
    """Ask for every runbook that alerts link to, each once.

    A page that wants a login, a server that is busy or slow, a redirect to another
    host: nothing is said of those but that they could not be looked at.
    """
    links = sorted({link for each in expressions for link in runbook_links(each)})
    return asyncio.run(_try(links[:MOST_LINKS]))


async def _try(links: Sequence[str]) -> TriedLinks:
    client = HttpClient(
        "links",
        HttpOptions(
            keep_alive_s=5.0,
            connections=_AT_ONCE,
            new_resolver=lambda: _PinnedResolver(OwnThreadsResolver("links-dns", 4)),
        ),
    )
    turns = asyncio.Semaphore(_AT_ONCE)
    dead: dict[str, str] = {}
    unseen: list[Unseen] = []

    async def one(link: str) -> None:
        async with turns:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    status = await _status(client, link)
            except _ElsewhereError as error:
                to = {"link": link, "to": str(error)}
                unseen.append(Unseen("lint.unseen.elsewhere", to))
            except _OwnLinkError:
                unseen.append(Unseen("lint.unseen.own_link", {"link": link}))
            except HttpError as error:
                if error.kind is FailureKind.DNS:
                    dead[link] = "DNS: no such host"
                else:
                    unseen.append(_unseen(link, type(error.cause).__name__))
            except (ValueError, TimeoutError) as error:
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
        await client.close()
    return TriedLinks(dead, tuple(unseen))


async def _status(client: HttpClient, link: str) -> int:
    """Return how a link answers, or what it is moved to on the same host.

    Raises:
        _ElsewhereError: If it leads to another host.
        _OwnLinkError: If its host is never asked.
        HttpError: If it does not answer.
        ValueError: If it is moved too often, or to what is no address.
    """
    url = link
    for _ in range(_MOST_REDIRECTS + 1):
        if is_own_link(urlsplit(url).hostname or ""):
            raise _OwnLinkError
        async with client.request("GET", URL(url), headers={}) as answer:
            to = answer.headers.get("Location")
            if answer.status not in REDIRECTS or to is None:
                return answer.status
        url = urljoin(url, to)
        if not _is_same_host(link, url):
            raise _ElsewhereError((urlsplit(url).hostname or "?")[:200])
    raise ValueError(link)


def _is_same_host(link: str, url: str) -> bool:
    """Return whether an address leads where a link does, or from HTTP to HTTPS there."""
    one, other = urlsplit(link), urlsplit(url)
    if other.scheme not in _PORTS or one.hostname != other.hostname or other.username:
        return False
    ports = [parts.port or _PORTS[parts.scheme] for parts in (one, other)]
    return ports[0] == ports[1] or ports == [80, 443]


def _unseen(link: str, why: str) -> Unseen:
    return Unseen("lint.unseen.link", {"link": link, "why": why})
