"""What a boolean gauge counts: every sample, bad where it is 0."""

import numpy as np
from hypothesis import strategies as st

from kizashi.model.labels import Labels
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.boolean import BooleanIndicator
from sli.making import selectors

INDICATORS = st.builds(BooleanIndicator, selectors())
KEPT = [({"gauge": "up"}, "good: up != 0 / valid: up")]


PROBES = BooleanIndicator(parse_selector('probe_success{job="blackbox"}'))


def test_only_zero_is_bad_and_nan_is_neither():
    values = np.array([0.0, -0.0, 1.0, 2.0, -1.0, np.inf, np.nan])

    good = PROBES.events.test.is_good(values)

    assert good.tolist() == [False, False, True, True, True, True, False]


def test_its_series_are_those_of_the_gauge():
    indicator: Indicator = PROBES

    assert indicator.events.valid.matches(
        Labels.of(__name__="probe_success", job="blackbox", instance="a")
    )
    assert str(indicator.events) == (
        'good: probe_success{job="blackbox"} != 0'
        ' / valid: probe_success{job="blackbox"}'
    )


def test_the_order_of_matchers_does_not_open_a_generation():
    one = BooleanIndicator(parse_selector('up{job="a",zone="b"}'))
    other = BooleanIndicator(parse_selector('up{zone="b",job="a"}'))
    third = BooleanIndicator(parse_selector('up{job="a"}'))

    assert one.fingerprint == other.fingerprint != third.fingerprint
