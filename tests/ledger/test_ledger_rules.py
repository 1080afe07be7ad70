"""The ledger against its rules written as loops, on stories made at random."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
import pytest
from _pytest.mark import ParameterSet
from hypothesis import given, settings, strategies as st

from harness.brute_force import brute_ledgers, brute_seen
from harness.ledger_world import Config, LedgerWorld
from kizashi.ledger.building import Built, LedgerPlan
from kizashi.ledger.engine import Rebuild
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import block_of
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
MINUTE = 60_000

BAD_RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
GOOD_RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    good=parse_selector('requests_total{code=~"2.."}'),
)
LATENCY = LatencyIndicator("duration_seconds", Decimal("0.2"))
REACHABLE = BooleanIndicator(parse_selector("probe_success"))
SCRAPED = BooleanIndicator(parse_selector('up{job="j"}'))
SHORT = ThresholdIndicator(
    parse_selector("queue_length"), SampleTest(Comparison.BELOW, Decimal(3))
)
FREE = ThresholdIndicator(
    parse_selector('queue_length{queue="b"}'),
    SampleTest(Comparison.AT_LEAST, Decimal(2)),
)


def plan_of(slice_ms: int, window_ms: int) -> LedgerPlan:
    objectives = tuple(
        ObjectiveSpec(
            "s", name, Decimal("0.99"), RollingWindow(window_ms), indicator, job="j"
        )
        for name, indicator in (
            ("bad", BAD_RATIO),
            ("good", GOOD_RATIO),
            ("latency", LATENCY),
            ("reachable", REACHABLE),
            ("scraped", SCRAPED),
            ("short", SHORT),
            ("free", FREE),
        )
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=objectives)
    return LedgerPlan((service,), {"j": 15_000}, slice_ms)


#: How often each gauge is on the page.
GAUGES = {
    Labels.of(__name__="probe_success"): 1.0,
    Labels.of(__name__="queue_length", queue="a"): 0.9,
    Labels.of(__name__="queue_length", queue="b"): 0.05,
}
#: What a counter says that says nothing.
NO_COUNTS = (np.nan, np.inf, -np.inf, 2.0**101)
GAUGE_VALUES = (0, 1, 2, 3, 2.5, -1, 1, 1, 1, np.nan, np.inf, -np.inf)


class Exporter:
    """A process with counters that grow, restart, and gain and lose series.

    Args:
        rng: Where chance comes from.
        now_ms: When it starts.
        created: Whose created times it tells: "none", each one's "own", those of
            other "times", before and after, or the "process" for all.
    """

    def __init__(self, rng: np.random.Generator, now_ms: int, created: str) -> None:
        self.rng = rng
        self._created = created
        self.counters: dict[Labels, list[float]] = {}
        self.hidden: dict[Labels, int] = {}
        self.restart(now_ms)

    def restart(self, now_ms: int) -> None:
        """Begin anew; one in three restores its counters, created anew or as before."""
        self.start_ms = now_ms
        kind = self.rng.random()
        if kind > 0.3:
            self.counters = {}
        elif kind > 0.15:
            for entry in self.counters.values():
                entry[1] = now_ms

    def created_ms(self, born_ms: float) -> float:
        """Return what it tells of a counter's beginning."""
        if self._created == "process":
            return self.start_ms
        if self._created == "times":
            return born_ms - 1_200_000 + float(self.rng.integers(0, 1_500_000))
        return born_ms

    def work(self, now_ms: int) -> None:
        for code in ("200", "204", "500", "503"):
            if self.rng.random() < 0.3:
                name = Labels.of(__name__="requests_total", code=code)
                entry = self.counters.setdefault(name, [0.0, now_ms])
                entry[0] += int(self.rng.integers(0, 9))
        if self.rng.random() < 0.5:
            fast, slow = self.rng.integers(0, 5, 2)
            for le, more in (("0.1", fast // 2), ("0.20", fast), ("+Inf", fast + slow)):
                name = Labels.of(__name__="duration_seconds_bucket", le=le)
                entry = self.counters.setdefault(name, [0.0, now_ms])
                entry[0] += int(more)

    def drop_one(self) -> None:
        if self.counters:
            names = list(self.counters)
            del self.counters[names[int(self.rng.integers(len(names)))]]

    def hide_one(self, now_ms: int) -> None:
        """Leave a counter out for a while, around five minutes; it goes on meanwhile."""
        if self.counters:
            name = list(self.counters)[int(self.rng.integers(len(self.counters)))]
            self.hidden[name] = now_ms + int(self.rng.integers(0, 700_000))

    def page(self, now_ms: int) -> dict[Labels, float]:
        page = {
            k: float(self.rng.choice(NO_COUNTS)) if self.rng.random() < 0.01 else v
            for k, (v, _) in self.counters.items()
            if self.hidden.get(k, 0) <= now_ms
        }
        if self._created != "none":
            for k, (_, born) in self.counters.items():
                if k.metric_name == "requests_total" and self.rng.random() < 0.98:
                    made = k.merged({"__name__": "requests_created"})
                    page[made] = self.created_ms(born) / 1000
        page[Labels.of(__name__="process_start_time_seconds")] = self.start_ms / 1000
        for gauge, chance in GAUGES.items():
            if self.rng.random() < chance:
                page[gauge] = float(self.rng.choice(GAUGE_VALUES))
        return page


def gap_ms(rng: np.random.Generator, interval_ms: int) -> int:
    kind = rng.random()
    if kind < 0.90:
        return interval_ms
    if kind < 0.94:
        return interval_ms + int(rng.integers(-400, 400))
    # Around five minutes: exactly bridged, and a millisecond too long.
    return int(rng.choice([299_999, 300_000, 300_001, 420_000, 2 * interval_ms]))


def befall(
    world: LedgerWorld, target: int, exporter: Exporter, now: int, config: Config
) -> None:
    """Let something happen to a target, or to the process, now and then."""
    rng = exporter.rng
    happens = rng.random()
    if happens < 0.01:
        exporter.restart(now - 1)
    elif happens < 0.02:
        exporter.drop_one()
    elif happens < 0.03:
        exporter.hide_one(now)
    elif happens < 0.035:
        other = str(rng.integers(3))
        world.configure(
            target, Config(other, config.honor_labels, config.interval_ms), now
        )
    elif happens < 0.045:
        world.lose(target, now)
        world.discover("j", world.instance(target), now + 1)


class Process:
    """Kizashi, which restarts now and then, or builds anew while scrapes go on."""

    def __init__(self, world: LedgerWorld, rng: np.random.Generator) -> None:
        self._world, self._rng = world, rng
        self._rebuild: Rebuild | None = None
        self._built: Built | None = None
        self._left = 0

    def step(self, now: int) -> None:
        happens = self._rng.random()
        if self._left:
            self._left -= 1
            if self._built is None and happens < 0.5:
                self._built = self._build(now)
            if not self._left:
                self.end(now)
        elif happens < 0.005:
            self._world.restart(now)
        elif happens < 0.015:
            self._rebuild = self._world.begin(now)
            self._left = int(self._rng.integers(1, 12))

    def end(self, now: int) -> None:
        """Let what is being built take over."""
        self._world.engine.take_over(self._built or self._build(now))
        self._rebuild, self._built, self._left = None, None, 0

    def _build(self, now: int) -> Built:
        builder = self._rebuild or self._world.engine
        return builder.build(self._world.plan, now)

    def tick(self, now: int) -> None:
        if self._left:
            self._world.engine.tick(now)
        else:
            self._world.tick(now)


def tell(
    seed: int, *, slice_ms: int, interval_ms: int, hours: float, window: int = 5_760
) -> LedgerWorld:
    """Make up a story and let a ledger live through it."""
    rng = np.random.default_rng(seed)
    now = T0 + int(rng.integers(0, 3_600_000))
    story = plan_of(slice_ms, window * slice_ms)
    world = LedgerWorld(MemorySamples(), MemoryLedger(), story, now)
    process = Process(world, rng)
    config = Config(honor_labels=bool(rng.random() < 0.1), interval_ms=interval_ms)
    end = now + int(hours * 3_600_000)
    targets: dict[int, tuple[Exporter, list[int]]] = {}
    for number in range(int(rng.integers(1, 4))):
        exporter = Exporter(
            rng,
            now + int(rng.integers(-60_000, 60_000)),
            str(rng.choice(["none", "own", "times", "process"])),
        )
        target = world.discover("j", f"t{number}", now, config)
        targets[target] = (exporter, [now + int(rng.integers(1, interval_ms))])
    while now < end:
        target = min(targets, key=lambda t: targets[t][1][0])
        exporter, due = targets[target]
        now = due[0]
        exporter.work(now - 1)
        befall(world, target, exporter, now, config)
        process.step(now)
        if rng.random() > 0.5:
            world.start(target, now)
            process.tick(now + int(rng.integers(0, 900)))
        world.land(target, now, None if rng.random() < 0.05 else exporter.page(now))
        process.tick(now + 900)
        due[0] = now + max(1_000, gap_ms(rng, interval_ms))
    process.end(now)
    world.tick(max(now, end) + 60_000)
    return world


def compare(world: LedgerWorld, slice_ms: int, interval_ms: int) -> None:
    """Compare every slice, and every running window, with brute force."""
    stories = world.all_stories()
    back = -(-interval_ms * 5 // (2 * slice_ms))
    places = world.engine.built.place
    indicators = [shard.members[n].spec.indicator for shard, n in places.values()]
    brutes = brute_ledgers(indicators, stories, slice_ms)
    told = zip(places.items(), indicators, brutes, strict=True)
    for ((_, name), (shard, member)), indicator, brute in told:
        newest = shard.ledger.newest
        first = min(s.discovered[0][0] for s in stories) // slice_ms - 1
        part = shard.past_slices(member, first, newest)
        got = {
            first + i: (b, v)
            for i, (b, v) in enumerate(zip(part.bad, part.valid, strict=True))
            if b or v
        }
        want = {
            k: (brute.bad[k], brute.valid[k])
            for k in sorted({*brute.bad, *brute.valid})
            if brute.bad[k] or brute.valid[k]
        }
        assert got == want, name
        for window in shard.members[member].windows:
            sums = shard.window(member, window)
            bad, valid, late_bad, late_valid = brute.window(newest, window)
            assert (sums.bad, sums.valid) == (bad, valid), (name, window)
            if window == shard.members[member].window_slices:
                assert (sums.late_bad, sums.late_valid) == (late_bad, late_valid)
            low = newest - window + 1
            stretch = shard.past_slices(member, low, newest)
            assert sums.seen == int(stretch.seen.sum(dtype=np.int64))
        for number in (*range(first, newest, 97), newest - 1, newest):
            share, state = brute_seen(indicator, stories, number * slice_ms)
            if state == "present":
                inside = range(number - back + 1, number + 1)
                grown = sum(brute.valid[k] + brute.late_valid[k] for k in inside)
                state = "live" if grown > 0 else "idle"
            at = number - first
            where = (name, number, number - newest, block_of(number))
            assert State(int(part.state[at])).word == state, where
            assert int(part.seen[at]) == round(share * SEEN_ONE), where


def ordinarily(count: int, seeds: Iterable[int]) -> list[ParameterSet]:
    """Return the seeds of a long story: all but the first ones are told at night."""
    night = pytest.mark.nightly
    return [
        pytest.param(seed, marks=[night] if place >= count else [])
        for place, seed in enumerate(seeds)
    ]


# A block is two hours long: every story crosses the edge of one, by night of two.
@pytest.mark.parametrize(
    ("seed", "hours"),
    [
        *((seed, 3) for seed in range(3)),
        *(pytest.param(seed, 5, marks=pytest.mark.nightly) for seed in range(8)),
    ],
)
def test_rules_1_to_13_hold_for_15_second_slices(seed: int, hours: float) -> None:
    world = tell(seed, slice_ms=15_000, interval_ms=15_000, hours=hours)
    compare(world, 15_000, 15_000)


@pytest.mark.parametrize("seed", ordinarily(1, range(8, 12)))
def test_rules_hold_for_60_second_scrapes_in_15_second_slices(seed: int) -> None:
    world = tell(seed, slice_ms=15_000, interval_ms=60_000, hours=9)
    compare(world, 15_000, 60_000)


@pytest.mark.parametrize("seed", ordinarily(1, range(12, 16)))
def test_rules_hold_for_windows_longer_than_memory(seed: int) -> None:
    world = tell(seed, slice_ms=60_000, interval_ms=60_000, hours=28)
    compare(world, 60_000, 60_000)


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        *((window, 0.7) for window in (1_440, 1_441, 1_900)),
        *(
            pytest.param(window, 1.2, marks=pytest.mark.nightly)
            for window in (1_440, 1_441, 1_900)
        ),
    ],
)
def test_rules_hold_for_slices_of_a_second(window: int, hours: float) -> None:
    world = tell(window, slice_ms=1_000, interval_ms=15_000, hours=hours, window=window)
    compare(world, 1_000, 15_000)


def test_rules_hold_for_scrapes_every_second_in_slices_of_a_minute() -> None:
    world = tell(20, slice_ms=60_000, interval_ms=1_000, hours=0.7)
    compare(world, 60_000, 1_000)


@settings(max_examples=10)
@given(seed=st.integers(100, 2**32))
def test_rules_hold_for_any_story(seed: int) -> None:
    world = tell(seed, slice_ms=15_000, interval_ms=15_000, hours=0.5)
    compare(world, 15_000, 15_000)


def test_any_past_window_of_many_is_a_recount_of_each() -> None:
    world = tell(3, slice_ms=15_000, interval_ms=15_000, hours=3)
    stories = world.all_stories()
    (shard,) = world.engine.built.shards
    brutes = brute_ledgers(
        [m.spec.indicator for m in shard.members], stories, shard.slice_ms
    )
    everyone, newest = range(len(shard.members)), shard.ledger.newest
    # In memory alone, in the store alone, and in both; from edge to edge, and within.
    edge = shard.sealed * 480 + 480
    assert edge < newest - 20
    for last in (newest, newest - 7, edge + 1, edge, edge - 100):
        for slices in (1, 20, 480, 700):
            found = shard.past_windows(everyone, last, slices)
            for member, sums in enumerate(found):
                part = shard.past_slices(member, last - slices + 1, last)
                seen = int(part.seen.sum(dtype=np.int64))
                bad, valid, *late = brutes[member].window(last, slices)
                assert (sums.bad, sums.valid, sums.seen) == (bad, valid, seen)
                assert [sums.late_bad, sums.late_valid] == late
                assert shard.past_window(member, last, slices) == sums
        states = shard.past_states(everyone, last)
        assert states == [
            int(shard.past_slices(m, last, last).state[0]) for m in everyone
        ]
