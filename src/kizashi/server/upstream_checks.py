"""What makes figures of a server that is read doubtful, and no rule of it can tell."""

from collections.abc import Mapping
from contextlib import suppress

from kizashi.app.scrape_intervals import (
    MEASURED_MS,
    interval_fault,
    measured_interval_ms,
)
from kizashi.errors import UpstreamError
from kizashi.ledger.engine import Engine
from kizashi.ledger.shard import Shard
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.ports.clock import Clock
from kizashi.ports.upstream import Upstream
from kizashi.sli._base import EDGE_LABEL, parse_edge, threshold_edge
from kizashi.slo.faults import (
    COUNTER_LABEL,
    Fault,
    counter_selectors,
    edge_fault,
    label_fault,
)

#: A series that has no newer sample is none of now.
_RECENT_MS = 300_000
_LABELLED = LabelMatcher(COUNTER_LABEL, MatchOp.NOT_EQUAL, "")
_NOT_OURS = LabelMatcher(METRIC_NAME, MatchOp.NOT_REGEX, "kizashi:.*")
#: So many histograms are looked at in one go, each for the price of a small query.
_MOST_HISTOGRAMS = 50


class UpstreamChecks:
    """Asks a server for its pace, the edges of silent histograms, and our own label."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        #: How often each job is scraped, as far as the server says or its samples do.
        self.intervals_ms: Mapping[str, int] = {}
        self._edges: dict[tuple[str, str], Fault] = {}
        self._labels: dict[tuple[str, str], Fault] = {}

    def forget(self) -> None:
        """Know nothing again: another server is read from now on."""
        self.intervals_ms, self._edges, self._labels = {}, {}, {}

    async def read(self, client: Upstream) -> None:
        """Ask for everything anew; what cannot be told is left as not known."""
        self.intervals_ms = await self._read_intervals(client)
        self._edges = await self._read_edges(client)
        self._labels = await self._read_labels(client)

    async def _read_intervals(self, client: Upstream) -> Mapping[str, int]:
        """Return how often each job is scraped: as the server says, or measured."""
        now_ms = self._clock.now_ms()
        intervals_ms: dict[str, int] = {}
        with suppress(UpstreamError):
            intervals_ms.update(await client.intervals())
        jobs = {job for shard in self._engine.built.shards for job in shard.jobs}
        for job in sorted(jobs - intervals_ms.keys()):
            up = f"up{Selector((LabelMatcher('job', MatchOp.EQUAL, job),))}"
            with suppress(UpstreamError):
                samples = await client.samples(up, now_ms - MEASURED_MS, now_ms)
                if (interval_ms := measured_interval_ms(samples)) is not None:
                    intervals_ms[job] = interval_ms
        return intervals_ms

    async def _read_edges(self, client: Upstream) -> dict[tuple[str, str], Fault]:
        """Return of which objectives no histogram has the threshold's edge."""
        faults = {}
        silent = [
            (shard, member)
            for shard in self._engine.built.shards
            for member in range(len(shard.members))
            if _is_silent_histogram(shard, member)
        ]
        for shard, member in silent[:_MOST_HISTOGRAMS]:
            spec = shard.members[member].spec
            with suppress(UpstreamError):
                fault = await self._read_edge(client, shard, member)
                if fault is not None:
                    faults[spec.key] = fault
        return faults

    async def _read_edge(
        self, client: Upstream, shard: Shard, member: int
    ) -> Fault | None:
        indicator = shard.members[member].spec.indicator
        threshold = threshold_edge(indicator)
        buckets, now_ms = str(indicator.events.valid.selector), self._clock.now_ms()
        answer = await client.presence(
            buckets, [EDGE_LABEL], now_ms, now_ms, _RECENT_MS
        )
        edges = {parse_edge(one.labels.get(EDGE_LABEL)) for one in answer.series}
        if threshold is None or not edges or threshold in edges or answer.is_partial:
            return None
        return edge_fault(threshold, sorted(edges))

    async def _read_labels(self, client: Upstream) -> dict[tuple[str, str], Fault]:
        """Return of which objectives counters carry the label that is the rules'.

        One question for all finds none, nearly always; then the objectives are asked
        about of which a metric has the label.
        """
        faults: dict[tuple[str, str], Fault] = {}
        with suppress(UpstreamError):
            names = await self._present(client, Selector((_LABELLED, _NOT_OURS)))
            if not names:
                return faults
            for shard in self._engine.built.shards:
                for member in shard.members:
                    for selector in counter_selectors(member.spec.indicator):
                        if selector.metric_name in names and await self._present(
                            client, selector.with_matchers(_LABELLED)
                        ):
                            faults[member.spec.key] = label_fault(str(selector))
        return faults

    async def _present(self, client: Upstream, selector: Selector) -> set[str]:
        """Return the names of series that a server has now."""
        now_ms = self._clock.now_ms()
        answer = await client.presence(
            str(selector), [METRIC_NAME], now_ms, now_ms, _RECENT_MS
        )
        return {one.labels.metric_name for one in answer.series}

    def tell(self) -> None:
        """Let figures, their notes and their tickets say what is known."""
        built = self._engine.built
        for shard in built.shards:
            fault = interval_fault(
                shard.jobs, self.intervals_ms, built.interval_ms(shard.jobs)
            )
            everyone = range(len(shard.members))
            too_slow = {} if fault is None else dict.fromkeys(everyone, fault)
            validity = built.validity[shard]
            validity.remarks = {**too_slow, **_by_number(shard, self._labels)}
            validity.tell(_by_number(shard, self._edges))


def _by_number(
    shard: Shard, faults: Mapping[tuple[str, str], Fault]
) -> dict[int, Fault]:
    return {
        number: faults[member.spec.key]
        for number, member in enumerate(shard.members)
        if member.spec.key in faults
    }


def _is_silent_histogram(shard: Shard, member: int) -> bool:
    """Return whether an objective has a threshold, and no events in the last hour."""
    tracked = shard.members[member]
    if threshold_edge(tracked.spec.indicator) is None:
        return False
    return not shard.window(member, tracked.hour_slices).valid
