"""What the lint was told of where rules run; who gathers it is loaded where asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from kizashi.clock import SystemClock
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.lint._base import Expression
from kizashi.lint.evidence import Evidence
from kizashi.messages import render
from kizashi.settings.declaration_files import load

MOST_TARGETS = 64
_BETWEEN_SCRAPES_MS = 5_000
_LOOK_BACK_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be looked at.

    Attributes:
        code: Message id.
        params: Its parameters; `why` is a message id of its own where `why_params`
            are its parameters.
    """

    code: str
    params: Mapping[str, str]
    why: str = ""
    why_params: Mapping[str, str] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """Return it in a reader's language."""
        params = dict(self.params)
        if self.why:
            params["why"] = render(language, self.why, **self.why_params)
        return render(language, self.code, **params)


@dataclass(frozen=True, slots=True)
class GatheredEvidence:
    """What was seen, and what was not.

    Attributes:
        evidence: What was seen; None where nothing answered.
        unseen: What could not be looked at.
        retention_ms: How long the server keeps samples; None where nobody said.
        scrape_interval_ms: How often it scrapes; None where nobody said.
    """

    evidence: Evidence | None = None
    unseen: tuple[Unseen, ...] = ()
    retention_ms: int | None = None
    scrape_interval_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TriedLinks:
    """Links that were asked for.

    Attributes:
        dead: Those that lead nowhere, with what was answered.
        unseen: Those of which nothing can be said.
    """

    dead: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[Unseen, ...] = ()


Gather = Callable[[Sequence[Expression]], GatheredEvidence]
"""Returns what expressions can be held against."""


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
    url = given if "://" in given else f"http://{given}"
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
    evidence = import_module("kizashi.checking.evidence")
    gather: Gather = evidence.from_targets(
        urls, over_ms or _BETWEEN_SCRAPES_MS, SystemClock()
    )
    return gather


def seen_at_server(given: str, config: Path | None, over_ms: int | None) -> Gather:
    """Return what asks a server; a configuration's ``upstream`` says how to log in.

    Raises:
        AddressError: If it is no address.
    """
    url = address(given).rstrip("/").removesuffix("/api/v1")
    upstream = UpstreamConfig(url)
    if config is not None and (told := load([], config).configuration.upstream):
        upstream = replace(told, url=url, rules_url=url)
    evidence = import_module("kizashi.checking.evidence")
    gather: Gather = evidence.from_server(
        upstream, over_ms or _LOOK_BACK_MS, SystemClock()
    )
    return gather


def tried(expressions: Sequence[Expression]) -> TriedLinks:
    """Ask for every runbook that alerts link to."""
    links = import_module("kizashi.checking.links")
    found: TriedLinks = links.try_links(expressions)
    return found
