"""What rules are held against, gathered where it is asked for, and loaded only then.

Scraping and asking a server take long to load, and most checks do neither.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from kizashi.checking.seen import Gather, TriedLinks
from kizashi.clock import SystemClock
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.lint._base import Expression
from kizashi.settings.declaration_files import load

MOST_TARGETS = 64
_BETWEEN_SCRAPES_MS = 5_000
_LOOK_BACK_MS = 3_600_000


class AddressError(Exception):
    """An address names no target and no server.

    Attributes:
        code: Message id of what is wrong with it.
        given: The address; empty where it may hold a secret.
    """

    def __init__(self, code: str, given: str) -> None:
        super().__init__(code)
        self.code = code
        self.given = given


def address(given: str, *, path: str = "") -> str:
    """Return a whole address; ``host:port`` is enough, as in a scrape configuration.

    Args:
        given: As someone wrote it.
        path: What follows where they wrote no path.

    Raises:
        AddressError: If it is none, or holds a password.
    """
    # A probe's query may hold an address of its own.
    url = given if "://" in given.partition("?")[0] else f"http://{given}"
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError as error:
        raise AddressError("cli.check.bad-address", given) from error
    if parts.username is not None:
        raise AddressError("cli.check.address-secret", "")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressError("cli.check.bad-address", given)
    has_path = bool(parts.path.strip("/") or parts.query)
    return url if has_path else f"{url.rstrip('/')}{path}"


def seen_at_targets(given: Sequence[str], over_ms: int | None) -> Gather:
    """Return what scrapes targets twice.

    Raises:
        AddressError: If one is none.
    """
    urls = list(dict.fromkeys(address(each, path="/metrics") for each in given))
    if len(urls) > MOST_TARGETS:
        raise AddressError("cli.check.many-targets", str(len(urls)))
    from kizashi.checking.evidence import from_targets

    return from_targets(urls, over_ms or _BETWEEN_SCRAPES_MS, SystemClock())


def seen_at_server(given: str, config: Path | None, over_ms: int | None) -> Gather:
    """Return what asks a server; a configuration's ``upstream`` says how to log in.

    Raises:
        AddressError: If it is no address.
    """
    url = address(given).rstrip("/").removesuffix("/api/v1")
    upstream = UpstreamConfig(url)
    if config is not None and (told := load([], config).configuration.upstream):
        upstream = replace(told, url=url, rules_url=url)
    from kizashi.checking.evidence import from_server

    return from_server(upstream, over_ms or _LOOK_BACK_MS, SystemClock())


def tried(expressions: Sequence[Expression]) -> TriedLinks:
    """Ask for every runbook that alerts link to."""
    from kizashi.checking.links import try_links

    return try_links(expressions)
