"""What a latency counts: the bucket at its threshold, however its edge is spelt."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from kizashi.errors import ObjectiveError
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import format_edge, parse_edge
from kizashi.sli.latency import LatencyIndicator
from sli.making import WORDS, selectors

INDICATORS = st.builds(
    LatencyIndicator,
    WORDS,
    st.integers(1, 10**6).map(lambda ms: Decimal(ms) / 1000),
    selectors().map(lambda s: Selector(s.matchers[1:])),
)
KEPT = [
    (
        {"histogram": "d_seconds", "match": "{}", "below_s": "0.2"},
        'good: d_seconds_bucket{le="0.2"} / valid: d_seconds_bucket{le="+Inf"}',
    ),
]


def series(name: str, **labels: str) -> Labels:
    return Labels.of({"__name__": name}, **labels)


@pytest.mark.parametrize("le", ["0.2", "0.20", "2e-1", ".2", "+0.2", "0.2000"])
def test_every_spelling_of_the_threshold_is_the_threshold(le: str):
    indicator = LatencyIndicator("d_seconds", Decimal("0.200"))

    assert indicator.events.part.matches(series("d_seconds_bucket", le=le))
    assert not indicator.events.valid.matches(series("d_seconds_bucket", le=le))


@pytest.mark.parametrize("le", ["0.25", "0.1", "+Inf", "", "NaN", "0_2", " 0.2", "2"])
def test_another_edge_is_not_the_threshold(le: str):
    indicator = LatencyIndicator("d_seconds", Decimal("0.2"))

    assert not indicator.events.part.matches(series("d_seconds_bucket", le=le))


@pytest.mark.parametrize("le", ["+Inf", "Inf", "inf"])
def test_all_events_are_in_the_bucket_without_an_edge(le: str):
    indicator = LatencyIndicator("d_seconds", Decimal("0.2"))

    assert indicator.events.valid.matches(series("d_seconds_bucket", le=le))
    assert not indicator.events.valid.matches(series("d_seconds_count"))


def test_a_latency_keeps_to_its_matchers_and_its_metric():
    indicator = LatencyIndicator(
        "d_seconds", Decimal("0.2"), parse_selector('{job="todo"}')
    )

    here = series("d_seconds_bucket", le="0.2", job="todo")
    assert indicator.events.part.matches(here)
    assert not indicator.events.part.matches(series("d_seconds_bucket", le="0.2"))
    assert str(indicator.events.part) == 'd_seconds_bucket{job="todo",le="0.2"}'
    assert str(indicator.events) == (
        'good: d_seconds_bucket{job="todo",le="0.2"}'
        ' / valid: d_seconds_bucket{job="todo",le="+Inf"}'
    )


def test_a_latency_without_matchers_prints_as_promql():
    assert str(LatencyIndicator("d", Decimal(2)).events.part) == 'd_bucket{le="2.0"}'


def test_matchers_of_absent_labels_alone_are_kept_and_declared():
    """They are no selector by themselves, and one with the histogram's name."""
    match = Selector((LabelMatcher("zone", MatchOp.EQUAL, ""),))
    indicator = LatencyIndicator("d_seconds", Decimal("0.2"), match)

    assert LatencyIndicator.from_kept(indicator.kept()) == indicator
    assert indicator.declared() == (
        "ratio",
        {
            "good": 'd_seconds_bucket{zone="",le="0.2"}',
            "valid": 'd_seconds_bucket{zone="",le="+Inf"}',
        },
    )


@pytest.mark.parametrize("match", ['{le="1"}', '{__name__="x"}'])
def test_a_latency_does_not_let_match_decide_the_edge_or_the_metric(match: str):
    with pytest.raises(ObjectiveError, match="which the histogram"):
        LatencyIndicator("d", Decimal("0.2"), parse_selector(match))


@pytest.mark.parametrize("below", ["0", "-1", "NaN", "Infinity"])
def test_a_threshold_is_above_zero(below: str):
    with pytest.raises(ObjectiveError, match="above 0"):
        LatencyIndicator("d", Decimal(below))


def test_the_spelling_of_a_threshold_does_not_change_a_fingerprint():
    one = LatencyIndicator("d", Decimal(100))
    other = LatencyIndicator("d", Decimal("100.00"))

    assert one.fingerprint == other.fingerprint
    assert '"below_s":"100"' in one.fingerprint


@given(st.floats(min_value=0, exclude_min=True, allow_nan=False))
def test_an_edge_survives_printing(edge: float):
    assert parse_edge(format_edge(edge)) == edge
