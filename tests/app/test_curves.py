"""Curves of an objective: exact counts, whatever the number of points."""

from datetime import UTC, date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from harness.ledger_world import Config, LedgerWorld
from kizashi.app.answering import EngineAnswers, ObjectiveSlices
from kizashi.app.curves import (
    LatePoint,
    budget_left,
    curves,
    days,
    late_events,
    longest_window_s,
    projected,
    since,
)
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.blocks import LateEvents
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE_MS = 15_000
SLICE_S = 15
#: 2027-01-15T08:00:00Z, on the edge of a block.
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
SCRAPES = 240
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")


@pytest.fixture(scope="module")
def answers() -> EngineAnswers:
    """Ten requests in each slice of an hour, one of them bad in the second half."""
    indicator = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    )
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(30 * 86_400_000), indicator, job="j"
    )
    plan = LedgerPlan(
        (ServiceSpec("s", LocalText("s", "s"), objectives=(spec,)),),
        {"j": SLICE_MS},
        SLICE_MS,
    )
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)
    target = world.discover("j", "x", T0)
    good = bad = 0
    for number in range(SCRAPES):
        if number:
            bad += number >= SCRAPES // 2
            good += 9 if number >= SCRAPES // 2 else 10
        world.land(target, T0 + number * SLICE_MS + 5_000, {OK: good, FAILED: bad})
    world.restart(T0 + SCRAPES * SLICE_MS)
    return EngineAnswers(world.engine, world.ledgers, list)


START = T0 / 1000
END = START + SCRAPES * SLICE_S
VALID = 10 * (SCRAPES - 1)
BAD = SCRAPES // 2


@given(st.integers(1, 400))
def test_the_steps_add_up_to_the_same_events_however_many_there_are(
    answers: EngineAnswers, points: int
):
    stretch = answers.stretch("s", "a", start=START, end=END)

    found = curves(stretch, START, points)

    assert len(found.at) <= points
    assert sum(found.valid) == VALID
    assert sum(found.bad) == BAD
    assert found.at[-1] == END
    assert list(found.at) == sorted(set(found.at))


def test_the_first_point_is_whole_where_the_ledger_goes_back_far_enough(
    answers: EngineAnswers,
):
    stretch = answers.stretch("s", "a", start=START, end=END)

    # 40 slices in three points of 14: the first reaches back two more.
    found = curves(stretch, END - 40 * SLICE_S, 3)

    assert found.step_s == 14 * SLICE_S
    assert found.valid == (140.0, 140.0, 140.0)


def test_no_step_is_shorter_than_what_was_scraped():
    """Four requests a minute, scraped once a minute, in slices of 15 seconds."""
    world, target = _scraped_every_minute()
    for number in range(60):
        world.land(target, T0 + number * 60_000 + 5_000, {OK: 4 * number, FAILED: 0})
    world.restart(T0 + 3_600_000)
    answers = EngineAnswers(world.engine, world.ledgers, list)
    stretch = answers.stretch("s", "a", start=START, end=END)

    found = curves(stretch, START, 10_000)
    fewer = curves(stretch, START, 40)

    assert stretch.interval_ms == 60_000
    assert found.step_s == 60
    assert found.valid == (0.0, *[4.0] * 59)
    # 90 seconds would hold one scrape, then two.
    assert fewer.step_s == 120
    assert set(fewer.valid[1:]) == {8.0}


def test_how_often_was_scraped_is_that_of_the_time_that_is_shown():
    world, target = _scraped_every_minute()
    later_ms = T0 + 1_800_000
    world.configure(target, Config(interval_ms=15_000), later_ms)
    world.restart(T0 + 3_600_000)
    answers = EngineAnswers(world.engine, world.ledgers, list)

    def interval_ms(start: float, end: float) -> int:
        return answers.stretch("s", "a", start=start, end=end).interval_ms

    assert interval_ms(START, END) == 60_000
    assert interval_ms(START, later_ms / 1000) == 60_000
    assert interval_ms(later_ms / 1000, END) == 15_000


def _scraped_every_minute() -> tuple[LedgerWorld, int]:
    indicator = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    )
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(30 * 86_400_000), indicator, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    plan = LedgerPlan((service,), {"j": 60_000}, SLICE_MS)
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)
    return world, world.discover("j", "x", T0, Config(interval_ms=60_000))


def test_a_burn_rate_is_that_of_its_whole_window(answers: EngineAnswers):
    stretch = answers.stretch("s", "a", start=START - 7200, end=END)

    found = curves(stretch, END - 60, 4)

    # The last five minutes: 20 of 200 are bad, 0.1 of 0.01 allowed.
    assert found.burns["5m"] == pytest.approx((10.0,) * 4)
    # The last hour: 120 of 2,390.
    assert found.burns["1h"][-1] == pytest.approx(BAD / VALID / 0.01)
    assert longest_window_s(stretch.tracked) >= 3600


def test_without_events_there_is_no_burn_and_no_budget(answers: EngineAnswers):
    stretch = answers.stretch("s", "a", start=START - 7200, end=START)

    found = curves(stretch, START - 3600, 10)

    assert set(found.burns["5m"]) == {None}
    assert set(budget_left(found, 0.99)) == {None}
    assert set(found.coverage) == {0.0}


def test_the_budget_ends_at_what_is_left_of_it(answers: EngineAnswers):
    view = answers.objective("s", "a")
    start = END - 30 * 86_400
    stretch = answers.stretch("s", "a", start=start, end=END)

    left = budget_left(curves(stretch, start, 100), 0.99)

    # 120 bad where 23.9 are allowed: 1 - 120 / 23.9.
    assert left[0] == 1
    assert left[-1] == pytest.approx(1 - BAD / (VALID * 0.01))
    assert left[-1] == pytest.approx(view.budget.remaining_ratio)


@given(st.integers(0, SCRAPES * SLICE_S))
def test_a_part_of_a_stretch_is_what_would_have_been_read(
    answers: EngineAnswers, offset: int
):
    whole = answers.stretch("s", "a", start=START, end=END)
    start = min(START + offset, END - 1)

    part = since(whole, start)
    read = answers.stretch("s", "a", start=start, end=END)

    assert part.part.first == read.part.first
    assert part.part.valid.tolist() == read.part.valid.tolist()
    assert part.part.seen.tolist() == read.part.seen.tolist()


def test_days_are_those_of_the_reader(answers: EngineAnswers):
    stretch = answers.stretch("s", "a", start=END - 86_400, end=END)

    here = days(stretch, UTC)
    there = days(stretch, ZoneInfo("Asia/Tokyo"))

    for found in (here, there):
        assert sum(d.valid for d in found) == VALID
        assert sum(d.bad for d in found) == BAD
        assert sum(d.spent_ratio or 0 for d in found) == pytest.approx(
            BAD / (VALID * 0.01)
        )
    # 08:00 to 09:00 in London is 17:00 to 18:00 in Tokyo.
    assert [d.date for d in here if d.valid] == [date(2027, 1, 15)]
    assert [d.date for d in there if d.valid] == [date(2027, 1, 15)]
    assert len(there) == 2


def test_late_events_are_told_slice_by_slice_the_newest_first(answers: EngineAnswers):
    stretch = answers.stretch("s", "a", start=START, end=END)
    first = stretch.part.first
    late = (
        LateEvents(first + 2, 1.0, 4.0),
        LateEvents(first + 9, 0.0, 3.0),
        LateEvents(first + 2, 0.0, 6.0),
    )

    found = late_events(ObjectiveSlices(stretch.tracked, stretch.part, late), 10)

    assert found == [
        LatePoint((first + 9) * SLICE_S, 0, 3),
        LatePoint((first + 2) * SLICE_S, 1, 10),
    ]
    assert (
        late_events(ObjectiveSlices(stretch.tracked, stretch.part, late), 1)
        == found[:1]
    )


def test_a_projection_goes_on_from_now_until_the_budget_is_empty():
    left, ahead = projected((1.0, 0.9, 0.8, 0.4), empty_after=0.25)

    # A quarter of four points is one: there the 0.4 are spent.
    assert left == (1.0, 0.9, 0.8, 0.4, None)
    assert ahead == (None, None, None, 0.4, 0.0)


def test_a_projection_that_is_empty_late_ends_with_the_room_there_is():
    left, ahead = projected((0.5,) * 8, empty_after=1.0)

    # Two of eight points ahead; a whole window spends 0.5, so two points spend 0.125.
    assert len(left) == len(ahead) == 10
    assert ahead[7:] == (0.5, 0.4375, 0.375)


@pytest.mark.parametrize(
    ("left", "empty_after"),
    [((1.0, 0.5), None), ((1.0, None), 0.1), ((0.1, -0.2), 0.1), ((), 0.5)],
)
def test_nothing_is_projected_where_nothing_is_known_or_left(
    left: tuple[float | None, ...], empty_after: float | None
):
    assert projected(left, empty_after) == (left, ())
