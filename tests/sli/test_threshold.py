"""What a threshold counts: every sample, good on the side that was declared."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import strategies as st

from kizashi.errors import ObjectiveError
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.threshold import ThresholdIndicator
from sli.making import BOUNDS, selectors

INDICATORS = st.builds(
    ThresholdIndicator,
    selectors(),
    st.builds(
        SampleTest,
        st.sampled_from(
            [each for each in Comparison if each is not Comparison.DIFFERS]
        ),
        BOUNDS,
    ),
)
KEPT = [
    (
        {"gauge": "q", "comparison": "<=", "bound": "7.50"},
        "good: q <= 7.5 / valid: q",
    ),
]


QUEUE = parse_selector('queue_length{job="api"}')


def threshold(comparison: Comparison, bound: str) -> ThresholdIndicator:
    return ThresholdIndicator(QUEUE, SampleTest(comparison, Decimal(bound)))


@pytest.mark.parametrize(
    ("comparison", "good"),
    [
        (Comparison.BELOW, [True, False, False, False, True, False]),
        (Comparison.AT_MOST, [True, True, False, False, True, False]),
        (Comparison.ABOVE, [False, False, True, True, False, False]),
        (Comparison.AT_LEAST, [False, True, True, True, False, False]),
    ],
)
def test_both_sides_are_open_or_closed(comparison: Comparison, good: list[bool]):
    values = np.array([99.9, 100.0, 100.1, np.inf, -np.inf, np.nan])

    assert threshold(comparison, "100").events.test.is_good(values).tolist() == good


def test_a_bound_is_the_float_that_samples_are():
    # 0.1 + 0.2 is another float than 0.3.
    values = np.array([0.3, 0.1 + 0.2])

    found = threshold(Comparison.AT_MOST, "0.30").events.test.is_good(values)

    assert found.tolist() == [True, False]


def test_the_spelling_of_a_bound_does_not_open_a_generation():
    prints = {
        threshold(Comparison.BELOW, b).fingerprint for b in ("100", "1e2", "1E+2")
    }

    assert len(prints | {threshold(Comparison.BELOW, "100.00").fingerprint}) == 1
    assert prints.isdisjoint({threshold(Comparison.AT_MOST, "100").fingerprint})
    assert prints.isdisjoint({threshold(Comparison.BELOW, "101").fingerprint})


def test_it_reads_as_promql():
    assert str(threshold(Comparison.AT_LEAST, "-0.50").events) == (
        'good: queue_length{job="api"} >= -0.5 / valid: queue_length{job="api"}'
    )
    assert str(SampleTest(Comparison.BELOW, Decimal("1e3"))) == "< 1000"
    assert str(SampleTest(Comparison.ABOVE, Decimal("-0.0"))) == "> 0"


@pytest.mark.parametrize("bound", ["NaN", "Infinity"])
def test_a_bound_is_finite(bound: str):
    with pytest.raises(ObjectiveError, match="finite"):
        threshold(Comparison.BELOW, bound)


def test_a_threshold_has_a_side():
    with pytest.raises(ObjectiveError, match="side"):
        threshold(Comparison.DIFFERS, "1")
