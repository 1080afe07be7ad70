"""What an indicator adds to counts: the terms of its rule, by its events alone."""

from decimal import Decimal

import pytest

from kizashi.ledger.matching import CountRule, Term, count_rule
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import EventSelector, Indicator
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator

VALID, PART = parse_selector("v_total"), parse_selector("p_total")
BUCKETS = parse_selector("d_bucket")
UP, PROBES = (BooleanIndicator(parse_selector(m)) for m in ("up", "probe_success"))


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (
            RatioIndicator(VALID, bad=PART),
            CountRule(
                (Term(EventSelector(PART), 1, 0), Term(EventSelector(VALID), 0, 1))
            ),
        ),
        # Bad is what is left of the valid events.
        (
            RatioIndicator(VALID, good=PART),
            CountRule(
                (Term(EventSelector(PART), -1, 0), Term(EventSelector(VALID), 1, 1))
            ),
        ),
        (
            LatencyIndicator("d", Decimal("0.25")),
            CountRule(
                (
                    Term(EventSelector(BUCKETS, 0.25), -1, 0),
                    Term(EventSelector(BUCKETS, float("inf")), 1, 1),
                ),
                threshold=0.25,
            ),
        ),
        (
            UP,
            CountRule((Term(UP.events.valid, 1, 1, UP.events.test),), None, True),
        ),
        (PROBES, CountRule((Term(PROBES.events.valid, 1, 1, PROBES.events.test),))),
    ],
    ids=["bad", "good", "latency", "scrapes", "gauge"],
)
def test_events_are_counted_by_what_they_are(
    indicator: Indicator, expected: CountRule
) -> None:
    rule = count_rule(indicator)

    assert rule == expected
    assert rule.valid == indicator.events.valid
