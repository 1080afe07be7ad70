"""What a Prometheus-compatible server counted in the last day, by job."""

import asyncio
import math
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kizashi.authoring.inventory import JobSeries, may_matter
from kizashi.authoring.outcomes import OUTCOME_LABELS
from kizashi.errors import TooMuchError, UpstreamError
from kizashi.lint.evidence import SeenSeries
from kizashi.lint.traffic import PATHS
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.names import is_plain_metric
from kizashi.upstream.catalogue import UpstreamCatalogue
from kizashi.upstream.client import HttpUpstream

#: Metrics that are looked at; each is a query over a day.
_MOST_METRICS = 40
_AT_ONCE = 4
_T = TypeVar("_T")
_DAY_MS = 86_400_000
_SWITCHES = LabelMatcher(METRIC_NAME, MatchOp.REGEX, "probe_success|[a-zA-Z0-9]+_up")
_PRESENT = tuple(
    LabelMatcher(label, MatchOp.NOT_EQUAL, "") for label in (*OUTCOME_LABELS, "le")
)
#: Labels by which counts are told apart. Those that a metric lacks make no difference.
_BY = ("job", *OUTCOME_LABELS, *PATHS, "verb", "envoy_http_conn_manager_prefix")


@dataclass(frozen=True, slots=True)
class ServerSeries:
    """What a server has.

    Attributes:
        jobs: What each job counted in the last day.
        too_many: Metrics with too many series to be looked at.
        beyond: Metrics that were not asked for: there are so many.
    """

    jobs: Sequence[JobSeries]
    too_many: Sequence[str] = ()
    beyond: Sequence[str] = ()


async def series_of_server(
    upstream: HttpUpstream, job: str, now_ms: int
) -> ServerSeries:
    """Return what each job counted in the last day.

    Args:
        upstream: The server.
        job: The job that is asked for; empty for all.
        now_ms: The time.

    Raises:
        UpstreamError: If it gives no answer of that API.
    """
    catalogue = UpstreamCatalogue(upstream, now_ms)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def named(matcher: LabelMatcher) -> frozenset[str]:
        async with turns:
            listed = await catalogue.metrics(_of_job(job, matcher))
        return frozenset(filter(is_plain_metric, listed))

    *counters, buckets, switches = await _all(map(named, (*_PRESENT, _SWITCHES)))
    wanted = filter(may_matter, buckets.union(*counters))
    ranked = sorted(wanted, key=lambda n: ("request" not in n, n))
    names, too_many = ranked[:_MOST_METRICS], list[str]()

    async def counted(name: str) -> list[SeenSeries]:
        by = (*_BY, "le") if name in buckets else _BY
        own = _of_metric(job, name)
        grown = f"sum by ({', '.join(by)}) (increase({own}[{_DAY_MS}ms]))"
        # What is there and has not grown yet has labels already.
        there = f"sum by ({', '.join(by)}) ({own}) * 0"
        async with turns:
            try:
                return await _asked(upstream, f"{grown} or {there}", name, now_ms)
            except TooMuchError:
                too_many.append(name)
                return []

    async def switched(name: str) -> list[SeenSeries]:
        async with turns:
            return await _asked(upstream, _of_metric(job, name), name, now_ms)

    asked = map(switched, sorted(switches)[:_MOST_METRICS])
    found = await _all((*map(counted, names), *asked))
    types = await catalogue.types(sorted({*names, *map(_family, names)}))
    pasts = await _pasts(upstream, now_ms)
    by_job: dict[str, list[SeenSeries]] = {}
    for one in (one for each in found for one in each):
        if name := one.labels.get("job"):
            bare = SeenSeries(one.labels.without("job"), one.total, one.growth)
            by_job.setdefault(name, []).append(bare)
    jobs = [
        JobSeries(name, held, types, pasts.get(name))
        for name, held in sorted(by_job.items())
    ]
    return ServerSeries(jobs, sorted(too_many), ranked[_MOST_METRICS:])


async def _all(asked: Iterable[Awaitable[_T]]) -> list[_T]:
    """Return every answer; where one fails, its error, once nothing is under way."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [each for each in answers if not isinstance(each, BaseException)]


def _of_metric(job: str, name: str) -> str:
    return _of_job(job, LabelMatcher(METRIC_NAME, MatchOp.EQUAL, name))


def _of_job(job: str, matcher: LabelMatcher) -> str:
    """Return the selector of a matcher, of one job where its name is not empty."""
    own = (LabelMatcher("job", MatchOp.EQUAL, job),) if job else ()
    return str(Selector((matcher, *own)))


async def _asked(
    upstream: HttpUpstream, expression: str, name: str, now_ms: int
) -> list[SeenSeries]:
    """Return what an expression gives as series of a metric."""
    answer = await upstream.instant(expression, now_ms)
    named = {METRIC_NAME: name}
    return [
        SeenSeries(Labels.of({**dict(one.labels), **named}), value, value)
        for one in answer.series
        for value in (float(one.values[-1]),)
    ]


async def _pasts(upstream: HttpUpstream, now_ms: int) -> Mapping[str, int]:
    """Return for how long of the last day each job has been scraped, in milliseconds."""
    # The steps of a day are coarse; what began within one of them is looked at again.
    of_day = f"min_over_time(timestamp(up)[{_DAY_MS}ms:10m])"
    since = f"min by (job) ({of_day} or min_over_time(timestamp(up)[10m:15s]))"
    try:
        answer = await upstream.instant(since, now_ms)
    except UpstreamError:
        return {}
    return {
        one.labels.get("job"): now_ms - round(float(one.values[-1]) * 1000)
        for one in answer.series
        if math.isfinite(one.values[-1])
    }


def _family(name: str) -> str:
    return name.removesuffix("_bucket").removesuffix("_count")
