"""Every rule of the lint, a row each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kizashi.declarations.problems import ProblemLevel
from kizashi.lint import (
    containers,
    edges,
    existence,
    firing,
    ratios,
    routing,
    telling,
    traffic,
    windows,
)
from kizashi.lint._base import Expression, Finding, Found, Kind, Setting
from kizashi.model.positions import Position


@dataclass(frozen=True, slots=True)
class Rule:
    """What finds one kind of mistake, or several that are near.

    Attributes:
        finds: The ids of its findings, with how bad each is.
        check: Looks at one expression.
    """

    finds: dict[str, ProblemLevel]
    check: Callable[[Expression, Setting], Found]


RULES: tuple[Rule, ...] = (
    Rule({"lint.unsummed-ratio": ProblemLevel.ERROR}, ratios.unsummed),
    Rule({"lint.not-a-part": ProblemLevel.ERROR}, ratios.not_a_part),
    Rule({"lint.mean-of-ratios": ProblemLevel.ERROR}, ratios.mean_of_ratios),
    Rule({"lint.average-of-shares": ProblemLevel.ERROR}, ratios.average_of_shares),
    Rule({"lint.invented-without-data": ProblemLevel.WARNING}, ratios.invented),
    Rule({"lint.empty-without-errors": ProblemLevel.WARNING}, ratios.no_errors_yet),
    Rule({"lint.quantile-without-le": ProblemLevel.ERROR}, ratios.quantile_without_le),
    Rule(
        {
            "lint.range-never-full": ProblemLevel.ERROR,
            "lint.range-too-short": ProblemLevel.WARNING,
        },
        windows.too_short,
    ),
    Rule({"lint.range-beyond-retention": ProblemLevel.ERROR}, windows.too_long),
    Rule({"lint.can-never-fire": ProblemLevel.ERROR}, firing.dead_limit),
    Rule({"lint.no-budget": ProblemLevel.ERROR}, firing.zero_limit),
    Rule({"lint.single-window": ProblemLevel.WARNING}, firing.single_window),
    Rule({"lint.burn-in-one-window": ProblemLevel.WARNING}, firing.one_burn_window),
    Rule({"lint.blind-to-absence": ProblemLevel.WARNING}, firing.blind_to_absence),
    Rule(
        {"lint.silent-without-traffic": ProblemLevel.WARNING},
        firing.silent_without_traffic,
    ),
    Rule({"lint.wrong-time-to-empty": ProblemLevel.WARNING}, telling.exhausts_in),
    Rule(
        {"lint.reachable-is-no-budget": ProblemLevel.ERROR},
        telling.reachable_is_no_budget,
    ),
    Rule({"lint.another-window": ProblemLevel.WARNING}, telling.another_window),
    Rule({"lint.dead-runbook": ProblemLevel.WARNING}, telling.dead_runbook),
    Rule({"lint.routed-nowhere": ProblemLevel.ERROR}, routing.unrouted),
    Rule(
        {
            "lint.two-of-one-name": ProblemLevel.WARNING,
            "lint.recorded-twice": ProblemLevel.ERROR,
        },
        telling.same_name,
    ),
    Rule({"lint.page-cache-is-no-use": ProblemLevel.WARNING}, containers.page_cache),
    Rule({"lint.limit-may-be-zero": ProblemLevel.ERROR}, containers.no_limit),
    Rule(
        {"lint.containers-counted-twice": ProblemLevel.ERROR}, containers.counted_twice
    ),
    Rule({"lint.cpu-label-matches-nothing": ProblemLevel.ERROR}, containers.cpu_label),
    Rule(
        {
            "lint.metric-not-exported": ProblemLevel.ERROR,
            "lint.label-not-exported": ProblemLevel.ERROR,
            "lint.label-excludes-nothing": ProblemLevel.ERROR,
            "lint.value-not-exported": ProblemLevel.ERROR,
        },
        existence.missing,
    ),
    Rule({"lint.job-cannot-match": ProblemLevel.ERROR}, existence.unmatched_job),
    Rule(
        {
            "lint.threshold-without-edge": ProblemLevel.ERROR,
            "lint.threshold-above-last-edge": ProblemLevel.ERROR,
        },
        edges.no_edge,
    ),
    Rule(
        {
            "lint.quantile-never-above": ProblemLevel.ERROR,
            "lint.quantile-between-edges": ProblemLevel.WARNING,
        },
        edges.quantile_limit,
    ),
    Rule({"lint.counter-never-moves": ProblemLevel.WARNING}, traffic.never_moves),
    Rule({"lint.machines-counted": ProblemLevel.WARNING}, traffic.machines),
    Rule({"lint.part-exceeds-whole": ProblemLevel.ERROR}, traffic.exceeds_whole),
    Rule({"lint.rate-of-gauge": ProblemLevel.ERROR}, traffic.rate_of_gauge),
    Rule(
        {"lint.quantile-of-each-series": ProblemLevel.WARNING}, traffic.quantile_of_each
    ),
)

#: How bad each finding is, by id, those of the reading included.
LEVELS: dict[str, ProblemLevel] = {
    "lint.not-promql": ProblemLevel.ERROR,
    "lint.too-large": ProblemLevel.WARNING,
    "lint.no-reason": ProblemLevel.WARNING,
    **{id_: level for rule in RULES for id_, level in rule.finds.items()},
}


_WORST_FIRST = (ProblemLevel.ERROR, ProblemLevel.WARNING, ProblemLevel.NOTE)


def lint(setting: Setting) -> list[Finding]:
    """Return everything that is found, by place."""
    found = [
        _placed(finding, expression)
        for expression in setting.expressions
        for rule in RULES
        for finding in rule.check(expression, setting)
    ]
    # An objective is held against the rules once for each of its selectors.
    once = {(f.code, f.position, tuple(sorted(f.params.items()))): f for f in found}
    return sorted(once.values(), key=order)


def order(finding: Finding) -> tuple[Position, int, str]:
    """Return what findings are sorted by: place, then the worst first."""
    return finding.position, _WORST_FIRST.index(LEVELS[finding.code]), finding.code


def _placed(finding: Finding, expression: Expression) -> Finding:
    """Return a finding that knows what it is about."""
    if expression.kind is Kind.OBJECTIVE:
        # A declaration holds selectors; an expression made of them mends nothing there.
        return replace(finding, about=expression, correction="")
    filled = expression.filled
    if filled is None:
        return replace(finding, about=expression)
    params = {name: filled.restored(value) for name, value in finding.params.items()}
    correction = filled.restored(finding.correction)
    return replace(finding, about=expression, params=params, correction=correction)
