"""Series that selectors match: what unit tests of rules and proofs are fed with."""

import pytest

from kizashi.compiler.example_series import example_counters, samples_of
from kizashi.model.labels import Labels
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator

TARGET = Labels.of(job="shop", instance="a:1")


@pytest.mark.parametrize(
    ("expression", "samples"),
    [
        ("a", ["a"]),
        ("taken|failed", ["taken", "failed"]),
        ("(taken)|(failed)", ["taken", "failed"]),
        ("(a|b)c", ["ac"]),
        ("[|]x|y", ["|x", "y"]),
    ],
)
def test_each_alternative_has_a_sample(expression: str, samples: list[str]):
    assert samples_of(expression) == samples


def test_what_is_valid_and_not_good_is_found_among_alternatives():
    ratio = RatioIndicator(
        valid=parse_selector('orders_total{job="shop",result=~"(taken)|(failed)"}'),
        good=parse_selector('orders_total{job="shop",result="taken"}'),
    )

    counters = example_counters(ratio, TARGET)

    found = {(c.labels.get("result"), c.counts_good, c.counts_bad) for c in counters}
    assert found == {("failed", False, True), ("taken", True, False)}
