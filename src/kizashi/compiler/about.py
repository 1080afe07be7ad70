"""What an objective is, and what is left of its budget, as series beside the counts."""

from collections.abc import Sequence
from decimal import Decimal

from kizashi.compiler.objective_plan import LONGEST_QUICK_MS, ObjectivePlan
from kizashi.compiler.promql_text import either, labelled, number
from kizashi.compiler.rule import CompiledRule
from kizashi.rules.series_names import OBJECTIVE, SERVICE, WINDOW, Series, select
from kizashi.slo.budget import error_budget
from kizashi.slo.objective import ServiceSpec


def about_rules(
    service: ServiceSpec, plans: Sequence[ObjectivePlan]
) -> list[CompiledRule]:
    """Return the rules that record target, window and facts of each objective."""
    own = {SERVICE: service.name}
    rules: list[CompiledRule] = [
        CompiledRule(
            name,
            either(
                labelled(f"vector({number(value)})", **{OBJECTIVE: p.spec.name})
                for p, value in values
            ),
            own,
        )
        for name, values in (
            (Series.TARGET, [(p, p.spec.target) for p in plans]),
            (
                Series.PERIOD,
                [(p, Decimal(p.spec.window.length_ms) / 1000) for p in plans],
            ),
        )
    ]
    told = {
        "owner": service.owner or "",
        "tier": "" if service.tier is None else str(service.tier),
    }
    facts = either(
        labelled(
            "vector(1)",
            **{
                OBJECTIVE: p.spec.name,
                "indicator": p.spec.indicator.kind,
                WINDOW: str(p.spec.window),
            },
        )
        for p in plans
    )
    labels = {**own, **{key: value for key, value in told.items() if value}}
    rules.append(CompiledRule(Series.INFO, facts, labels))
    return rules


def budget_rule(plan: ObjectivePlan) -> CompiledRule:
    """Return the rule that records the share of the error budget that is left.

    ``1 - bad ÷ (valid × (1 − target))``: 1 without traffic, below 0 when overspent.
    """
    window = {WINDOW: str(plan.spec.window)}
    bad = select(Series.WINDOW_BAD, **plan.identity, **window)
    valid = select(Series.WINDOW_VALID, **plan.identity, **window)
    allowed = error_budget(plan.spec.target)
    spent = f"{bad} * {allowed.denominator} / ({valid} * {allowed.numerator} > 0)"
    return CompiledRule(
        Series.BUDGET_REMAINING,
        either([f"1 - {spent}", f"1 + 0 * {valid}"]),
        {OBJECTIVE: plan.spec.name, WINDOW: ""},
    )


def has_slow_budget(plan: ObjectivePlan) -> bool:
    """Return whether the budget's window is added up at the slow pace."""
    return plan.spec.window.length_ms > LONGEST_QUICK_MS
