"""A ledger that is read from a server: its recordings, its past, its absences."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from kizashi.app.alerting import AlertTracker
from kizashi.app.answering import EngineAnswers
from kizashi.app.drift import DriftKind
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.errors import TooMuchError, UpstreamBusyError, UpstreamError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.filling import RawTask, RecordingGap
from kizashi.ledger.shard import Shard
from kizashi.model.labels import Labels
from kizashi.model.upstream import (
    RunningAlert,
    RunningGroup,
    RunningRule,
    UpstreamSamples,
)
from kizashi.model.windows import RollingWindow
from kizashi.ports.ledger import LedgerStore
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import Phase
from kizashi.server.following import UpstreamFollower
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import BLOCK_SLICES, SliceRange
from kizashi.slo.sources import SourceKind
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples
from kizashi.testing.memory_upstream import MemoryUpstream
from kizashi.testing.receivers import Received, ReceiverServer, hang
from kizashi.upstream.client import HttpUpstream

pytestmark = pytest.mark.anyio

SLICE = 15_000
BLOCK = BLOCK_SLICES * SLICE
T0 = 1_800_000_000_000 // BLOCK * BLOCK
FIRST = T0 // SLICE
#: Rules are evaluated so long before an edge.
PHASE = 4_000
RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)
OK, FAILED = (
    Labels.of(__name__="hits_total", job="j", instance="x", code=code)
    for code in ("200", "500")
)
UP, READ, KEPT, ADDED = (
    Labels.of(__name__=name, job="j", instance="x")
    for name in (
        "up",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    )
)
CONFIG = UpstreamConfig("http://p:9090", "http://p:9090")


def recorded(name: str) -> Labels:
    return Labels.of(__name__=f"kizashi:slice_{name}", service="s", objective="a")


class Server(MemoryUpstream):
    """A server that scrapes one target and may evaluate our rules."""

    def __init__(self) -> None:
        super().__init__()
        self.hits: dict[int, tuple[float, float]] = {}
        self.most = 2**60
        self.withheld = ""
        #: Happens once, while raw samples are read.
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.reports = True
        #: What is told of failures instead of their number; None for nothing.
        self.shows: dict[int, float | None] = {}

    def outages(self, gaps: Sequence[tuple[int, int]], last: int) -> None:
        """Record the slices up to one, but not those of some evaluations missed."""
        at = FIRST + 1
        for first, end in gaps:
            self.live(at, first - 1, records=True)
            self.live(first, end, records=False)
            at = end + 1
        self.live(at, last, records=True)

    def live(self, first: int, last: int, *, records: bool, scrapes: bool = True):
        """Scrape once a slice, a second after its start, and record at its end."""
        for number in range(first, last + 1):
            if scrapes:
                at_ms = (number - 1) * SLICE + 1_000
                bad = float(number % 3 == 0)
                self.hits[number] = bad, 100.0 + bad
                self.store(OK, at_ms, 100.0 * len(self.hits))
                failures = sum(b for b, _ in self.hits.values())
                shown = self.shows.get(number, failures)
                if shown is not None:
                    self.store(FAILED, at_ms, shown)
                self.store(UP, at_ms, 1.0)
                if self.reports:
                    self.store(READ, at_ms, 2.0)
                    self.store(KEPT, at_ms, 2.0)
                    self.store(ADDED, at_ms, 0.0)
            if records and number in self.hits:
                told = self.hits[number]
                e_ms = number * SLICE - PHASE
                self.store(recorded("bad:count"), e_ms, told[0])
                self.store(recorded("valid:count"), e_ms, told[1])
                self.store(recorded("seen:ratio"), e_ms, 1.0)

    async def samples(
        self, selector: str, start_ms: int, end_ms: int
    ) -> UpstreamSamples:
        if end_ms - start_ms > self.most:
            self.asked.append(("samples", selector, start_ms, end_ms))
            raise TooMuchError("upstream.too-much", said="too many samples")
        found = await super().samples(selector, start_ms, end_ms)
        meanwhile = self.meanwhile
        if meanwhile is not None and "hits_total{code" in selector:
            self.meanwhile = None
            await meanwhile()
        told = [s for s in found.series if s.labels.metric_name != self.withheld]
        return UpstreamSamples(tuple(told), found.is_partial)


class World:
    """An engine that follows a server, driven by hand."""

    def __init__(
        self,
        now_slice: int,
        *,
        window_slices: int = 2 * BLOCK_SLICES,
        ledgers: LedgerStore | None = None,
        server: Server | None = None,
        indicator: Indicator = RATIO,
    ) -> None:
        self.server = server or Server()
        self.ledgers = ledgers or MemoryLedger()
        self.clock = ManualClock(now_slice * SLICE)
        spec = ObjectiveSpec(
            "s",
            "a",
            Decimal("0.99"),
            RollingWindow(window_slices * SLICE),
            indicator,
            job="j",
        )
        service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
        self.plan = LedgerPlan((service,), {"j": SLICE}, SLICE, follows=True)
        self.engine = Engine(MemorySamples(), self.ledgers)
        built = self.engine.build(self.plan, self.clock.now_ms())
        self.engine.take_over(built)
        self.alerts: list[Sequence[RunningAlert]] = []
        self.follower = UpstreamFollower(
            self.engine,
            self.clock,
            asyncio.Lock(),
            on_read=lambda: None,
            on_alerts=self.alerts.append,
            connect=lambda _config, _clock: self.server,
        )

    @property
    def shard(self) -> Shard:
        (shard,) = self.engine.built.shards
        return shard

    async def follow(self, config: UpstreamConfig = CONFIG) -> "World":
        await self.follower.apply(config, 0)
        return self

    async def at(self, number: int) -> None:
        """Let the edge of a slice come, and what is due after it."""
        await self.wait_until(number * SLICE + 3_000)
        await self.follower._read_live(self.clock.now_ms())
        self.engine.tick(self.clock.now_ms())

    async def wait_until(self, now_ms: int) -> None:
        await self.clock.advance((now_ms - self.clock.now_ms()) / 1000)

    async def read_past(self, *, raw: bool = True) -> int:
        """Read everything that is open; return in how many pieces."""
        for pieces in range(1_000):
            if not await self.follower._backfill.step(self.server, 2_000, raw=raw):
                return pieces
            # What is open younger than the lag waits; an hour changes nothing here.
        raise AssertionError("reading the past has no end")

    def slices(self, first: int, last: int) -> SliceRange:
        return self.shard.past_slices(0, first, last)

    def sources(
        self, first: int, last: int
    ) -> list[tuple[SourceKind | None, int, int]]:
        return self.shard.source.came_from(0, first, last)


def check(world: World, first: int, last: int) -> None:
    """Check slices against what the server lived through, and sums against slices."""
    part = world.slices(first, last)
    hits = [world.server.hits[n] for n in range(first, last + 1)]
    assert list(zip(part.bad.tolist(), part.valid.tolist(), strict=True)) == hits
    check_sums(world)


def check_sums(world: World) -> None:
    """Check that every running window is the sum of its slices."""
    newest = world.shard.ledger.newest
    for window in world.shard.members[0].windows:
        part = world.slices(newest - window + 1, newest)
        sums = world.shard.ledger.window(0, window)
        assert (sums.bad, sums.valid) == (part.bad.sum(), part.valid.sum())
        assert sums.seen == part.seen.sum(dtype="int64")


async def test_the_newest_slices_are_those_that_the_server_recorded():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 900, FIRST + 1_010, records=True)

    for number in range(FIRST + 1_000, FIRST + 1_011):
        await world.at(number)

    assert world.shard.ledger.newest == FIRST + 1_010
    check(world, FIRST + 1_001, FIRST + 1_010)
    newest = world.slices(FIRST + 1_001, FIRST + 1_010)
    assert newest.seen.tolist() == [SEEN_ONE] * 10
    assert set(newest.state.tolist()) == {State.LIVE}


async def test_the_past_is_filled_from_recordings_newest_first():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 1, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)

    await world.read_past()

    check(world, FIRST + 41, FIRST + 1_000)
    # The window's first slice; older ones are nobody's.
    assert world.sources(FIRST + 41, FIRST + 1_000) == [
        (SourceKind.RECORDED, FIRST + 41, FIRST + 1_000)
    ]
    asked = [start for kind, s, start, _ in world.server.asked if kind == "samples"]
    assert asked[1:] == sorted(asked[1:], reverse=True)


async def test_what_is_older_than_the_recordings_is_counted_from_raw_samples():
    world = await World(FIRST + 1_000).follow()
    # The rules were deployed in the middle of a block.
    world.server.live(FIRST + 1, FIRST + 699, records=False)
    world.server.live(FIRST + 700, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)

    await world.read_past()

    # Nothing is lost where they meet, and nothing is counted twice.
    check(world, FIRST + 41, FIRST + 1_000)
    assert world.sources(FIRST + 41, FIRST + 1_000) == [
        (SourceKind.RAW, FIRST + 41, FIRST + 699),
        (SourceKind.RECORDED, FIRST + 700, FIRST + 1_000),
    ]


async def test_events_between_the_edge_and_the_first_recording_are_counted_once():
    """A scrape that the first recording holds although it is of the slice before."""
    world = await World(FIRST + 600).follow()
    server = world.server
    server.live(FIRST + 1, FIRST + 500, records=False)
    total = 100.0 * 500
    # In slice 501, after the last evaluation before the rules were deployed.
    late_ms = (FIRST + 501) * SLICE - PHASE + 2_000
    server.store(OK, late_ms, total + 30)
    server.store(UP, late_ms, 1.0)
    first_ms = (FIRST + 502) * SLICE - PHASE
    server.store(recorded("valid:count"), first_ms, 30.0)
    server.store(recorded("bad:count"), first_ms, 0.0)
    server.store(recorded("seen:ratio"), first_ms, 1.0)
    await world.at(FIRST + 600)

    await world.read_past()

    part = world.slices(FIRST + 500, FIRST + 503)
    assert part.valid.tolist()[1:] == [0.0, 30.0, 0.0]
    check_sums(world)


async def test_where_the_server_has_nothing_it_is_missing():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 800, FIRST + 900, records=False)
    world.server.live(FIRST + 901, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)

    await world.read_past()

    kinds = [kind for kind, _, _ in world.sources(FIRST + 41, FIRST + 1_000)]
    assert kinds == [SourceKind.NOTHING, SourceKind.RAW, SourceKind.RECORDED]
    assert world.slices(FIRST + 41, FIRST + 700).seen.sum() == 0
    check(world, FIRST + 802, FIRST + 1_000)


async def test_without_rules_everything_is_counted_from_raw_samples():
    world = await World(FIRST + 600).follow()
    world.server.live(FIRST + 1, FIRST + 600, records=False)
    await world.at(FIRST + 600)
    await world.read_past()
    world.server.live(FIRST + 601, FIRST + 603, records=False)
    await world.at(FIRST + 603)
    await world.wait_until((FIRST + 603) * SLICE + 100_000)
    world.engine.tick(world.clock.now_ms())
    await world.read_past()

    check(world, FIRST + 100, FIRST + 603)


async def test_a_server_without_reports_of_its_scrapes_is_told_apart():
    """Where it met a whole page anew nobody can tell, and the explanation says so."""
    world = await World(FIRST + 600).follow()
    world.server.reports = False
    world.server.live(FIRST + 1, FIRST + 600, records=False)
    await world.at(FIRST + 600)

    await world.read_past()

    check(world, FIRST + 100, FIRST + 600)
    kinds = {kind for kind, _, _ in world.sources(FIRST + 41, FIRST + 590)}
    assert kinds == {SourceKind.RAW_UNREPORTED}


async def test_a_number_is_looked_for_behind_a_sample_that_is_none():
    """Failures are no number once, away for ten minutes, and then all there."""
    world = await World(FIRST + 600, window_slices=BLOCK_SLICES).follow()
    away = range(FIRST + 96, FIRST + 140)
    # Samples are read from slice 100 on: the window's first is 121.
    world.server.shows = {FIRST + 95: float("nan"), **dict.fromkeys(away)}
    world.server.live(FIRST + 1, FIRST + 600, records=False)
    await world.at(FIRST + 600)

    await world.read_past()

    told = world.slices(FIRST + 121, FIRST + 141).bad.tolist()
    # One of three fails: 96, 99 … 138 while nobody saw it, and 95 did not.
    assert told == [0.0] * 19 + [15.0, 1.0]


async def test_back_filling_can_be_left_out():
    world = await World(FIRST + 600).follow()
    world.server.live(FIRST + 1, FIRST + 600, records=False)
    await world.at(FIRST + 600)

    assert await world.read_past(raw=False) == 0
    assert world.slices(FIRST + 100, FIRST + 600).valid.sum() == 0


async def test_a_server_that_is_away_leaves_slices_unseen_until_it_is_back():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    server.live(FIRST + 1, FIRST + 1_200, records=True)
    await world.at(FIRST + 1_000)
    await world.read_past()
    server.error = UpstreamError("upstream.refused")

    for number in range(FIRST + 1_001, FIRST + 1_101):
        await world.at(number)

    # A minute of patience, then they close unseen.
    assert world.shard.ledger.newest == FIRST + 1_096
    away = world.slices(FIRST + 1_001, FIRST + 1_096)
    assert (away.valid.sum(), away.seen.sum()) == (0, 0)
    assert set(away.state.tolist()) == {State.UNKNOWN}
    assert world.follower.health is not None
    assert world.follower.health.error == "connection refused"
    check_sums(world)
    server.error = None
    await world.at(FIRST + 1_101)
    await world.read_past()
    check(world, FIRST + 200, FIRST + 1_101)
    assert world.follower.health.error is None


async def test_a_recording_that_comes_late_amends_its_slice():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    server.live(FIRST + 900, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)
    server.live(FIRST + 1_001, FIRST + 1_001, records=False)
    await world.at(FIRST + 1_001)
    assert world.slices(FIRST + 1_001, FIRST + 1_001).valid.tolist() == [0.0]

    bad, valid = server.hits[FIRST + 1_001]
    e_ms = (FIRST + 1_001) * SLICE - PHASE
    server.store(recorded("bad:count"), e_ms, bad)
    server.store(recorded("valid:count"), e_ms, valid)
    server.store(recorded("seen:ratio"), e_ms, 0.5)
    server.live(FIRST + 1_002, FIRST + 1_002, records=True)
    await world.at(FIRST + 1_002)

    check(world, FIRST + 1_001, FIRST + 1_002)
    seen = world.slices(FIRST + 1_001, FIRST + 1_002).seen.tolist()
    assert seen == [SEEN_ONE // 2, SEEN_ONE]


async def test_what_missed_evaluations_left_out_is_counted_from_raw_samples():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 1, FIRST + 700, records=True)
    world.server.live(FIRST + 701, FIRST + 704, records=False)
    world.server.live(FIRST + 705, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)

    await world.read_past()

    check(world, FIRST + 41, FIRST + 1_000)
    assert world.sources(FIRST + 690, FIRST + 1_000) == [
        (SourceKind.RECORDED, FIRST + 690, FIRST + 700),
        (SourceKind.RAW, FIRST + 701, FIRST + 704),
        (SourceKind.RECORDED, FIRST + 705, FIRST + 1_000),
    ]
    gap = world.slices(FIRST + 700, FIRST + 705)
    assert gap.seen.tolist() == [SEEN_ONE] * 6


async def test_evaluations_missed_one_after_the_other_are_counted_by_one_reading():
    world = await World(FIRST + 900).follow()
    gaps = [(FIRST + n, FIRST + n + 3) for n in (700, 730, 760, 800, 850)]
    world.server.outages(gaps, FIRST + 900)
    await world.at(FIRST + 900)

    await world.read_past()

    check(world, FIRST + 1, FIRST + 900)
    assert [
        (first, last)
        for kind, first, last in world.sources(FIRST + 600, FIRST + 900)
        if kind is SourceKind.RAW
    ] == gaps
    ends = [
        end_ms // SLICE - FIRST
        for kind, selector, _, end_ms in world.server.asked
        if kind == "samples" and "hits_total{code" in selector
    ]
    # The last reading is of the time before there was anything.
    assert ends == [853, 0]


async def test_what_is_recorded_while_raw_samples_are_read_stays():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    server.live(FIRST + 1, FIRST + 900, records=True)
    server.live(FIRST + 901, FIRST + 1_001, records=False)
    await world.at(FIRST + 1_000)

    async def late_recordings() -> None:
        at_ms = (FIRST + 997) * SLICE - PHASE
        server.store(recorded("bad:count"), at_ms, 7.0)
        server.store(recorded("valid:count"), at_ms, 70.0)
        server.store(recorded("seen:ratio"), at_ms, 1.0)
        await world.at(FIRST + 1_001)

    server.meanwhile = late_recordings
    await world.read_past()
    server.live(FIRST + 1_002, FIRST + 1_006, records=False)
    await world.at(FIRST + 1_006)
    await world.read_past()

    told = world.slices(FIRST + 996, FIRST + 997)
    assert told.bad.tolist() == [server.hits[FIRST + 996][0], 7.0]
    assert told.valid.tolist() == [server.hits[FIRST + 996][1], 70.0]


async def test_gaps_far_from_each_other_are_not_read_together():
    world = await World(FIRST + 900).follow()
    gaps = [(FIRST + 100, FIRST + 103), (FIRST + 800, FIRST + 803)]
    world.server.outages(gaps, FIRST + 900)
    await world.at(FIRST + 900)

    await world.read_past()

    check(world, FIRST + 1, FIRST + 900)
    ends = [
        end_ms // SLICE - FIRST
        for kind, selector, _, end_ms in world.server.asked
        if kind == "samples" and "hits_total{code" in selector
    ]
    # What came before the first recording is read with the gap beside it.
    assert ends == [803, 103]


async def test_a_slice_in_which_more_was_good_than_valid_is_carried():
    """Good and valid are two counters; requests in flight are in one of them only."""
    world = await World(FIRST + 100).follow()
    world.server.live(FIRST + 1, FIRST + 100, records=True)
    for number, bad in ((97, 5.0), (98, -5.0), (99, 0.0)):
        at_ms = (FIRST + number) * SLICE - PHASE
        world.server.store(recorded("bad:count"), at_ms, bad)

    await world.at(FIRST + 100)

    slices = world.slices(FIRST + 97, FIRST + 99)
    assert slices.bad.tolist() == [5.0, -5.0, 0.0]
    assert slices.seen.tolist() == [SEEN_ONE] * 3


async def test_without_back_filling_a_missed_evaluation_lowers_coverage():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 1, FIRST + 700, records=True)
    world.server.live(FIRST + 701, FIRST + 704, records=False)
    world.server.live(FIRST + 705, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)

    await world.read_past(raw=False)

    gap = world.slices(FIRST + 700, FIRST + 705)
    assert gap.seen.tolist() == [SEEN_ONE, 0, 0, 0, 0, SEEN_ONE]
    assert gap.valid.tolist()[1:5] == [0.0] * 4


async def test_an_evaluation_that_is_missed_now_is_counted_soon():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    server.live(FIRST + 500, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)
    await world.read_past()
    for number in range(FIRST + 1_001, FIRST + 1_010):
        server.live(number, number, records=number != FIRST + 1_003)
        await world.at(number)
        await world.read_past()

    check(world, FIRST + 990, FIRST + 1_009)
    assert (SourceKind.RAW, FIRST + 1_003, FIRST + 1_003) in world.sources(
        FIRST + 990, FIRST + 1_009
    )


@pytest.mark.parametrize("resumes", [False, True])
async def test_events_after_the_last_recording_before_its_edge_are_counted_once(
    *, resumes: bool
):
    """A scrape that no recording holds, although its slice has one."""
    world = await World(FIRST + 600).follow()
    server = world.server
    server.live(FIRST + 1, FIRST + 500, records=True)
    total = 100.0 * 500
    # In slice 500, after the last evaluation; then in one that nobody evaluated.
    for at_ms, more in (
        ((FIRST + 500) * SLICE - PHASE + 2_000, 7.0),
        ((FIRST + 501) * SLICE - PHASE + 2_000, 30.0),
    ):
        total += more
        server.store(OK, at_ms, total)
        server.store(UP, at_ms, 1.0)
    if resumes:
        # The rules' next evaluation holds the second scrape.
        e_ms = (FIRST + 502) * SLICE - PHASE
        server.store(recorded("valid:count"), e_ms, 30.0)
        server.store(recorded("bad:count"), e_ms, 0.0)
        server.store(recorded("seen:ratio"), e_ms, 1.0)
    await world.at(FIRST + 600)

    await world.read_past()

    part = world.slices(FIRST + 501, FIRST + 503)
    assert part.valid.tolist() == ([7.0, 30.0, 0.0] if resumes else [37.0, 0.0, 0.0])
    assert part.bad.tolist() == [0.0] * 3
    check_sums(world)


async def test_a_restart_goes_on_where_it_was():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 1, FIRST + 499, records=False)
    world.server.live(FIRST + 500, FIRST + 1_010, records=True)
    await world.at(FIRST + 1_000)
    await world.read_past()
    world.server.asked.clear()

    again = World(FIRST + 1_005, ledgers=world.ledgers, server=world.server)
    await again.follow()
    await again.at(FIRST + 1_005)
    await again.read_past()

    check(again, FIRST + 50, FIRST + 1_005)
    # What was sealed is not asked for again; the newest block is.
    sealed_ms = (FIRST + 2 * BLOCK_SLICES) * SLICE
    starts = [start for kind, _, start, _ in again.server.asked if kind == "samples"]
    assert min(starts) >= sealed_ms


async def test_too_much_at_once_is_asked_for_in_pieces():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 1, FIRST + 600, records=False)
    world.server.live(FIRST + 601, FIRST + 1_000, records=True)
    world.server.most = 100 * SLICE
    await world.at(FIRST + 1_000)

    await world.read_past()

    check(world, FIRST + 50, FIRST + 1_000)


async def test_half_an_answer_is_never_counted():
    world = await World(FIRST + 600).follow()
    world.server.live(FIRST + 1, FIRST + 600, records=False)
    await world.at(FIRST + 600)
    world.server.is_partial = True

    with pytest.raises(UpstreamError) as raised:
        await world.read_past()

    assert raised.value.code == "upstream.partial"
    assert world.slices(FIRST + 100, FIRST + 600).valid.sum() == 0


async def test_half_an_answer_takes_no_recording_away():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 1, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)
    await world.read_past()
    world.server.is_partial = True
    world.server.forget("{__name__=~'kizashi:.*'}", (FIRST + 998) * SLICE)
    world.server.live(FIRST + 1_001, FIRST + 1_001, records=True)

    await world.at(FIRST + 1_001)

    check(world, FIRST + 900, FIRST + 1_001)


async def test_of_half_an_answer_no_slice_counts_that_has_only_a_part():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    server.live(FIRST + 900, FIRST + 1_010, records=True)
    await world.at(FIRST + 1_000)
    await world.read_past()
    server.is_partial, server.withheld = True, "kizashi:slice_bad:count"

    for number in range(FIRST + 1_001, FIRST + 1_011):
        await world.at(number)

    half = world.slices(FIRST + 1_001, FIRST + 1_010)
    assert (half.valid.sum(), half.seen.sum()) == (0, 0)
    with pytest.raises(UpstreamError):
        await world.read_past()
    server.is_partial, server.withheld = False, ""
    await world.read_past()
    check(world, FIRST + 901, FIRST + 1_010)


async def test_a_busy_server_is_left_alone_for_as_long_as_it_asks():
    world = await World(FIRST + 1_000).follow()
    world.server.error = UpstreamBusyError(77.0, "upstream.busy", status=429, said="")
    await world.wait_until((FIRST + 1_001) * SLICE)

    assert await world.follower._read_live(world.clock.now_ms()) == 77.0


async def test_what_was_scraped_before_stays_and_is_told():
    ledgers = MemoryLedger()
    world = World(FIRST + 1_000, ledgers=ledgers)
    shard = world.shard
    part = SliceRange.blank(FIRST + 481, 480)
    part.valid[:], part.seen[:], part.state[:] = 5.0, SEEN_ONE, State.LIVE
    ledgers.write([SealedBlock(shard.members[0].generation.id, part)])
    again = World(FIRST + 1_000, ledgers=ledgers, server=world.server)
    await again.follow()
    again.server.live(FIRST + 1, FIRST + 1_000, records=True)
    await again.at(FIRST + 1_000)
    await again.read_past()

    assert again.slices(FIRST + 500, FIRST + 500).valid.tolist() == [5.0]
    kinds = [kind for kind, _, _ in again.sources(FIRST + 41, FIRST + 1_000)]
    assert kinds == [SourceKind.RECORDED, SourceKind.SCRAPED, SourceKind.RECORDED]


async def test_an_answer_says_which_part_is_which():
    world = await World(FIRST + 1_000).follow()
    world.server.live(FIRST + 600, FIRST + 799, records=False)
    world.server.live(FIRST + 800, FIRST + 1_000, records=True)
    await world.at(FIRST + 1_000)
    await world.read_past()
    answers = EngineAnswers(world.engine, world.ledgers, list)

    view = answers.objective("s", "a")

    found = [(v.source, v.end * 1000 // SLICE - FIRST) for v in view.sources]
    assert found == [("missing", 599), ("raw", 799), ("recorded", 1_000)]
    assert [note.code for note in view.notes if "source" in note.code] == [
        "ledger.source.missing",
        "ledger.source.raw",
        "ledger.source.recorded",
    ]
    assert {alert.source for alert in view.alerts} == {"upstream"}


async def test_an_alert_is_not_over_because_the_server_has_just_started():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    labels = Labels.of(alertname="ErrorBudgetBurn", service="s", objective="a")
    burn = RunningAlert(labels, is_firing=True, active_ms=1)
    rule = RunningRule("ErrorBudgetBurn", is_alert=True, expression="", labels=Labels())
    ruled = RunningGroup("kizashi-s", "", SLICE, (rule,), 1)
    server.running, server.evaluated = (burn,), (ruled,)
    loop = asyncio.create_task(world.follower._alerts_forever())
    await world.clock.advance(5)
    # It was killed, and runs again: its rules are evaluated once in a while.
    server.running, server.evaluated = (), (replace(ruled, evaluated_ms=None),)
    await world.clock.advance(20)
    waited = [list(told) for told in world.alerts]
    server.evaluated = (ruled,)
    await world.clock.advance(5)
    loop.cancel()

    assert all(told == [burn] for told in waited)
    assert list(world.alerts[-1]) == []


def running_alerts(name: str, count: int) -> tuple[RunningAlert, ...]:
    every = (Labels.of(alertname=name, service=str(n)) for n in range(count))
    return tuple(RunningAlert(labels, is_firing=True, active_ms=1) for labels in every)


@pytest.mark.parametrize(("count", "told"), [(5_000, 5_000), (5_001, 0)])
async def test_of_a_servers_alerts_ours_alone_are_looked_at_and_not_any_number(
    count: int, told: int
):
    world = await World(FIRST + 1_000).follow()
    ours = running_alerts("ErrorBudgetBurn", count)
    world.server.running = (*running_alerts("DiskFull", 9_000), *ours)
    loop = asyncio.create_task(world.follower._alerts_forever())
    await world.clock.advance(5)
    loop.cancel()

    assert sum(map(len, world.alerts[-1:])) == told
    note = world.follower.groups_note
    assert (note is not None) == (told == 0)
    assert note is None or note.code == "upstream.too-many-alerts"


class Held:
    """What a frame holds while it reads an answer."""


class Failing(Server):
    """A server whose answers are read and are none."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[weakref.ref[Held]] = []

    def _ask(self, *_question: object) -> None:
        answer = Held()
        self.held.append(weakref.ref(answer))
        raise UpstreamError("upstream.status", status=500, said=repr(answer))


async def test_nothing_of_an_answer_that_is_none_waits_for_the_collector():
    world = World(FIRST + 1_000, server=(server := Failing()))
    await world.follow()
    gap = RecordingGap(FIRST, FIRST, borders=False, follows=False)
    task = RawTask(0, (gap,))
    gc.collect()
    gc.disable()
    try:
        await world.at(FIRST + 1_001)
        newest = len(server.held)
        for _ in "12":
            with pytest.raises(UpstreamError):
                await world.follower._backfill._count_all(
                    server, world.engine.built.followed[0], [task, task]
                )
        past = len(server.held)
        loop = asyncio.create_task(world.follower._alerts_forever())
        await world.clock.advance(5)
        kept = [held() for held in server.held]
    finally:
        gc.enable()
        loop.cancel()

    assert 0 < newest < past < len(kept)
    assert kept == [None] * len(kept)
    note = world.follower.groups_note
    assert note is not None
    assert note.code == "upstream.status"


async def test_another_server_is_followed_while_the_one_before_it_does_not_answer():
    world = World(FIRST + 1_000)
    asked: asyncio.Queue[None] = asyncio.Queue()

    async def silence(received: Received, writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(None)
        await hang(received, writer)

    before = await ReceiverServer(answer=silence).start()
    world.server.intervals_ms = {"j": SLICE}
    world.follower._connect = HttpUpstream
    await world.follow(UpstreamConfig(before.url(), before.url()))
    loops = asyncio.create_task(world.follower.run_forever())
    for _ in range(3):  # for the newest, the past, and the rules
        await asked.get()

    world.follower._connect = lambda _config, _clock: world.server
    await world.follow()
    await world.clock.advance(20)

    assert not loops.done()
    assert world.alerts
    assert world.follower.groups_note is None
    assert world.follower.groups_ms is not None
    assert world.follower.checks.intervals_ms == {"j": SLICE}
    loops.cancel()
    await before.close()


async def test_a_server_that_never_tells_of_evaluations_is_believed_after_a_while():
    world = await World(FIRST + 1_000).follow()
    server = world.server
    labels = Labels.of(alertname="ErrorBudgetBurn", service="s", objective="a")
    rule = RunningRule("ErrorBudgetBurn", is_alert=True, expression="", labels=Labels())
    server.evaluated = (RunningGroup("kizashi-s", "", SLICE, (rule,), None),)
    server.running = (RunningAlert(labels, is_firing=True, active_ms=1),)
    loop = asyncio.create_task(world.follower._alerts_forever())
    await world.clock.advance(5)
    server.running = ()
    for _ in range(80):
        await world.clock.advance(1)
    loop.cancel()

    assert list(world.alerts[-1]) == []


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_server_that_scrapes_too_seldom_is_a_note_a_ticket_and_drift(
    *, is_told: bool
):
    world = await World(FIRST).follow()
    for number in range(40):
        # Once a minute: the rules are for 15 s.
        world.server.store(UP, T0 - number * 60_000, 1.0)
    if is_told:
        world.server.intervals_ms = {"j": 60_000}
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, T0)
    loop = asyncio.create_task(world.follower._alerts_forever())
    await world.clock.advance(5)
    loop.cancel()
    world.server.live(FIRST + 1, FIRST + 10, records=True)
    changes = []
    for number in range(FIRST + 1, FIRST + 11):
        await world.at(number)
        changes += alerting.evaluate()

    answers = EngineAnswers(world.engine, world.ledgers, list)
    view = answers.objective("s", "a")
    drift = world.follower.drift(CompileOptions())

    assert "interval.rules" in [note.code for note in view.notes]
    # Counts are right, and so is the budget.
    assert (view.state, view.fault) == ("live", None)
    assert view.budget.remaining_ratio is not None
    [change] = changes
    assert change.alert.labels.get("alertname") == "InvalidFigures"
    assert change.alert.labels.get("severity") == "ticket"
    assert change.alert.facts["why"] == "interval.rules"
    assert drift is not None
    assert (drift.is_in_step, drift.entries[0].kind) == (False, DriftKind.SCRAPES)


@pytest.mark.parametrize(
    ("edges", "is_invalid"),
    [
        (("0.1", "0.25", "+Inf"), True),
        (("0.1", "2e-1", "+Inf"), False),
        ((), False),
    ],
)
async def test_a_threshold_that_is_no_edge_on_the_server_names_the_nearest(
    edges: tuple[str, ...], *, is_invalid: bool
):
    speed = LatencyIndicator("d_seconds", Decimal("0.2"))
    world = await World(FIRST, indicator=speed).follow()
    for edge in edges:
        bucket = Labels.of(__name__="d_seconds_bucket", job="j", instance="x", le=edge)
        world.server.store(bucket, T0 - 1_000, 5.0)
    await world.follower.checks.read(world.server)
    world.follower.checks.tell()

    view = EngineAnswers(world.engine, world.ledgers, list).objective("s", "a")

    assert (view.state == "invalid") is is_invalid
    if view.fault is not None:
        assert view.fault.code == "invalid.no-edge"
        assert view.fault.params == {"threshold": "0.2", "edges": "0.1, 0.25"}
        assert view.budget.remaining_ratio is None


@pytest.mark.parametrize("metric", ["hits_total", "other_total"])
async def test_counters_with_the_label_of_the_rules_are_a_note_and_a_ticket(
    metric: str,
):
    world = await World(FIRST).follow()
    world.server.store(
        Labels.of(__name__=metric, job="j", instance="x", kizashi_counter="mine"),
        T0 - 1_000,
        5.0,
    )
    # Our own are no counters of anybody.
    own = Labels.of(__name__="kizashi:seed_series:value", kizashi_counter="s/a/bad")
    world.server.store(own, T0 - 1_000, 5.0)
    await world.follower.checks.read(world.server)
    world.follower.checks.tell()

    view = EngineAnswers(world.engine, world.ledgers, list).objective("s", "a")
    [shard] = world.engine.built.shards

    notes = [note for note in view.notes if note.code == "reserved.label"]
    assert len(notes) == (metric == "hits_total")
    assert len(world.engine.built.concerns(shard)) == len(notes)
    if notes:
        assert notes[0].params == {"label": "kizashi_counter", "selector": "hits_total"}
        assert (view.state == "invalid", view.fault) == (False, None)


async def test_a_ticket_that_the_server_holds_is_not_told_twice():
    world = await World(FIRST).follow()
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, T0)
    own = Labels.of(
        alertname="InvalidFigures", service="s", objective="a", severity="ticket"
    )
    alerting.follow([RunningAlert(own, is_firing=True, active_ms=T0)], T0)
    world.follower.checks.intervals_ms = {"j": 600_000}
    world.follower.checks.tell()
    world.server.live(FIRST + 1, FIRST + 10, records=True)

    for number in range(FIRST + 1, FIRST + 11):
        await world.at(number)
        assert alerting.evaluate() == []


@pytest.mark.parametrize(
    ("absent", "state"), [(True, State.ABSENT), (False, State.BROKEN)]
)
async def test_targets_that_answer_without_the_series_are_told_from_dead_ones(
    *, absent: bool, state: State
):
    world = await World(FIRST + 1_000).follow()
    server = world.server
    for number in range(FIRST + 900, FIRST + 1_004):
        e_ms, lost = number * SLICE - PHASE, number > FIRST + 950
        server.store(recorded("valid:count"), e_ms, 0.0 if lost else 100.0)
        server.store(recorded("bad:count"), e_ms, 0.0)
        server.store(recorded("seen:ratio"), e_ms, 0.0 if lost else 1.0)
        if lost and absent:
            server.store(recorded("absent:bool"), e_ms, 1.0)
    for number in range(FIRST + 1_000, FIRST + 1_004):
        await world.at(number)
    await world.read_past()

    newest = world.slices(FIRST + 1_002, FIRST + 1_003).state.tolist()
    past = world.slices(FIRST + 949, FIRST + 960).state.tolist()
    assert newest == [state] * 2
    assert past == [State.LIVE] * 2 + [state] * 10
    assert world.shard.ledger.state(0) == state


async def test_an_alert_of_the_server_whose_windows_nobody_sees_is_frozen():
    world = await World(FIRST + 1_000, window_slices=30 * 5_760).follow()
    server = world.server
    labels = Labels.of(
        alertname="ErrorBudgetBurn", service="s", objective="a", severity="page"
    )
    told = RunningAlert(labels, is_firing=True, active_ms=(FIRST + 900) * SLICE)
    for number in range(FIRST + 500, FIRST + 1_001):
        e_ms, dead = number * SLICE - PHASE, number > FIRST + 870
        server.store(recorded("bad:count"), e_ms, 0.0 if dead else 50.0)
        server.store(recorded("valid:count"), e_ms, 0.0 if dead else 100.0)
        server.store(recorded("seen:ratio"), e_ms, 0.0 if dead else 1.0)
    await world.at(FIRST + 1_000)
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, world.clock.now_ms())

    alerting.follow([told], world.clock.now_ms())
    (before,) = alerting.alerts()
    await world.read_past()
    alerting.follow([told], world.clock.now_ms())
    (after,) = alerting.alerts()

    # As long as the past is not read, the server's word is all there is.
    assert before.state.phase is Phase.FIRING
    assert after.state.phase is Phase.FROZEN


async def test_first_recordings_that_came_late_are_looked_for_soon():
    world = await World(FIRST + 600).follow()
    server = world.server
    server.live(FIRST + 1, FIRST + 600, records=False)
    await world.at(FIRST + 600)
    await world.read_past()
    # The rules are deployed; what they recorded first is seen only now.
    server.live(FIRST + 601, FIRST + 660, records=True)
    await world.wait_until((FIRST + 660) * SLICE - 30_000)
    server.live(FIRST + 661, FIRST + 662, records=True)
    await world.at(FIRST + 662)
    await world.wait_until((FIRST + 662) * SLICE + 70_000)

    await world.read_past()

    check(world, FIRST + 200, FIRST + 662)
    assert [kind for kind, _, _ in world.sources(FIRST + 602, FIRST + 662)] == [
        SourceKind.RECORDED
    ]
