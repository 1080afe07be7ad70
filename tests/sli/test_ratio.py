"""What a ratio counts, and what changes its fingerprint."""

import json

import pytest
from hypothesis import strategies as st

from kizashi.errors import ObjectiveError
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Side, implied_job
from kizashi.sli.ratio import RatioIndicator
from sli.making import selectors

#: For test_kinds, as in every file here: indicators of this kind, and what folders of
#: former releases hold of it. They are read for ever, so KEPT only grows.
INDICATORS = st.one_of(
    st.builds(RatioIndicator, selectors("_all_total"), good=selectors("_good_total")),
    st.builds(RatioIndicator, selectors("_all_total"), bad=selectors("_bad_total")),
)
KEPT = [
    (
        {"bad": 'r_total{code="5"}', "valid": "r_total"},
        'bad: r_total{code="5"} / valid: r_total',
    ),
    (
        {"good": 'r_total{code="2"}', "valid": "r_total"},
        'good: r_total{code="2"} / valid: r_total',
    ),
]


VALID = parse_selector('http_requests_total{job="todo"}')
BAD = parse_selector('http_requests_total{job="todo",status=~"5.."}')


def series(name: str, **labels: str) -> Labels:
    return Labels.of({"__name__": name}, **labels)


def test_a_ratio_of_bad_events_counts_the_bad_and_the_valid_series():
    indicator = RatioIndicator(valid=VALID, bad=BAD)

    assert indicator.events.side is Side.BAD
    failed = series("http_requests_total", job="todo", status="503")
    answered = series("http_requests_total", job="todo", status="200")
    assert indicator.events.part.matches(failed)
    assert not indicator.events.part.matches(answered)
    assert indicator.events.valid.matches(answered)
    assert not indicator.events.valid.matches(series("http_requests_total", job="x"))


@pytest.mark.parametrize("sides", [{}, {"good": BAD, "bad": BAD}])
def test_a_ratio_takes_one_side_exactly(sides: dict[str, Selector]):
    with pytest.raises(ObjectiveError, match="one of them"):
        RatioIndicator(valid=VALID, **sides)


def test_a_side_that_is_valid_in_another_order_is_refused():
    one = parse_selector('x_total{a="1",b="2"}')
    other = parse_selector('x_total{b="2",a="1"}')

    with pytest.raises(ObjectiveError, match="very events"):
        RatioIndicator(valid=one, bad=other)


def test_the_order_of_matchers_does_not_change_a_fingerprint():
    one = RatioIndicator(valid=VALID, bad=parse_selector('y_total{a="1",b="2"}'))
    other = RatioIndicator(valid=VALID, bad=parse_selector('y_total{b="2",a="1"}'))

    assert one.fingerprint == other.fingerprint


def test_counting_good_events_is_another_fingerprint_than_counting_bad_ones():
    good = RatioIndicator(valid=VALID, good=BAD)
    bad = RatioIndicator(valid=VALID, bad=BAD)

    assert good.fingerprint != bad.fingerprint


def test_a_fingerprint_is_canonical_json():
    fingerprint = RatioIndicator(valid=parse_selector("v"), bad=BAD).fingerprint

    assert fingerprint == (
        '{"bad":[["__name__","=","http_requests_total"],["job","=","todo"],'
        '["status","=~","5.."]],"kind":"ratio","valid":[["__name__","=","v"]]}'
    )
    assert json.loads(fingerprint)["kind"] == "ratio"


def test_the_job_is_implied_by_an_equality_only():
    fixed = RatioIndicator(valid=VALID, bad=BAD)
    any_job = parse_selector('v{job=~"a|b"}'), parse_selector('b{job=~"a"}')
    open_ = RatioIndicator(*any_job)

    assert implied_job(fixed) == {"todo"}
    assert implied_job(open_) == frozenset()
