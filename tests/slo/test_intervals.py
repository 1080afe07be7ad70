"""Scrapes that are too far apart: rule 4 and the windows decide, one function says so."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.messages import render
from kizashi.model.windows import RollingWindow
from kizashi.slo.intervals import (
    LONGEST_BRIDGED_GAP_MS,
    LONGEST_INTERVAL_MS,
    gap_fault,
    plan_fault,
    rules_fault,
    step_ms,
    window_fault,
)
from kizashi.slo.policy import PresetPolicy, SliceTiming, plan_pairs

DAY = 86_400_000


@pytest.mark.parametrize(
    ("interval_s", "is_refused"),
    [(15, False), (240, False), (299, False), (300, True), (301, True), (600, True)],
)
def test_five_minutes_and_more_between_scrapes_are_too_many(
    interval_s: int, is_refused: bool
):
    assert (gap_fault(interval_s * 1_000) is not None) is is_refused


@given(
    st.integers(1, LONGEST_INTERVAL_MS), st.lists(st.integers(-500, 500), min_size=2)
)
def test_at_an_allowed_interval_no_scrape_half_a_second_off_makes_growth_late(
    interval_ms: int, off_ms: list[int]
):
    # Rule 4: samples up to five minutes apart are bridged.
    stamps = np.arange(len(off_ms)) * interval_ms + np.array(off_ms)

    assert gap_fault(interval_ms) is None
    assert np.diff(stamps).max() <= LONGEST_BRIDGED_GAP_MS


def test_at_five_minutes_half_of_the_scrapes_are_late_by_a_millisecond_of_jitter():
    stamps = np.arange(9) * 300_000 + np.array([0, 1, 0, 1, 0, 1, 0, 1, 0])

    assert (np.diff(stamps) > LONGEST_BRIDGED_GAP_MS).sum() == 4
    assert gap_fault(300_000) is not None


@pytest.mark.parametrize(
    ("window_s", "interval_s", "slice_s", "is_refused"),
    [
        (120, 60, 15, False),
        (119, 60, 15, True),
        (300, 60, 15, False),
        # A window as short as a slice is no fault of a scrape in every slice.
        (15, 15, 15, False),
        (15, 16, 15, True),
        # What is refused for its own sake is not refused twice.
        (120, 300, 15, False),
    ],
)
def test_a_window_needs_two_scrapes(
    window_s: int, interval_s: int, slice_s: int, is_refused: bool
):
    found = window_fault((window_s * 1_000, DAY), interval_s * 1_000, slice_s * 1_000)

    assert (found is not None) is is_refused


def test_the_default_policy_of_30_days_takes_every_interval_that_rule_4_takes():
    timing = SliceTiming(15_000, LONGEST_INTERVAL_MS)
    plan = plan_pairs(PresetPolicy(), Decimal("0.999"), RollingWindow(30 * DAY), timing)

    assert plan_fault(plan, LONGEST_INTERVAL_MS) is None


@pytest.mark.parametrize(
    ("interval_s", "step_s"), [(15, 15), (60, 15), (10, 5), (5, 5), (4, 1)]
)
def test_rules_count_at_every_slice_and_at_parts_of_it_where_scrapes_are_closer(
    interval_s: int, step_s: int
):
    assert step_ms(15_000, interval_s * 1_000) == step_s * 1_000


def test_rules_compiled_for_15_seconds_are_refused_on_a_server_of_a_minute():
    fault = rules_fault(60_000, 15_000)

    assert fault is not None
    assert "scrapes 1m apart are too far apart for rules compiled for 15s" in render(
        "en", fault.code, **fault.params
    )
    assert rules_fault(15_000, 15_000) is None
    # Windows and sight are wider than they need be, and nothing is missed.
    assert rules_fault(10_000, 15_000) is None
