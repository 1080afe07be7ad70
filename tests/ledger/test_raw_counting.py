"""Raw samples of a server are counted as our own scrapes would have been."""

from decimal import Decimal

import numpy as np
import pytest
from counting_stories import SLICE, counted_raw
from hypothesis import given, settings, strategies as st

from harness.ledger_world import Config, LedgerWorld
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.matching import count_rule
from kizashi.ledger.raw_samples import (
    edge_pattern,
    report_selector,
    selectors_of,
    up_selector,
)
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator, parse_edge
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import SliceRange
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
FIRST = T0 // SLICE
RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code=~"5.."}')
)
OTHERS = {Labels.of(__name__="process_threads", number=str(n)): 1.0 for n in range(3)}
UP = BooleanIndicator(parse_selector('up{job="j"}'))


def world_of(indicator: Indicator) -> LedgerWorld:
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(86_400_000), indicator, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    plan = LedgerPlan((service,), {"j": SLICE}, SLICE)
    return LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)


def lived(world: LedgerWorld, first: int, last: int) -> SliceRange:
    shard, member = world.engine.built.place["s", "a"]
    return shard.past_slices(member, first, last)


def check_same(one: SliceRange, other: SliceRange) -> None:
    assert one.first == other.first
    np.testing.assert_array_equal(one.bad, other.bad)
    np.testing.assert_array_equal(one.valid, other.valid)
    np.testing.assert_array_equal(one.seen, other.seen)
    np.testing.assert_array_equal(one.state, other.state)


class Page:
    """Counters that are born, grow, restart, hide and say nothing for once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._counts: dict[Labels, float] = {}
        self._hidden: dict[Labels, int] = {}

    def next(self) -> dict[Labels, float]:
        """Return what the next scrape sees."""
        rng, counts = self._rng, self._counts
        for code in ("200", "500", "503"):
            name = Labels.of(__name__="hits_total", code=code)
            if name in counts:
                counts[name] += int(rng.integers(0, 5))
            elif rng.random() < 0.05:
                counts[name] = float(rng.integers(1, 4))
            if rng.random() < 0.02:
                self._hidden[name] = int(rng.integers(1, 40))
        if rng.random() < 0.02:
            counts.update(dict.fromkeys(counts, 0.0))
        shown = {k: v for k, v in counts.items() if not self._hidden.get(k)}
        self._hidden = {k: n - 1 for k, n in self._hidden.items() if n}
        for name in shown.keys() - self._hidden.keys():
            if rng.random() < 0.01:
                shown[name] = float(rng.choice([np.nan, np.inf, -np.inf, 2.0**101]))
        return OTHERS | shown


def live(world: LedgerWorld, rng: np.random.Generator, scrapes: int) -> None:
    """Scrape two targets: failures, gaps, births at any count, resets, late scrapes."""
    targets = [world.discover("j", name, T0) for name in ("x", "y")]
    pages = [Page(rng), Page(rng)]
    away = [0, 0]
    for number in range(scrapes):
        for index, target in enumerate(targets):
            page, now = pages[index].next(), T0 + number * SLICE + 1_000 + 4_000 * index
            if rng.random() < 0.02:
                world.configure(target, Config(str(number)), now - 500)
            if rng.random() < 0.01:
                away[index] = int(rng.integers(2, 40))
            if away[index]:
                away[index] -= 1
                world.land(target, now, None)
            else:
                world.land(target, now + int(rng.integers(0, 3_000)), page)
        world.tick(T0 + (number + 1) * SLICE, seal=False)


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.integers(22, 60), st.integers(0, 35))
def test_any_stretch_of_raw_samples_gives_the_slices_that_were_lived_through(
    seed: int, start: int, length: int
):
    world = world_of(RATIO)
    live(world, np.random.default_rng(seed), 100)
    first, last = FIRST + start, FIRST + start + length

    fill = counted_raw(world, first, last)

    check_same(fill.slices, lived(world, first, last))
    shard, member = world.engine.built.place["s", "a"]
    late = sorted(shard.late(member, first, last), key=lambda e: e.slice)
    assert sorted(fill.late, key=lambda e: e.slice) == late
    assert len(fill.births) == len(shard.births(member, first, last))


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.integers(30, 60), st.integers(0, SLICE - 1))
def test_two_stretches_that_meet_at_a_recording_hold_everything_once(
    seed: int, start: int, phase_ms: int
):
    world = world_of(RATIO)
    live(world, np.random.default_rng(seed), 100)
    first, last = FIRST + start, FIRST + 90
    recorded_ms = (first - 1) * SLICE - phase_ms

    before = counted_raw(world, FIRST + 22, first - 1, recorded_ms).slices
    after = counted_raw(world, first, last, since_ms=recorded_ms).slices

    whole = lived(world, FIRST + 22, last)
    for name in ("bad", "valid"):
        parts = getattr(before, name).sum() + getattr(after, name).sum()
        assert parts == getattr(whole, name).sum()


def test_scrapes_themselves_can_be_what_is_counted():
    world = world_of(UP)
    live(world, np.random.default_rng(3), 100)
    first, last = FIRST + 30, FIRST + 90

    check_same(counted_raw(world, first, last).slices, lived(world, first, last))


def test_what_the_server_recorded_is_not_counted_a_second_time():
    world = world_of(RATIO)
    target = world.discover("j", "x", T0)
    ok = Labels.of(__name__="hits_total", code="200")
    for number in range(80):
        world.land(target, T0 + number * SLICE + 1_000, {ok: 10.0 * number})
    # The server's first recording holds the scrape in the middle of slice 60.
    until_ms = T0 + 59 * SLICE + 500
    whole = counted_raw(world, FIRST + 50, FIRST + 60)
    cut = counted_raw(world, FIRST + 50, FIRST + 60, until_ms)

    assert whole.slices.valid.tolist() == [10.0] * 11
    assert cut.slices.valid.tolist() == [10.0] * 10 + [0.0]
    # Its slice is seen all the same.
    assert cut.slices.seen.tolist() == whole.slices.seen.tolist()


def test_a_series_that_comes_back_after_hours_continues_from_its_last_value():
    """It is remembered from before the samples that were read."""
    world = world_of(RATIO)
    target = world.discover("j", "x", T0)
    bad = Labels.of(__name__="hits_total", code="500")
    world.land(target, T0 + 1_000, {bad: 7.0})
    for number in range(1, 800):
        page = {bad: 9.0} if number == 799 else {}
        world.land(target, T0 + number * SLICE + 1_000, page)

    fill = counted_raw(world, FIRST + 780, FIRST + 800)

    assert fill.slices.bad.tolist() == [0.0] * 20 + [2.0]
    assert fill.late == ()


def test_a_series_whose_last_sample_was_no_number_goes_on_from_the_one_before():
    world = world_of(RATIO)
    target = world.discover("j", "x", T0)
    bad = Labels.of(__name__="hits_total", code="500")
    for number in range(80):
        page = {0: {bad: 7.0}, 1: {bad: float("inf")}, 79: {bad: 9.0}}.get(number, {})
        world.land(target, T0 + number * SLICE + 1_000, page)

    assert counted_raw(world, FIRST + 70, FIRST + 80).slices.bad.tolist()[-1] == 2


def test_no_first_page_of_a_server_that_began_to_scrape_anew_gives_births():
    """All of it is new to the server, though there was a page before."""
    world = world_of(RATIO)
    target = world.discover("j", "x", T0)
    bad, ok = (Labels.of(__name__="hits_total", code=code) for code in ("500", "200"))
    for number in range(40):
        if number == 30:
            world.restart(T0 + number * SLICE)
        page = {ok: 1.0} if number < 30 else {ok: 1.0, bad: 5.0}
        world.land(target, T0 + number * SLICE + 1_000, page)

    fill = counted_raw(world, FIRST + 1, FIRST + 40)

    assert (fill.slices.bad.sum(), fill.births) == (0, ())
    # Ours knows what it had stored.
    world.tick(T0 + 40 * SLICE)
    assert lived(world, FIRST + 1, FIRST + 40).bad.sum() == 5


def test_a_small_page_that_grows_to_ten_times_its_length_has_births():
    """What it had it still has, so that nobody changed what it yields."""
    world = world_of(RATIO)
    target = world.discover("j", "x", T0)
    one, *others = (
        Labels.of(__name__="hits_total", code=f"5{n:02d}") for n in range(21)
    )
    for number in range(4):
        page = {one: 1.0} | (dict.fromkeys(others, 1.0) if number > 1 else {})
        world.land(target, T0 + number * SLICE + 1_000, page)

    assert counted_raw(world, FIRST + 1, FIRST + 4).slices.bad.tolist() == [0, 0, 20, 0]


def test_a_rule_that_dropped_a_whole_page_is_a_configuration_too():
    """The page before was read, and nothing of it was kept."""
    world = world_of(RATIO)
    target = world.discover("j", "x", T0)
    bad = Labels.of(__name__="hits_total", code="500")
    world.configure(target, Config("drops all"), T0)
    for number in range(4):
        if number == 2:
            world.configure(target, Config("keeps"), T0 + number * SLICE)
        page = {bad: 5_000.0} if number >= 2 else {}
        world.land(target, T0 + number * SLICE + 1_000, page, read=1)

    assert counted_raw(world, FIRST + 1, FIRST + 4).slices.bad.sum() == 0


def test_a_histogram_is_asked_for_the_edges_that_count():
    latency = LatencyIndicator("seconds", Decimal("0.25"))

    found = selectors_of(count_rule(latency))

    assert found == [
        r'seconds_bucket{le=~"0\\.250*|.*[eE].*"}',
        r'seconds_bucket{le=~"\\+?[iI]nf"}',
    ]


@pytest.mark.parametrize(
    "text",
    ["2", "2.0", "2.", "0.2", "0.20", "2e-1", "1e+06", "1000000", "0.005", "+Inf"],
)
def test_every_spelling_of_an_edge_is_asked_for(text: str):
    matcher = LabelMatcher("le", MatchOp.REGEX, edge_pattern(parse_edge(text)))

    assert matcher.matches_value(text)
    assert not matcher.matches_value("3.5")


def test_the_targets_are_those_of_the_job_that_is_named_or_implied():
    on_job = RatioIndicator(
        valid=parse_selector('hits_total{job=~"a|b"}'), bad=parse_selector("x")
    )

    assert up_selector(count_rule(RATIO), "shop", ["x"]) == 'up{job="shop"}'
    assert up_selector(count_rule(on_job), None, ["x"]) == 'up{job=~"a|b"}'
    assert up_selector(count_rule(RATIO), None, ["b", "a.b", ""]) == (
        r'up{job=~"a\\.b|b"}'
    )
    assert up_selector(count_rule(RATIO), None, []) is None
    assert report_selector(count_rule(RATIO), "shop", []) == (
        '{__name__=~"scrape_samples_scraped|scrape_samples_post_metric_relabeling|'
        'scrape_series_added",job="shop"}'
    )
    assert report_selector(count_rule(RATIO), None, []) is None
