"""What a server runs beside what the declarations would compile to."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kizashi.app.drift import DriftKind, drift, is_in_step
from kizashi.compiler._base import CompileOptions
from kizashi.compiler.expected import expected_groups
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningGroup, RunningRule
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec

RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)
SPEC = ObjectiveSpec(
    "s", "a", Decimal("0.999"), RollingWindow(30 * 86_400_000), RATIO, job="j"
)
SERVICE = ServiceSpec("s", LocalText("s", "s"), objectives=(SPEC,))
EXPECTED = expected_groups([SERVICE], CompileOptions())


def running(groups: list[RunningGroup]) -> list[RunningGroup]:
    """Return groups as a server tells them: on one line, with spaces of its own."""
    return [
        replace(
            group,
            file="/rules/s.yaml",
            rules=tuple(
                replace(rule, expression="  ".join(rule.expression.split()))
                for rule in group.rules
            ),
        )
        for group in groups
    ]


def edited(number: int, **change: object) -> list[RunningGroup]:
    """Return what runs with one rule of the first group changed."""
    first, *others = running(EXPECTED)
    rules = list(first.rules)
    rules[number] = replace(rules[number], **change)
    return [replace(first, rules=tuple(rules)), *others]


def test_what_was_generated_is_in_step_however_it_is_laid_out():
    assert drift(EXPECTED, running(EXPECTED)) == ()


def test_groups_of_others_do_not_matter_and_those_like_ours_are_told():
    others = [
        RunningGroup("node", "/r.yaml", 60_000, ()),
        RunningGroup("kizashi-other", "/r.yaml", 15_000, ()),
    ]

    found = drift(EXPECTED, [*running(EXPECTED), *others])

    assert [(e.kind, e.group) for e in found] == [
        (DriftKind.ELSEWHERE, "kizashi-other")
    ]
    assert is_in_step(found)


def test_a_group_that_is_not_loaded_is_one_difference():
    first, *rest = running(EXPECTED)

    found = drift(EXPECTED, rest)

    assert [(e.kind, e.group, e.rule) for e in found] == [
        (DriftKind.MISSING_GROUP, first.name, "")
    ]
    assert not is_in_step(found)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"expression": "sum(rate(hits_total[5m]))"}, DriftKind.CHANGED),
        ({"for_ms": 60_000}, DriftKind.WAIT),
        ({"error": "many-to-many matching"}, DriftKind.FAILING),
    ],
)
def test_a_rule_that_differs_is_told_with_what_it_was_to_be(
    change: dict[str, object], kind: DriftKind
):
    (found,) = drift(EXPECTED, edited(1, **change))

    assert (found.kind, found.rule) == (kind, "kizashi:slice_valid:count")
    assert found.labels == {"service": "s", "objective": "a"}
    assert found.running


def test_a_rule_under_another_name_is_missing_and_one_too_many():
    found = drift(EXPECTED, edited(1, name="kizashi:slice_all:count"))

    assert {(e.kind, e.rule) for e in found} == {
        (DriftKind.MISSING_RULE, "kizashi:slice_valid:count"),
        (DriftKind.UNKNOWN_RULE, "kizashi:slice_all:count"),
    }


def test_a_group_at_another_pace_is_told():
    first, *rest = running(EXPECTED)

    (found,) = drift(EXPECTED, [replace(first, interval_ms=60_000), *rest])

    assert (found.kind, found.expected, found.running) == (
        DriftKind.INTERVAL,
        "15s",
        "1m",
    )


def test_a_changed_declaration_is_a_difference_until_it_is_deployed():
    newer = replace(SERVICE, objectives=(replace(SPEC, target=Decimal("0.99")),))

    found = drift(expected_groups([newer], CompileOptions()), running(EXPECTED))

    assert DriftKind.CHANGED in {e.kind for e in found}
    assert not is_in_step(found)


def test_an_expression_of_newer_syntax_is_compared_by_its_words():
    odd = "increase(hits_total[5m] anchored)"
    runs = RunningRule("a:b", is_alert=False, expression=odd, labels=Labels())
    rule = RunningGroup("kizashi-s", "", 15_000, (runs,))

    def told(expression: str) -> list[DriftKind]:
        own = replace(runs, expression=expression)
        group = RunningGroup("kizashi-s", "", 15_000, (own,))
        return [e.kind for e in drift([rule], [group])]

    assert told(odd.replace(" ", "\n ")) == []
    assert told(odd.replace("5m", "6m")) == [DriftKind.CHANGED]


def test_rules_from_before_series_were_remembered_by_the_minute_are_told():
    """Their groups of today are missing, and what counts slices is another expression."""
    old = [
        replace(group, rules=tuple(r for r in group.rules if "changed" not in r.name))
        for group in edited(1, expression="sum(hits_total - hits_total offset 15s)")
        if not group.name.endswith(("-seed", "-memory"))
    ]

    found = {(e.kind, e.rule or e.group) for e in drift(EXPECTED, old)}

    assert found == {
        (DriftKind.MISSING_GROUP, "kizashi-s-seed"),
        (DriftKind.MISSING_GROUP, "kizashi-s-memory"),
        (DriftKind.MISSING_RULE, "kizashi:target_changed:bool"),
        (DriftKind.CHANGED, "kizashi:slice_valid:count"),
    }
