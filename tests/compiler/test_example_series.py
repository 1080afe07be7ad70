"""Series that selectors match: what unit tests of rules and proofs are fed with."""

import pytest
from reading import declared

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.example_series import example_counters
from kizashi.compiler.objective_plan import plan_objective
from kizashi.compiler.regex_samples import samples_of
from kizashi.compiler.rule_tests import exists_series
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator

TARGET = Labels.of(job="shop", instance="a:1")


@pytest.mark.parametrize(
    ("expression", "samples"),
    [
        ("a", ["a"]),
        ("taken|failed", ["taken", "failed"]),
        ("(taken)|(failed)", ["taken", "failed"]),
        ("(a|b)c", ["ac", "bc"]),
        ("[|]x|y", ["|x", "y"]),
        ("a?b{2}", ["bb", "abb"]),
        ("a{1,3}", ["a", "aa"]),
        ("(?i)get", ["get"]),
        (r"\Q.*\E+", [".*", ".**"]),
    ],
)
def test_each_way_through_an_expression_has_a_sample(
    expression: str, samples: list[str]
):
    assert list(samples_of(expression)) == samples


@pytest.mark.parametrize(
    "expression",
    [
        r"web-[0-9]+:80",
        r"(?i)(?:get|post)",
        r"(?i:g)ET",
        r"[^a-z][[:upper:]][^[:alnum:]]",
        r"[]x]y",
        r"\p{Han}+\pL\P{Greek}",
        r"\x41\x{1F600}\d\D\w\W\s\S",
        r"^(?P<code>5\d{2}|4[0-9]{2,})$",
        r"(a(b|c)*?)+.\.",
        r"\bword\b",
    ],
)
def test_samples_of_what_re2_reads_match_it(expression: str):
    is_match = LabelMatcher("x", MatchOp.REGEX, expression).matches_value

    assert any(is_match(sample) for sample in samples_of(expression))


def test_what_is_valid_and_not_good_is_found_among_alternatives():
    ratio = RatioIndicator(
        valid=parse_selector('orders_total{job="shop",result=~"(taken)|(failed)"}'),
        good=parse_selector('orders_total{job="shop",result="taken"}'),
    )

    counters = example_counters(ratio.events, TARGET)

    found = {(c.labels.get("result"), c.counts_good, c.counts_bad) for c in counters}
    assert found == {("failed", False, True), ("taken", True, False)}


@pytest.mark.parametrize(
    ("matcher", "instance"),
    [
        ('instance!="canary:9100"', "example:9000"),
        ('instance!~"example.*"', "200"),
        ('instance=~"web-[0-9]+:80"', "web-0:80"),
        ('instance="web-1:80"', "web-1:80"),
    ],
)
def test_the_imagined_target_is_one_that_selectors_ask_for(matcher: str, instance: str):
    bad, valid = f'r{{{matcher},code="500"}}', f"r{{{matcher}}}"
    (service,) = declared(f"""\
        apiVersion: kizashi.dev/v1
        kind: Service
        metadata: {{name: s}}
        spec:
          job: shop
          objectives:
            - {{name: o, target: 99%, window: 1d, ratio: {{bad: '{bad}', valid: '{valid}'}}}}
        """)

    series = exists_series(plan_objective(service.objectives[0], CompileOptions()))

    assert {labels.get("instance") for labels in series} == {instance}
