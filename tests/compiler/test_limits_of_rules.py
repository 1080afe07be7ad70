"""Rules are within the limits of what Kizashi itself reads, however many objectives."""

from dataclasses import replace
from decimal import Decimal

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.rule_groups import MOST_OBJECTIVES, service_parts
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.scanner import words_of
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

DAY = 86_400_000
HOUR = 3_600_000


def shop(count: int) -> ServiceSpec:
    """Return a service of objectives with the longest names, of several windows each."""
    ratio = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    )
    pairs = [CustomPair(n * HOUR, HOUR, Decimal(2), Severity.PAGE) for n in range(2, 7)]
    policies = [PresetPolicy(), CustomPolicy(tuple(pairs))]
    objectives = [
        ObjectiveSpec(
            "shop",
            f"{number:03}-".ljust(63, "x"),
            Decimal("0.9"),
            RollingWindow(30 * DAY),
            ratio,
            job="shop",
            # Objectives that are not all alike are told apart by their names.
            policy=policies[number % 2],
        )
        for number in range(count)
    ]
    return ServiceSpec("shop", LocalText("s", "s"), objectives=tuple(objectives))


def test_every_expression_of_500_objectives_is_one_that_kizashi_reads():
    parts = service_parts(shop(500), CompileOptions(sloth_names=True))

    texts = {
        rule.expr
        for part in parts
        for group in (*part.quick, *part.slow)
        for rule in group.rules
        # Those of one objective are alike but for its name.
        if f"{99:03}-" in str(rule)
    }
    assert len(texts) > 40
    assert max(len(text) for text in texts) > 30_000
    for text in texts:
        assert words_of(text)


def test_no_rule_serves_more_objectives_than_it_may_and_every_one_has_its_rules():
    service = shop(250)

    parts = service_parts(service, CompileOptions())

    names = [plan.spec.name for part in parts for plan in part.plans]
    assert names == [objective.name for objective in service.objectives]
    assert max(len(part.plans) for part in parts) <= MOST_OBJECTIVES
    groups = [g.name for part in parts for g in (*part.quick, *part.slow)]
    assert len(set(groups)) == len(groups)
    assert {part.name for part in parts} == {"shop", "shop.2", "shop.3"}


def test_a_service_that_fits_stays_in_one_part():
    service = shop(40)
    alike = [replace(o, policy=PresetPolicy()) for o in service.objectives]

    (part,) = service_parts(replace(service, objectives=tuple(alike)), CompileOptions())

    assert part.name == "shop"
    (about,) = (group for group in part.quick if group.name == "kizashi-shop-about")
    recorded = [rule.name for rule in about.rules if not rule.is_alert]
    assert len(set(recorded)) == len(recorded)
