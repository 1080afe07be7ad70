"""The engine around the ledger: rules one by one, reloads, restarts, answers in time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.ledger_world import Config, LedgerWorld
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.errors import InputError, NotFoundError
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
DAY = 86_400_000

RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")


def spec(
    indicator: Indicator = RATIO,
    *,
    target: str = "0.99",
    window_ms: int = DAY,
    job: str | None = "j",
    name: str = "a",
) -> ObjectiveSpec:
    return ObjectiveSpec(
        "s", name, Decimal(target), RollingWindow(window_ms), indicator, job=job
    )


def plan(*specs: ObjectiveSpec, jobs: tuple[str, ...] = ("j",)) -> LedgerPlan:
    service = ServiceSpec("s", LocalText("s", "s"), objectives=specs)
    return LedgerPlan((service,), dict.fromkeys(jobs, SLICE), SLICE)


def world_of(*specs: ObjectiveSpec, now_ms: int = T0) -> LedgerWorld:
    return LedgerWorld(MemorySamples(), MemoryLedger(), plan(*specs), now_ms)


def ask(world: LedgerWorld, at_ms: int | None = None, name: str = "a") -> ObjectiveView:
    at = None if at_ms is None else at_ms / 1000
    return answers(world).objective("s", name, at)


def answers(world: LedgerWorld) -> EngineAnswers:
    return EngineAnswers(world.engine, world.ledgers, list)


def scrape(world: LedgerWorld, target: int, ts: int, ok: float, failed: float) -> None:
    world.land(target, ts, {OK: ok, FAILED: failed})
    world.tick(ts + 100)


def test_rule_1_growth_belongs_wholly_to_the_slice_of_the_later_sample() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 14_000, 0, 0)
    # 40 events over a minute without a scrape: all of them in the last slice.
    scrape(world, target, T0 + 74_000, 40, 0)
    world.tick(T0 + 90_000)
    points = answers(world).ledger("s", "a", start=T0 / 1000, end=T0 / 1000 + 75).points
    assert [p.valid for p in points] == [0, 0, 0, 0, 40]


def test_rule_1_adjacent_windows_add_up_to_the_growth_of_the_counter() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    for number in range(200):
        scrape(world, target, T0 + 7_000 + number * SLICE, 3 * number, number)
    world.tick(T0 + 200 * SLICE)
    at = T0 / 1000 + 200 * 15
    parts = [
        answers(world).ledger("s", "a", start=a, end=b, step_s=3600).points
        for a, b in ((T0 / 1000, T0 / 1000 + 1230), (T0 / 1000 + 1230, at))
    ]
    assert sum(p.valid for part in parts for p in part) == 4 * 199


def test_rule_2_a_drop_counts_the_later_value() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    for number, value in enumerate((10, 15, 4, 6)):
        scrape(world, target, T0 + 7_000 + number * SLICE, value, 0)
    world.tick(T0 + 100_000)
    assert ask(world).valid == 5 + 4 + 2
    world.restart(T0 + 100_000)
    assert ask(world).valid == 5 + 4 + 2


def test_rule_3_the_first_ever_failure_of_a_known_target_is_one_event() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {OK: 100.0})
    scrape(world, target, T0 + 22_000, 110, 1)
    world.tick(T0 + 60_000)
    view = ask(world)
    assert (view.valid, view.budget.spent) == (11, 1)
    [note] = [n for n in view.notes if n.code == "ledger.birth.no_created"]
    assert note.params["amount"] == "1"
    assert 'code="500"' in note.params["series"]


@pytest.mark.parametrize(
    "why", ["failed scrape before", "configuration changed", "honor_labels"]
)
def test_rule_3_a_birth_that_cannot_be_told_is_a_baseline(why: str) -> None:
    world = world_of(spec())
    honor = why == "honor_labels"
    target = world.discover("j", "x", T0, Config(honor_labels=honor))
    world.land(target, T0 + 7_000, {OK: 100.0})
    if why == "failed scrape before":
        world.land(target, T0 + 22_000, None)
    if why == "configuration changed":
        world.configure(target, Config("b"), T0 + 23_000)
    scrape(world, target, T0 + 37_000, 110, 5)
    scrape(world, target, T0 + 52_000, 110, 7)
    world.tick(T0 + 90_000)
    assert (ask(world).valid, ask(world).budget.spent) == (12, 2)


def test_rule_3_a_series_that_was_stored_before_goes_on_from_its_last_value() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 100, 5)
    world.land(target, T0 + 22_000, {OK: 100.0})
    world.restart(T0 + 30_000)
    scrape(world, target, T0 + 37_000, 100, 8)
    world.tick(T0 + 60_000)
    assert ask(world).budget.spent == 3


def test_rule_3_a_new_target_that_started_after_its_discovery_counts_from_zero() -> (
    None
):
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    start = Labels.of(__name__="process_start_time_seconds")
    page = {OK: 40.0, FAILED: 2.0, start: T0 / 1000 + 3}
    world.land(target, T0 + 12_000, page)
    world.tick(T0 + 60_000)
    assert (ask(world).valid, ask(world).budget.spent) == (42, 2)


def test_rule_3_a_new_target_that_ran_already_begins_with_a_baseline() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    start = Labels.of(__name__="process_start_time_seconds")
    world.land(target, T0 + 12_000, {OK: 40.0, start: T0 / 1000 - 3600})
    world.tick(T0 + 60_000)
    assert ask(world).valid == 0


@pytest.mark.parametrize(("gap_ms", "late"), [(300_000, 0), (300_001, 30)])
def test_rule_4_growth_across_more_than_five_minutes_is_late(
    gap_ms: int, late: int
) -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 7_000 + gap_ms, 20, 10)
    world.tick(T0 + gap_ms + 60_000)
    view = ask(world)
    assert (view.late, view.valid, view.budget.spent) == (late, 30, 10)
    on_time = 30 - late
    assert {b.valid for b in view.burn_rates if b.window == "1h"} <= {on_time}
    assert all(b.valid == on_time for b in view.burn_rates[-1:])


def test_rule_5_a_count_is_a_whole_number_and_fractions_stay_exact() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 22_000, 2**52, 1)
    world.tick(T0 + 60_000)
    assert ask(world).valid == 2**52 + 1
    assert isinstance(ask(world).valid, int)
    scrape(world, target, T0 + 67_000, 2**52, 1.5)
    world.tick(T0 + 120_000)
    assert ask(world).budget.spent == 1.5


def test_rule_6_edges_are_compared_as_numbers() -> None:
    world = world_of(spec(LatencyIndicator("d", Decimal("0.2"))))
    target = world.discover("j", "x", T0)
    fast = Labels.of(__name__="d_bucket", le="2e-1")
    every = Labels.of(__name__="d_bucket", le="+Inf")
    world.land(target, T0 + 7_000, {fast: 0.0, every: 0.0})
    world.land(target, T0 + 22_000, {fast: 90.0, every: 100.0})
    world.tick(T0 + 60_000)
    view = ask(world)
    assert (view.good, view.valid, view.sli) == (90, 100, 0.9)


def test_rule_6_a_threshold_that_is_no_edge_counts_nothing_and_names_the_edges() -> (
    None
):
    world = world_of(spec(LatencyIndicator("d", Decimal("0.2"))))
    target = world.discover("j", "x", T0)
    page = {
        Labels.of(__name__="d_bucket", le="0.1"): 0.0,
        Labels.of(__name__="d_bucket", le="0.25"): 0.0,
        Labels.of(__name__="d_bucket", le="+Inf"): 0.0,
    }
    world.land(target, T0 + 7_000, page)
    world.land(target, T0 + 22_000, dict.fromkeys(page, 50.0))
    world.tick(T0 + 60_000)
    view = ask(world)
    assert (view.valid, view.sli) == (0, None)
    [note] = [n for n in view.notes if n.code == "ledger.missing_edge"]
    assert note.params == {"threshold": "0.2", "edges": "0.1 0.25 inf"}


def test_rule_7_a_window_is_left_open_and_closed_at_its_right_edge() -> None:
    world = world_of(spec(window_ms=4 * SLICE))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0, 0, 0)
    # Exactly on an edge: the event belongs to the slice that this edge closes.
    scrape(world, target, T0 + SLICE, 1, 0)
    world.tick(T0 + 10 * SLICE)
    assert ask(world, T0 + SLICE).valid == 1
    assert ask(world, T0 + 4 * SLICE).valid == 1
    assert ask(world, T0 + 5 * SLICE).valid == 0
    assert ask(world, T0 + SLICE - 1).valid == 0


def test_rule_8_a_slice_waits_for_a_scrape_that_is_under_way() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 2_000, 0, 0)
    world.start(target, T0 + 14_000)
    world.tick(T0 + 15_100)
    assert ask(world).at == T0 / 1000
    world.land(target, T0 + 14_000, {OK: 7.0, FAILED: 0.0})
    world.tick(T0 + 15_200)
    assert (ask(world).at, ask(world).valid) == (T0 / 1000 + 15, 7)


def test_rule_8_a_scrape_that_timed_out_holds_nothing_up() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    world.start(target, T0 + 14_000)
    world.tick(T0 + 24_001)
    assert ask(world).at == T0 / 1000 + 15


def test_rule_8_a_sample_that_comes_later_amends_its_slice_and_every_window() -> None:
    """Two targets: the slice closed when the one's scrape had timed out."""
    world = world_of(spec(window_ms=4 * SLICE))
    quick, slow = world.discover("j", "x", T0), world.discover("j", "y", T0)
    for target in (quick, slow):
        scrape(world, target, T0 + 2_000, 0, 0)
    world.start(slow, T0 + 14_000)
    scrape(world, quick, T0 + 17_000, 0, 0)
    world.tick(T0 + 24_001)
    assert (ask(world).at, ask(world).valid) == (T0 / 1000 + 15, 0)
    world.land(slow, T0 + 14_000, {OK: 6.0, FAILED: 1.0})
    view = ask(world)
    assert (view.at, view.valid, view.budget.spent) == (T0 / 1000 + 15, 7, 1)
    assert [b.valid for b in view.burn_rates] == [7] * len(view.burn_rates)
    for closed, valid in ((4, 7), (5, 0)):
        world.tick(T0 + closed * SLICE)
        assert ask(world).valid == valid


def test_rule_10_target_and_window_apply_by_date_in_one_generation() -> None:
    world = world_of(spec(target="0.99"))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 22_000, 990, 10)
    world.tick(T0 + 60_000)
    world.rebuild(plan(spec(target="0.9")), T0 + 61_000)
    world.tick(T0 + 90_000)
    assert (ask(world).target, ask(world).generation) == (0.9, 1)
    assert ask(world).budget.remaining_ratio == pytest.approx(0.9, abs=1e-12)
    then = ask(world, T0 + 60_000)
    assert (then.target, then.generation, then.budget.remaining_ratio) == (0.99, 1, 0)


def test_rule_10_windows_follow_the_scrape_interval_of_their_time() -> None:
    """A short window holds five scrapes, rule 17: of 15 seconds, then of a minute."""
    world = world_of(spec(window_ms=3 * DAY))
    target = world.discover("j", "x", T0)
    for number in range(12):
        scrape(world, target, T0 + 7_000 + number * SLICE, number, 0)
    changed = T0 + 12 * SLICE
    slower = replace(world.plan, intervals_ms={"j": 60_000})
    world.rebuild(slower, changed)
    world.configure(target, Config(interval_ms=60_000), changed + 7_000)
    scrape(world, target, changed + 7_000, 20, 0)
    world.tick(changed + 2 * SLICE)

    assert ask(world).burn_rates[0].window == "5m"
    then = ask(world, changed).burn_rates[0]
    assert (then.window, then.valid) == ("1m15s", 5)


def test_rule_10_a_changed_selector_opens_a_generation_beside_the_old_one() -> None:
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    slow = Labels.of(__name__="requests_total", code="503")
    for number in range(5):
        page = {OK: 10.0 * number, FAILED: 1.0 * number, slow: 2.0 * number}
        world.land(target, T0 + 7_000 + number * SLICE, page)
        world.tick(T0 + 8_000 + number * SLICE)
    wider = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code=~"5.."}'),
    )
    now = T0 + 76_000
    world.rebuild(plan(spec(wider)), now)
    world.tick(now + SLICE)
    # The new one is derived from the samples as far back as they reach.
    assert (ask(world).generation, ask(world).budget.spent) == (2, 12)
    then = ask(world, T0 + 5 * SLICE)
    assert (then.generation, then.budget.spent) == (1, 4)


def test_rule_10_a_removed_objective_still_answers_for_its_time() -> None:
    world = world_of(spec(), spec(name="b"))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 22_000, 5, 1)
    world.tick(T0 + 60_000)
    world.rebuild(plan(spec(name="b")), T0 + 61_000)
    with pytest.raises(NotFoundError, match="s/a"):
        ask(world)
    with pytest.raises(NotFoundError):
        ask(world, T0 + 62_000)
    assert ask(world, T0 + 45_000).valid == 6
    assert [v.objective for v in answers(world).objectives(T0 / 1000 + 45)] == [
        "a",
        "b",
    ]
    assert [v.objective for v in answers(world).objectives()] == ["b"]


@pytest.mark.parametrize(("after_ms", "seen"), [(37_499, True), (37_500, False)])
def test_rule_11_a_scrape_counts_for_two_and_a_half_intervals(
    after_ms: int, *, seen: bool
) -> None:
    edge = T0 + 10 * SLICE
    world = world_of(spec())
    target = world.discover("j", "x", T0)
    scrape(world, target, edge - after_ms, 0, 0)
    world.tick(edge)
    assert ask(world, edge).state == ("idle" if seen else "broken")


def test_rule_11_the_share_is_the_mean_over_the_targets_then_discovered() -> None:
    world = world_of(spec(window_ms=4 * SLICE))
    first = world.discover("j", "x", T0)
    world.discover("j", "y", T0)
    third = world.discover("j", "z", T0)
    for number in range(8):
        if number == 4:
            world.lose(third, T0 + 4 * SLICE + 1)
        scrape(world, first, T0 + 1_000 + number * SLICE, number, 0)
    world.tick(T0 + 8 * SLICE)
    assert ask(world, T0 + 4 * SLICE).coverage == pytest.approx(1 / 3, abs=1e-15)
    assert ask(world, T0 + 8 * SLICE).coverage == 0.5


def test_rule_12_the_five_states() -> None:
    world = world_of(spec())
    assert ask(world).state == "unknown"
    target = world.discover("j", "x", T0 + 1)
    world.tick(T0 + SLICE)
    assert ask(world).state == "broken"
    world.land(target, T0 + SLICE + 1, {Labels.of(__name__="other"): 1.0})
    world.tick(T0 + 2 * SLICE)
    # Absent and never stored: nothing is known to be lost.
    assert (ask(world).state, ask(world).coverage > 0) == ("absent", True)
    scrape(world, target, T0 + 2 * SLICE + 1, 0, 0)
    world.tick(T0 + 3 * SLICE)
    assert ask(world).state == "idle"
    scrape(world, target, T0 + 3 * SLICE + 1, 1, 0)
    world.tick(T0 + 4 * SLICE)
    assert ask(world).state == "live"


def test_rule_12_absent_slices_of_series_that_were_stored_are_unseen() -> None:
    world = world_of(spec(window_ms=4 * SLICE))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 1, 5, 0)
    for number in range(1, 12):
        world.land(target, T0 + number * SLICE + 1, {Labels.of(__name__="other"): 1.0})
        world.tick(T0 + number * SLICE + 2)
    world.tick(T0 + 12 * SLICE)
    assert (ask(world).state, ask(world).coverage) == ("absent", 0)


def test_rule_13_slices_before_discovery_count_as_unseen() -> None:
    world = world_of(spec(window_ms=10 * SLICE))
    target = world.discover("j", "x", T0)
    for number in range(5):
        scrape(world, target, T0 + 1 + number * SLICE, number, 0)
    world.tick(T0 + 5 * SLICE)
    assert ask(world).coverage == 0.5


def test_budget_and_burn_are_what_a_hand_works_out() -> None:
    world = world_of(spec(target="0.9995", window_ms=30 * DAY))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 22_000, 19_996, 4)
    world.tick(T0 + 60_000)
    view = ask(world)
    # 20,000 x 0.0005 = 10 allowed, 4 spent: 60 % of 21.6 minutes are left.
    assert (view.budget.allowed, view.budget.spent, view.budget.remaining) == (10, 4, 6)
    assert view.budget.remaining_ratio == 0.6
    assert view.budget.minutes == pytest.approx(12.96, abs=1e-12)
    hour = next(b for b in view.burn_rates if b.window == "1h")
    assert hour.value == pytest.approx(0.0002 / 0.0005, abs=1e-15)
    assert view.budget.time_to_empty_s is None


def test_time_to_empty_follows_the_burn_of_the_last_hour() -> None:
    world = world_of(spec(target="0.9", window_ms=10 * DAY))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 22_000, 99_900, 100)
    for number in range(300):
        scrape(world, target, T0 + 30_000 + number * SLICE, 99_900, 100)
    scrape(world, target, T0 + 30_000 + 300 * SLICE, 99_980, 120)
    world.tick(T0 + 301 * SLICE + 30_000)
    view = ask(world)
    # 120 of 10,010 spent; in the last hour 20 of 100 are bad: burn 2.
    left = 1 - 120 / 10_010
    assert view.budget.time_to_empty_s == pytest.approx(left * 10 * 86_400 / 2)


def test_explain_gives_the_numbers_and_the_window_of_every_figure() -> None:
    world = world_of(spec(window_ms=40 * SLICE))
    target = world.discover("j", "x", T0)
    scrape(world, target, T0 + 7_000, 0, 0)
    scrape(world, target, T0 + 22_000, 9, 1)
    world.tick(T0 + 40 * SLICE)
    rows = {row.figure: row for row in ask(world).explain}
    sli = rows["sli"]
    assert (sli.bad, sli.valid, sli.value, sli.expected) == (1, 10, 0.9, 40)
    assert (sli.start, sli.end) == (T0 / 1000, T0 / 1000 + 600)
    assert sli.result == "(10 - 1) / 10 = 0.9"
    assert sli.query == ('bad: requests_total{code="500"} / valid: requests_total')
    assert rows["coverage"].seen == 3
    spent, late = rows["budget.spent"], rows["late"]
    assert (spent.value, spent.result) == (1, "1 + 0 = 1")
    assert (late.bad, late.valid, late.value) == (0, 0, 0)
    # One of ten is bad: ten times what 0.99 allows, and all of it is spent.
    empty = rows["budget.time_to_empty_s"]
    assert (empty.value, empty.bad, empty.valid) == (0.0, 1, 10)
    assert empty.result == "-9.0 x 600 / 10.0 = 0.0"
    assert {r for r in rows if r.startswith("burn_rate")}


def test_no_data_is_none_and_neither_zero_nor_a_failure() -> None:
    view = ask(world_of(spec()))
    assert (view.sli, view.budget.remaining_ratio, view.budget.minutes) == (None,) * 3
    assert all(b.value is None for b in view.burn_rates)


def test_the_ledger_refuses_a_stretch_with_too_many_points() -> None:
    world = world_of(spec())
    world.tick(T0 + 60_000)
    with pytest.raises(InputError, match="11000"):
        answers(world).ledger(
            "s", "a", start=T0 / 1000 - 30 * 86_400, end=T0 / 1000, step_s=15
        )
    with pytest.raises(InputError, match="after its start"):
        answers(world).ledger("s", "a", start=5, end=5)


def test_jobs_are_implied_by_who_holds_the_series() -> None:
    first = plan(spec(job=None), jobs=("j", "k"))
    world = LedgerWorld(MemorySamples(), MemoryLedger(), first, T0)
    held, other = world.discover("j", "x", T0), world.discover("k", "y", T0)
    for number in range(6):
        scrape(world, held, T0 + 1 + number * SLICE, number, 0)
        if number < 2:
            world.land(other, T0 + 2 + number * SLICE, {Labels.of(__name__="z"): 1.0})
        world.tick(T0 + 3 + number * SLICE)
    world.tick(T0 + 6 * SLICE)
    # Job k is down, but only j holds requests_total: it does not matter here.
    [shard] = world.engine.built.shards
    assert shard.jobs == {"j"}
    stretch = answers(world).ledger("s", "a", start=T0 / 1000 + 60, end=T0 / 1000 + 90)
    assert [p.coverage for p in stretch.points] == [1, 1]


def test_a_window_of_90_days_is_exact_at_both_edges() -> None:
    minute = 60_000
    long = spec(window_ms=90 * DAY)
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(long,))
    story = LedgerPlan((service,), {"j": minute}, minute)
    samples, ledgers = MemorySamples(), MemoryLedger()
    world = LedgerWorld(samples, ledgers, story, T0)
    target = world.discover("j", "x", T0, Config(interval_ms=minute))
    for number in range(3):
        world.land(target, T0 + 1 + number * minute, {OK: float(number), FAILED: 0.0})
    # The process sleeps; it comes back when the first event is about to leave.
    end = T0 + 90 * DAY
    world.restart(end)
    scrape(world, target, end + 1, 2, 0)
    world.tick(end + minute)
    assert ask(world, end + minute).valid == 2
    world.tick(end + 2 * minute)
    assert ask(world, end + 2 * minute).valid == 1
    world.tick(end + 3 * minute)
    assert ask(world, end + 3 * minute).valid == 0
