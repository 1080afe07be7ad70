"""What an address is, and what stands there: read once, for `kizashi init`.

A running Kizashi is told by its targets, a Prometheus-compatible server by its API; any
other address is a page of metrics, or rules.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from kizashi.authoring.inventory import JobSeries
from kizashi.checking.evidence import page_parser, shown
from kizashi.checking.found_server import series_of_server
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.declarations.yaml_document import MOST_FOREIGN_BYTES
from kizashi.errors import (
    ExpositionError,
    KizashiError,
    LimitError,
    ScrapeError,
    UpstreamError,
)
from kizashi.lint.evidence import SeenSeries
from kizashi.model.scraping import (
    Authorization,
    ScrapeConfig,
    ScrapeLimits,
    TargetGroup,
    TlsConfig,
)
from kizashi.ports.clock import Clock
from kizashi.scrape.budget import ByteBudget
from kizashi.scrape.fetch import HttpFetcher, ScrapeBody
from kizashi.scrape.reasons import FailureReason, reason_of
from kizashi.upstream.client import HttpUpstream
from kizashi.wire.exposition import ExpositionPage

_LIMITS = ScrapeLimits(body_bytes=64 * 1024 * 1024, samples=1_000_000)
_TIMEOUT_MS = 5_000
#: Of a running Kizashi: so many of its jobs are read, and so many targets of each.
_MOST_JOBS, _MOST_OF_JOB = 16, 2
_MOST_NAMED = 3
_RULES = (".yaml", ".yml")
_START = "process_start_time_seconds"
_WANTS_LOGIN = frozenset({"401", "403"})
_T = TypeVar("_T")


class DiscoveryError(KizashiError):
    """Nothing can be said of an address.

    Attributes:
        code: Message id of why.
        params: Its parameters.
        why: What stands behind it; None where nothing does.
    """

    def __init__(
        self, code: str, why: FailureReason | None = None, **params: str
    ) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.why = why


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look, and how to log in there.

    Attributes:
        url: A whole address.
        token_file: A file with a bearer token; empty for none.
        ca_file: Authorities to trust; empty for the system's.
    """

    url: str
    token_file: str = ""
    ca_file: str = ""

    @property
    def authorization(self) -> Authorization | None:
        """How to log in; None where nobody said."""
        if not self.token_file:
            return None
        return Authorization(credentials_file=self.token_file)

    @property
    def tls(self) -> TlsConfig | None:
        """How to speak TLS; None for the system's way."""
        return TlsConfig(ca_file=self.ca_file) if self.ca_file else None


@dataclass(frozen=True, slots=True)
class Discovered:
    """What stands at an address.

    Attributes:
        code: Message id of what it is.
        origin: The address, as people call it.
        jobs: What was seen, by job; a page has one without a name.
        reads: How Kizashi reads it from now on; None where a running one does already.
        rules: The text of rules; None where it is none.
        taken: Services that are declared there.
        unseen: What could not be looked at, each with why.
    """

    code: str
    origin: str
    jobs: Sequence[JobSeries] = ()
    reads: ScrapeConfig | UpstreamConfig | None = None
    rules: str | None = None
    taken: frozenset[str] = frozenset()
    unseen: Mapping[str, FailureReason] = field(default_factory=dict)


class _Target(msgspec.Struct):
    job: str
    url: str


class _Targets(msgspec.Struct):
    targets: list[_Target]


class _Service(msgspec.Struct):
    name: str


class _Services(msgspec.Struct):
    services: list[_Service]


def discover(place: Place, job: str, clock: Clock) -> Discovered:
    """Return what stands at an address.

    Args:
        place: Where.
        job: The job that is asked for, of a server that has several; empty for all.
        clock: The clock.

    Raises:
        DiscoveryError: If that cannot be said.
    """
    return asyncio.run(_Look(place, clock).look(job))


class _Look:
    """One look at one address."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self._place = place
        self._clock = clock
        self._origin = shown(place.url)
        self._budget = ByteBudget()
        self._config = ScrapeConfig(
            "", authorization=place.authorization, tls=place.tls, limits=_LIMITS
        )

    async def look(self, job: str) -> Discovered:
        """Return what it is and has."""
        parts = urlsplit(self._place.url)
        own = HttpFetcher(self._config, self._clock)
        try:
            if parts.path.endswith(_RULES):
                return await self._rules(own)
            is_root = not parts.path.strip("/") and not parts.query
            if not is_root and not parts.path.rstrip("/").endswith("/api/v1"):
                return await self._page_or_server(own, job)
            kizashi = await self._kizashi(own, job) if is_root else None
            if kizashi is not None:
                return kizashi
            server = await self._server(job)
            if server is not None:
                return server
            at_metrics = f"{self._place.url.rstrip('/')}/metrics"
            return await self._page(own, at_metrics)
        finally:
            await own.close()

    async def _page_or_server(self, own: HttpFetcher, job: str) -> Discovered:
        """Return a page; where it is none, perhaps a server is reached below its path."""
        try:
            return await self._page(own, self._place.url)
        except DiscoveryError as error:
            if error.code == "init.unreachable":
                raise
            server = await self._server(job)
            if server is None:
                raise
            return server

    async def _rules(self, own: HttpFetcher) -> Discovered:
        body = await self._fetched(
            own, self._place.url, self._origin, MOST_FOREIGN_BYTES
        )
        try:
            text = body.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DiscoveryError("init.not-text", url=self._origin) from error
        return Discovered("init.is.rules", self._origin, rules=text)

    async def _page(self, own: HttpFetcher, url: str) -> Discovered:
        page = _read(await self._fetched(own, url, self._origin), self._origin)
        jobs = [_job_of("", [page], self._clock.now_ms())]
        return Discovered("init.is.page", shown(url), jobs, self._scrape_config(url))

    def _scrape_config(self, url: str) -> ScrapeConfig:
        parts = urlsplit(url)
        asked = parse_qs(parts.query, keep_blank_values=True)
        return replace(
            self._config,
            scheme=parts.scheme,
            metrics_path=parts.path,
            params=tuple((name, tuple(values)) for name, values in asked.items()),
            static_groups=(TargetGroup((parts.netloc,)),),
        )

    async def _kizashi(self, own: HttpFetcher, job: str) -> Discovered | None:
        """Return what the targets of a running Kizashi have; None where there is none.

        Raises:
            DiscoveryError: If nothing answers at all.
        """
        root = self._place.url.rstrip("/")
        try:
            targets = await self._json(own, f"{root}/kizashi/v1/targets", _Targets)
            services = await self._json(own, f"{root}/kizashi/v1/services", _Services)
        except DiscoveryError as error:
            if error.code == "init.unreachable":
                raise
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        of_jobs: dict[str, list[str]] = {}
        for target in targets.targets:
            if not job or target.job == job:
                of_jobs.setdefault(target.job, []).append(target.url)
        names = list(of_jobs)
        jobs, unseen = await self._pages_of({n: of_jobs[n] for n in names[:_MOST_JOBS]})
        unseen |= _left_out(names[_MOST_JOBS:], "init.beyond")
        taken = frozenset(service.name for service in services.services)
        return Discovered(
            "init.is.kizashi", self._origin, jobs, taken=taken, unseen=unseen
        )

    async def _pages_of(
        self, of_jobs: Mapping[str, Sequence[str]]
    ) -> tuple[list[JobSeries], dict[str, FailureReason]]:
        """Return what targets have. Our token is not shown to them."""
        plain = HttpFetcher(ScrapeConfig("", limits=_LIMITS), self._clock)
        jobs, unseen = list[JobSeries](), dict[str, FailureReason]()
        try:
            for job, urls in of_jobs.items():
                pages = []
                for url in urls[:_MOST_OF_JOB]:
                    try:
                        body = await self._fetched(plain, url, shown(url))
                        pages.append(_read(body, shown(url)))
                    except DiscoveryError as error:
                        unseen[shown(url)] = error.why or FailureReason(
                            error.code, tuple(error.params.items())
                        )
                if pages:
                    jobs.append(_job_of(job, pages, self._clock.now_ms()))
        finally:
            await plain.close()
        return jobs, unseen

    async def _server(self, job: str) -> Discovered | None:
        """Return what a Prometheus-compatible server has; None where there is none."""
        url = self._place.url.rstrip("/").removesuffix("/api/v1")
        config = UpstreamConfig(
            url,
            url,
            timeout_ms=_TIMEOUT_MS,
            authorization=self._place.authorization,
            tls=self._place.tls,
        )
        upstream = HttpUpstream(config, self._clock)
        try:
            found = await series_of_server(upstream, job, self._clock.now_ms())
        except UpstreamError as error:
            if error.code in {"upstream.not-prometheus", "upstream.status"}:
                return None
            why = FailureReason(error.code, tuple(error.params.items()))
            raise DiscoveryError("init.no-answer", why, url=self._origin) from error
        finally:
            await upstream.close()
        unseen = _left_out(found.too_many, "init.too-many")
        unseen |= _left_out(found.beyond, "init.beyond")
        return Discovered(
            "init.is.server", self._origin, found.jobs, config, unseen=unseen
        )

    async def _json(self, own: HttpFetcher, url: str, kind: type[_T]) -> _T:
        body = await self._fetched(own, url, self._origin)
        return msgspec.json.decode(body.data, type=kind)

    async def _fetched(
        self,
        fetcher: HttpFetcher,
        url: str,
        called: str,
        most_bytes: int = _LIMITS.body_bytes,
    ) -> ScrapeBody:
        try:
            with self._budget.claim(most_bytes) as claim:
                return await fetcher.fetch(url, _TIMEOUT_MS, claim)
        except (ScrapeError, LimitError) as error:
            why = reason_of(error, "scrape.page")
            status = dict(why.params).get("status")
            code = "init.unreachable" if status is None else "init.no-answer"
            if status in _WANTS_LOGIN:
                code = "init.wants-login"
            if isinstance(error, LimitError):
                code = "init.no-answer"
            raise DiscoveryError(code, why, url=called) from error


def _left_out(names: Sequence[str], code: str) -> dict[str, FailureReason]:
    """Return what was not looked at under one name, with why."""
    more = f" (+{len(names) - _MOST_NAMED})" if len(names) > _MOST_NAMED else ""
    called = ", ".join(names[:_MOST_NAMED]) + more
    return {called: FailureReason(code)} if names else {}


def _read(body: ScrapeBody, origin: str) -> ExpositionPage:
    """Return the samples of a page.

    Raises:
        DiscoveryError: If it is no page of metrics, or holds none.
    """
    start = body.data[:64].lstrip().lower()
    is_html = "html" in body.content_type or start.startswith((b"<!doctype", b"<html"))
    if is_html:
        raise DiscoveryError("init.html", url=origin)
    try:
        page = page_parser(_LIMITS).parse(body.data, body.content_type)
    except (ExpositionError, LimitError) as error:
        why = reason_of(error, "scrape.page")
        raise DiscoveryError("init.no-page", why, url=origin) from error
    if not page.layout.labels:
        raise DiscoveryError("init.empty", url=origin)
    return page


def _job_of(job: str, pages: Sequence[ExpositionPage], now_ms: int) -> JobSeries:
    """Return the series of a job's pages; the youngest process says for how long."""
    series: list[SeenSeries] = []
    types: dict[str, str] = {}
    starts = []
    for page in pages:
        types |= page.layout.types
        values = page.values.tolist()
        for labels, value in zip(page.layout.labels, values, strict=True):
            series.append(SeenSeries(labels, value, value))
            if labels.metric_name == _START and math.isfinite(value):
                starts.append(now_ms - round(value * 1000))
    span_ms = min(starts, default=None)
    is_sound = span_ms is not None and span_ms > 0
    return JobSeries(job, series, types, span_ms if is_sound else None)
