"""Which columns of a target add to which counts, worked out by hand."""

import numpy as np
import pytest
from tallies import FAILED, GOOD_RATIO, LATENCY, OK, RATIO, bucket

from kizashi.ledger.columns import Columns, created_labels
from kizashi.ledger.matching import RuleIndex, count_rule
from kizashi.model.labels import Labels
from kizashi.promql.selectors import parse_selector
from kizashi.sli.boolean import BooleanIndicator

SERIES = list(enumerate((OK, FAILED, bucket("+Inf"), bucket("0.2"), bucket("0.5"))))


def columns() -> Columns:
    """Return those of three objectives, filled."""
    rules = [count_rule(each) for each in (RATIO, GOOD_RATIO, LATENCY)]
    found = Columns(RuleIndex(rules))
    found.extend(found.plan(SERIES), [])
    return found


def test_rule_1_a_series_adds_to_each_objective_that_selects_it() -> None:
    one = columns()
    amount = np.array([[30.0, 2, 10, 7]])
    on_time, late = one.sums(amount, None)
    totals = dict(zip(one.outs.tolist(), on_time[0].tolist(), strict=True))
    # 2i is objective i's bad, 2i + 1 its valid.
    assert totals == {0: 2, 1: 32, 2: 2, 3: 32, 4: 3, 5: 10}
    assert late is None
    assert one.wanted.tolist() == [0, 1, 2, 3]


def test_rule_4_each_series_is_late_for_itself() -> None:
    one = columns()
    amount = np.array([[30.0, 2, 0, 0]])
    on_time, late = one.sums(amount, np.array([[True, False, False, False]]))
    assert late is not None
    assert dict(zip(one.outs.tolist(), on_time[0].tolist(), strict=True)) == {
        0: 2, 1: 2, 2: 2, 3: 2, 4: 0, 5: 0,
    }  # fmt: skip
    # valid - good of what is late: 30 - 30.
    assert dict(zip(one.outs.tolist(), late[0].tolist(), strict=True)) == {
        0: 0, 1: 30, 2: 0, 3: 30, 4: 0, 5: 0,
    }  # fmt: skip


def test_rule_12_present_is_what_the_valid_selector_finds() -> None:
    one = columns()
    there = np.array([[False, True, False, True]])
    # The failed series is valid too; the threshold's bucket is not the total.
    assert one.present(there).tolist() == [[True, True, False]]
    assert one.first_valid_ms(np.array([5, 3, 9, 1])).tolist() == [3, 3, 9]


def test_a_gauge_is_present_and_its_growth_nothing() -> None:
    up = Labels.of(__name__="up")
    one = Columns(RuleIndex([count_rule(BooleanIndicator(parse_selector("up")))]))
    one.extend(one.plan([(0, up)]), [])
    assert one.present(np.array([[True]])).tolist() == [[True]]
    assert one.objectives_of(0) == []
    assert one.outs.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "created"),
    [
        ("x_total", "x_created"),
        ("x_count", "x_created"),
        ("x_bucket", "x_created"),
        ("x_sum", "x_created"),
        ("x", "x_created"),
        ("x_total_sum", "x_total_created"),
    ],
)
def test_rule_3_created_times_have_the_name_of_the_family(
    name: str, created: str
) -> None:
    labels = Labels.of(__name__=name, code="500", le="0.2", quantile="0.9")
    assert created_labels(labels) == Labels.of(__name__=created, code="500")


def test_rule_3_a_time_that_cannot_be_is_none() -> None:
    start = Labels.of(__name__="process_start_time_seconds")
    one = Columns(RuleIndex([count_rule(RATIO)]))
    one.extend(one.plan([(0, OK), (1, start)]), [])
    pages = np.array([[0, 1.5], [0, 1e12], [0, 1e12 + 1e6], [0, np.inf], [0, np.nan]])
    told = one.started_ms(pages).tolist()
    assert told[:2] == [1_500.0, 1e15]
    assert np.isnan(told[2:]).all()


def test_columns_that_are_dropped_may_come_again() -> None:
    one = columns()
    one.keep(np.array([1, 2, 3]))
    assert one.wanted.tolist() == [1, 2, 3]
    on_time, _ = one.sums(np.array([[2.0, 10, 7]]), None)
    assert dict(zip(one.outs.tolist(), on_time[0].tolist(), strict=True)) == {
        0: 2, 1: 2, 2: 2, 3: 2, 4: 3, 5: 10,
    }  # fmt: skip
    assert [s.id for s in one.plan(SERIES).counted] == [0]
    assert (one.feeds(0), one.feeds(3)) == (set(), {2})
