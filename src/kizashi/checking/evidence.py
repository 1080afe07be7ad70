"""Evidence for the lint: exporters scraped twice, or a server that is asked."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from math import nan
from urllib.parse import urlsplit

from kizashi.checking.seen import Gather, GatheredEvidence, Unseen
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.errors import (
    ExpositionError,
    LimitError,
    ScrapeError,
    TooMuchError,
    UpstreamError,
)
from kizashi.lint._base import Expression
from kizashi.lint.evidence import Evidence, SeenSeries
from kizashi.lint.reading import selections
from kizashi.model.labels import METRIC_NAME
from kizashi.model.scraping import ScrapeConfig, ScrapeLimits
from kizashi.ports.clock import Clock
from kizashi.scrape.budget import ByteBudget
from kizashi.scrape.fetch import HttpFetcher
from kizashi.scrape.reasons import reason_of
from kizashi.upstream.catalogue import UpstreamCatalogue
from kizashi.upstream.client import HttpUpstream
from kizashi.wire.exposition import ExpositionPage, ExpositionParser

#: Metrics that a server is asked about one by one.
MOST_METRICS = 500
_AT_ONCE = 8
_TIMEOUT_MS = 10_000
_LIMITS = ScrapeLimits(body_bytes=64 * 1024 * 1024, samples=1_000_000)
_LISTED = 3


def from_targets(urls: Sequence[str], over_ms: int, clock: Clock) -> Gather:
    """Return what scrapes targets twice, so long apart."""

    def gather(_expressions: Sequence[Expression]) -> GatheredEvidence:
        return asyncio.run(_scrape(urls, over_ms, clock))

    return gather


def from_server(config: UpstreamConfig, over_ms: int, clock: Clock) -> Gather:
    """Return what asks a server of what it saw lately."""

    def gather(expressions: Sequence[Expression]) -> GatheredEvidence:
        return asyncio.run(_ask(config, expressions, over_ms, clock))

    return gather


async def _scrape(urls: Sequence[str], over_ms: int, clock: Clock) -> GatheredEvidence:
    fetcher = HttpFetcher(ScrapeConfig("lint", limits=_LIMITS), clock)
    parsers = {url: page_parser(_LIMITS) for url in urls}
    budget, turns = ByteBudget(), asyncio.Semaphore(_AT_ONCE)

    async def page(url: str) -> ExpositionPage | Unseen:
        try:
            async with turns:
                with budget.claim(_LIMITS.body_bytes) as claim:
                    body = await fetcher.fetch(url, _TIMEOUT_MS, claim)
                    return await asyncio.to_thread(
                        parsers[url].parse, body.data, body.content_type
                    )
        except (ScrapeError, LimitError, ExpositionError) as error:
            why = reason_of(error, "scrape.page")
            return Unseen(
                "lint.unseen", {"origin": shown(url)}, why.code, dict(why.params)
            )

    try:
        first = dict(zip(urls, await asyncio.gather(*map(page, urls)), strict=True))
        started = clock.monotonic()
        await clock.sleep(over_ms / 1000)
        second = dict(zip(urls, await asyncio.gather(*map(page, urls)), strict=True))
        span_ms = round((clock.monotonic() - started) * 1000)
    finally:
        await fetcher.close()
    unseen = [
        next(p for p in (first[url], second[url]) if isinstance(p, Unseen))
        for url in urls
        if isinstance(first[url], Unseen) or isinstance(second[url], Unseen)
    ]
    seen = {
        url: (before, after)
        for url in urls
        if isinstance(before := first[url], ExpositionPage)
        and isinstance(after := second[url], ExpositionPage)
    }
    return GatheredEvidence(of_pages(seen, span_ms, not unseen), tuple(unseen))


def of_pages(
    seen: Mapping[str, tuple[ExpositionPage, ExpositionPage]],
    span_ms: int,
    is_whole: bool,
) -> Evidence | None:
    """Return what two pages of each target show; None where there is none."""
    if not seen:
        return None
    series: dict[str, list[SeenSeries]] = {}
    types: dict[str, str] = {}
    for before, after in seen.values():
        types |= after.layout.types
        earlier = dict(zip(before.layout.labels, before.values.tolist(), strict=True))
        for labels, value in zip(
            after.layout.labels, after.values.tolist(), strict=True
        ):
            grown = value - earlier.get(labels, 0.0)
            one = SeenSeries(labels, value, value if grown < 0 else grown)
            series.setdefault(labels.metric_name, []).append(one)
    return Evidence(
        listed(seen),
        of_server=False,
        names=frozenset(series),
        series=series,
        types=types,
        span_ms=span_ms,
        is_whole=is_whole,
    )


async def _ask(
    config: UpstreamConfig,
    expressions: Sequence[Expression],
    over_ms: int,
    clock: Clock,
) -> GatheredEvidence:
    upstream = HttpUpstream(config, clock)
    origin = shown(config.url)
    catalogue = UpstreamCatalogue(upstream, clock.now_ms())
    try:
        names, is_part = await catalogue.values(METRIC_NAME)
        jobs, is_part_too = await catalogue.values("job")
        asked = _asked(expressions)
        wanted = sorted(asked.keys() & names)
        looked = wanted[:MOST_METRICS]
        turns = asyncio.Semaphore(_AT_ONCE)

        async def look(metric: str) -> list[SeenSeries] | None:
            async with turns:
                return await _series(catalogue, metric, over_ms, asked[metric])

        found = await asyncio.gather(*map(look, looked))
        series = {m: f for m, f in zip(looked, found, strict=True) if f is not None}
        unseen = [
            Unseen("lint.unseen.metric", {"origin": origin, "metric": metric})
            for metric in wanted
            if metric not in series
        ]
        evidence = Evidence(
            origin,
            of_server=True,
            names=names,
            series=series,
            types=await catalogue.types(wanted),
            jobs=jobs,
            span_ms=over_ms,
            is_whole=not (is_part or is_part_too),
        )
        return GatheredEvidence(
            evidence,
            tuple(unseen),
            await catalogue.retention_ms(),
            await catalogue.scrape_interval_ms(),
        )
    except UpstreamError as error:
        why = Unseen("lint.unseen", {"origin": origin}, error.code, error.params)
        return GatheredEvidence(unseen=(why,))
    finally:
        await upstream.close()


async def _series(
    catalogue: UpstreamCatalogue, metric: str, over_ms: int, is_rate: bool
) -> list[SeenSeries] | None:
    """Return a metric's series; None where there are too many, or only a part."""
    try:
        found = await catalogue.series(metric)
        if found is None or found[1]:
            return None
        grown = await catalogue.growth(metric, over_ms) if is_rate else {}
    except TooMuchError:
        return None
    return [
        SeenSeries(labels, nan, grown.get(labels.without(METRIC_NAME), nan))
        for labels in found[0]
    ]


def _asked(expressions: Sequence[Expression]) -> dict[str, bool]:
    """Return every metric that is read, and whether its growth is."""
    found: dict[str, bool] = {}
    for expression in expressions:
        for one in selections(expression.tree):
            if one.metric:
                found[one.metric] = found.get(one.metric, False) or one.is_rate
    return found


def shown(url: str) -> str:
    """Return an address as people call it, without what may be a secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    path = "" if parts.path in {"", "/", "/metrics"} else parts.path.rstrip("/")
    return f"{host}{path}"


def listed(urls: Iterable[str]) -> str:
    """Return addresses as one name."""
    names = [shown(url) for url in urls]
    more = f" (+{len(names) - _LISTED})" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def page_parser(limits: ScrapeLimits) -> ExpositionParser:
    """Return what reads pages within limits."""
    return ExpositionParser(
        max_samples=limits.samples,
        max_labels=limits.labels,
        max_label_name_bytes=limits.label_name_bytes,
        max_label_value_bytes=limits.label_value_bytes,
    )
