"""Gauges in the ledger: every sample is an event, and a failed scrape is one of up."""

from decimal import Decimal

import numpy as np
import pytest

from harness.ledger_world import LedgerWorld
from kizashi.app.alerting import AlertTracker
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.errors import StoreError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.live_scrapes import LiveScrape
from kizashi.ledger.tracking import spec_from_json, spec_to_json
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import Phase
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.window_sums import State
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
HOUR = 3_600_000
DAY = 24 * HOUR
QUEUE = Labels.of(__name__="queue_length", queue="mail")
OTHER = Labels.of(__name__="queue_length", queue="sms")
OK = Labels.of(__name__="requests_total")
UP = BooleanIndicator(parse_selector('up{job="j"}'))


def below(bound: str) -> ThresholdIndicator:
    good = SampleTest(Comparison.BELOW, Decimal(bound))
    return ThresholdIndicator(parse_selector("queue_length"), good)


SHORT = below("100")


def plan(
    *indicators: Indicator,
    job: str | None = "j",
    jobs: tuple[str, ...] = ("j",),
    window_ms: int = DAY,
) -> LedgerPlan:
    specs = tuple(
        ObjectiveSpec(
            "s", name, Decimal("0.99"), RollingWindow(window_ms), indicator, job=job
        )
        for name, indicator in zip("ab", indicators, strict=False)
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=specs)
    return LedgerPlan((service,), dict.fromkeys(jobs, SLICE), SLICE)


def world_of(story: LedgerPlan) -> LedgerWorld:
    return LedgerWorld(MemorySamples(), MemoryLedger(), story, T0)


def ask(world: LedgerWorld, name: str = "a", at_ms: int | None = None) -> ObjectiveView:
    at = None if at_ms is None else at_ms / 1000
    return EngineAnswers(world.engine, world.ledgers, list).objective("s", name, at)


def counts(
    world: LedgerWorld, first_ms: int, slices: int, name: str = "a"
) -> list[tuple[float, float]]:
    """Return bad and valid of the slices that close after a time."""
    shard, member = world.engine.built.place["s", name]
    first = first_ms // SLICE + 1
    part = shard.past_slices(member, first, first + slices - 1)
    return list(zip(part.bad.tolist(), part.valid.tolist(), strict=True))


def states(
    world: LedgerWorld, first_ms: int, slices: int, name: str = "a"
) -> list[str]:
    shard, member = world.engine.built.place["s", name]
    first = first_ms // SLICE + 1
    part = shard.past_slices(member, first, first + slices - 1)
    return [State(code).word for code in part.state.tolist()]


def coverage(world: LedgerWorld, slices: int, name: str = "a") -> float:
    shard, member = world.engine.built.place["s", name]
    newest = shard.ledger.newest
    part = shard.past_slices(member, newest - slices + 1, newest)
    return float(part.seen.mean()) / 55_440


def test_a_sample_is_one_event_of_the_slice_of_its_time_stamp() -> None:
    world = world_of(plan(SHORT))
    target = world.discover("j", "x", T0)
    pages = [
        {QUEUE: 40.0},
        {QUEUE: 100.0},
        None,
        {QUEUE: 99.0, OTHER: 1e300},
        {QUEUE: np.nan, OTHER: np.inf},
        {QUEUE: -np.inf},
    ]
    for number, page in enumerate(pages):
        world.land(target, T0 + 7_000 + number * SLICE, page)
    world.tick(T0 + 6 * SLICE)
    # 100 is not below 100; a failed scrape has no sample; 1e300 and infinity are.
    assert counts(world, T0, 6) == [(0, 1), (1, 1), (0, 0), (1, 2), (1, 1), (0, 1)]
    assert (ask(world).valid, ask(world).budget.spent) == (6, 3)


def test_a_gap_makes_no_sample_of_a_gauge_late() -> None:
    world = world_of(plan(SHORT))
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {QUEUE: 500.0})
    world.tick(T0 + 10 * HOUR - SLICE)
    world.land(target, T0 + 10 * HOUR + 7_000, {QUEUE: 500.0})
    world.tick(T0 + 10 * HOUR + SLICE)
    view = ask(world)
    assert (view.valid, view.budget.spent, view.late) == (2, 2, 0)


def test_a_falling_or_appearing_gauge_is_neither_reset_nor_birth() -> None:
    world = world_of(plan(SHORT))
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {OK: 1.0})
    world.land(target, T0 + 22_000, {OK: 1.0, QUEUE: 90.0})
    world.land(target, T0 + 37_000, {OK: 1.0, QUEUE: 3.0})
    world.tick(T0 + 45_000)
    assert counts(world, T0, 3) == [(0, 0), (0, 1), (0, 1)]
    assert ask(world).notes == ()


def test_one_gauge_feeds_objectives_of_either_kind_and_a_counter_beside_it() -> None:
    """A series may be read both ways; growth and samples never mix."""
    counter = RatioIndicator(
        valid=parse_selector("requests_total"), bad=parse_selector("queue_length")
    )
    world = world_of(plan(SHORT, counter))
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {OK: 10.0, QUEUE: 90.0})
    world.land(target, T0 + 22_000, {OK: 50.0, QUEUE: 110.0})
    world.land(target, T0 + 37_000, {OK: 51.0, QUEUE: np.inf})
    world.land(target, T0 + 52_000, {OK: 52.0, QUEUE: 115.0})
    world.tick(T0 + 60_000)
    assert counts(world, T0, 4) == [(0, 1), (1, 1), (1, 1), (1, 1)]
    assert counts(world, T0, 4, "b") == [(0, 0), (20, 40), (0, 1), (5, 1)]


@pytest.mark.parametrize("restarts", [False, True])
def test_an_outage_is_bad_and_seen_by_an_objective_on_up(*, restarts: bool) -> None:
    world = world_of(plan(UP, SHORT))
    target = world.discover("j", "x", T0)
    for number in range(240):
        page = {QUEUE: 1.0} if number < 120 else None
        world.land(target, T0 + 7_000 + number * SLICE, page)
        world.tick(T0 + 8_000 + number * SLICE)
    now = T0 + 240 * SLICE
    world.tick(now)
    if restarts:
        world.restart(now)
    view = ask(world)
    assert (view.valid, view.budget.spent, view.state) == (240, 120, "live")
    assert coverage(world, 240) == 1
    # What the page would have said nobody knows; the last scrape that succeeded, 7 s
    # into its slice, counts for 37.5 s: for that slice and the next.
    assert (ask(world, "b").valid, ask(world, "b").state) == (120, "broken")
    assert coverage(world, 240, "b") == 121 / 240


def test_a_target_that_never_answered_is_all_bad_and_all_seen() -> None:
    world = world_of(plan(UP))
    target = world.discover("j", "x", T0)
    for number in range(8):
        world.land(target, T0 + 7_000 + number * SLICE, None)
        world.tick(T0 + 8_000 + number * SLICE)
    world.tick(T0 + 8 * SLICE)
    assert (ask(world).valid, ask(world).budget.spent) == (8, 8)
    assert coverage(world, 8) == 1


def test_a_target_nobody_scrapes_is_unseen_by_an_objective_on_up() -> None:
    world = world_of(plan(UP))
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, None)
    world.tick(T0 + 20 * SLICE)
    # A scrape at 7 s counts for the edges up to 44.5 s: two of them.
    assert coverage(world, 20) == 2 / 20
    assert states(world, T0, 4) == ["live", "live", "broken", "broken"]
    world.lose(target, T0 + 20 * SLICE)
    world.tick(T0 + 22 * SLICE)
    assert ask(world).state == "unknown"


def test_one_dead_target_in_four_is_a_quarter_of_the_events_of_up() -> None:
    world = world_of(plan(UP))
    targets = [world.discover("j", name, T0) for name in "wxyz"]
    for number in range(40):
        for place, target in enumerate(targets):
            page = None if place == 0 else {OK: 1.0}
            world.land(target, T0 + 1_000 + place + number * SLICE, page)
    world.tick(T0 + 40 * SLICE)
    assert (ask(world).valid, ask(world).budget.spent) == (160, 40)
    assert coverage(world, 40) == 1


def test_a_job_that_only_fails_is_met_by_an_objective_on_up_of_any_job() -> None:
    indicator = BooleanIndicator(parse_selector("up"))
    world = world_of(plan(indicator, job=None, jobs=("j", "k")))
    first = world.discover("j", "x", T0)
    world.land(first, T0 + 7_000, {OK: 1.0})
    world.tick(T0 + SLICE)
    second = world.discover("k", "y", T0 + SLICE)
    world.land(second, T0 + 22_000, None)
    world.land(first, T0 + 23_000, {OK: 1.0})
    world.tick(T0 + 2 * SLICE)
    world.land(second, T0 + 37_000, None)
    world.land(first, T0 + 38_000, {OK: 1.0})
    world.tick(T0 + 3 * SLICE)
    assert counts(world, T0, 3) == [(0, 1), (1, 2), (1, 2)]


def test_an_outage_pages_by_up_where_the_job_is_down_altogether() -> None:
    """By successful scrapes alone its coverage would fall to 0 and hold fire."""
    world = world_of(plan(UP, window_ms=30 * DAY))
    target = world.discover("j", "x", T0)
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, T0)
    fired = []
    for number in range(600):
        at = T0 + 7_000 + number * SLICE
        world.land(target, at, {OK: 1.0} if number < 480 else None)
        world.tick(at + 100)
        fired += [
            (number - 480, change.alert.labels.get("alertname"))
            for change in alerting.evaluate()
            if change.alert.state.phase is Phase.FIRING
            and change.alert.labels.get("severity") == "page"
        ]
    # 14.4 x 1 % of the 240 samples of an hour is 34.56. The 35th bad one is in a slice
    # that has closed at the scrape after it.
    assert fired == [(35, "ErrorBudgetBurn")]


def land_stamped(
    world: LedgerWorld, target: int, ts: int, stamp: int, v: float
) -> None:
    """Let a scrape land whose gauge has a time stamp of its own."""
    own = Labels.of(job="j", instance="x")
    report = [own.merged({METRIC_NAME: name}) for name in REPORT_SERIES]
    layout = world.samples.layout([*report, QUEUE.merged(own)])
    row = np.array([1, 0.01, 1, 1, 0, v])
    stamps = np.array([ts] * len(report) + [stamp], np.int64)
    nothing = np.empty(0, np.int64)
    world.engine.landed(
        LiveScrape(target, ts, ok=True, layout=layout, values=row, sample_ts_ms=stamps)
    )
    world.samples.append([ScrapeRow(target, ts, layout.id, row, stamps, nothing)])
    world.tick(ts + 100)


@pytest.mark.parametrize("value", [500.0, np.inf])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_sample_that_keeps_its_time_stamp_is_one_event(
    value: float, *, restarts: bool
) -> None:
    """An exporter that renews its samples every minute, scraped every 15 seconds."""
    world = world_of(plan(SHORT))
    target = world.discover("j", "x", T0)
    for number in range(24):
        ts = T0 + 7_000 + number * SLICE
        land_stamped(world, target, ts, ts // 60_000 * 60_000 - 1_000, value)
        if restarts and number % 5 == 2:
            world.restart(ts + 200)
    world.tick(T0 + 24 * SLICE)
    assert sum(valid for _, valid in counts(world, T0 - 60_000, 30)) == 6
    assert counts(world, T0 + 60_000 - SLICE, 1) == [(1, 1)]


def test_another_threshold_opens_a_generation_beside_the_old_one() -> None:
    world = world_of(plan(SHORT))
    target = world.discover("j", "x", T0)
    for number in range(6):
        world.land(target, T0 + 7_000 + number * SLICE, {QUEUE: 30.0 * number})
        world.tick(T0 + 8_000 + number * SLICE)
    world.tick(T0 + 6 * SLICE)
    world.rebuild(plan(below("50")), T0 + 6 * SLICE + 100)
    world.tick(T0 + 7 * SLICE)
    assert (ask(world).generation, ask(world).budget.spent) == (2, 4)
    then = ask(world, at_ms=T0 + 6 * SLICE)
    assert (then.generation, then.budget.spent) == (1, 2)


def test_explain_says_what_is_counted_of_a_gauge() -> None:
    world = world_of(plan(SHORT))
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {QUEUE: 1.0})
    world.tick(T0 + SLICE)
    assert {row.query for row in ask(world).explain} == {
        "good: queue_length < 100 / valid: queue_length"
    }


@pytest.mark.parametrize(
    "indicator",
    [
        UP,
        SHORT,
        ThresholdIndicator(
            parse_selector('t{a=~"x.*"}'),
            SampleTest(Comparison.AT_LEAST, Decimal("-0.50")),
        ),
        LatencyIndicator("h", Decimal("0.25")),
        LatencyIndicator("h", Decimal("0.25"), parse_selector('{a="b"}')),
        RatioIndicator(valid=parse_selector("a"), good=parse_selector("b")),
        RatioIndicator(valid=parse_selector("a"), bad=parse_selector('a{c!="d"}')),
    ],
    ids=lambda indicator: str(indicator.events),
)
def test_a_version_keeps_every_kind_of_indicator(indicator: Indicator) -> None:
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(DAY), indicator, job="j"
    )

    assert spec_from_json("s", "a", spec_to_json(spec)) == spec


def test_a_version_of_an_unknown_kind_says_so() -> None:
    spec = ObjectiveSpec("s", "a", Decimal("0.99"), RollingWindow(DAY), UP, job="j")
    text = spec_to_json(spec).replace("boolean", "novel")

    with pytest.raises(StoreError, match="novel"):
        spec_from_json("s", "a", text)
