"""The series that Sloth records, for its dashboards and for alerts on them.

Names and labels are Sloth's; the numbers are ours: bad events over valid events of the
whole window, where Sloth takes the mean of five-minute ratios, and 0 rather than NaN
where there was no traffic. Every series has ``service`` and ``objective`` besides.

Source: Sloth's documentation of its generated rules.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from kizashi.compiler.objective_plan import SLOTH_WINDOWS_MS, ObjectivePlan
from kizashi.compiler.promql_text import either, labelled, number
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.windows import choose
from kizashi.model.durations import format_duration
from kizashi.rules.series_names import OBJECTIVE, SERVICE, WINDOW, Series
from kizashi.slo.budget import error_budget_decimal

_IDENTITY: Final = "on (service, objective)"
_RATE: Final = "slo:sli_error:ratio_rate"
_BUDGET: Final = "slo:error_budget:ratio"
_CURRENT: Final = "5m"

#: What burn alerts carry as well, so that dashboards find them.
ALERT_LABELS: Final[Mapping[str, str]] = {
    "sloth_id": "{{ $labels.service }}-{{ $labels.objective }}",
    "sloth_service": "{{ $labels.service }}",
    "sloth_slo": "{{ $labels.objective }}",
}


def sloth_rules(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]
) -> list[CompiledRule]:
    """Return the rules that record some of a service's objectives in Sloth's names.

    Args:
        plans: The objectives.
        everyone: All objectives of the service.
    """
    chosen = choose(plans, everyone)
    windows = {*SLOTH_WINDOWS_MS, *(p.spec.window.length_ms for p in plans)}
    rules: list[CompiledRule] = [
        _ratio(plans, everyone, length) for length in sorted(windows)
    ]
    rules += [
        _record("slo:objective:ratio", _each(plans, _target), {}),
        _record(_BUDGET, _each(plans, _allowed), {}),
        _record("slo:time_period:days", _each(plans, _days), {}),
        _record(
            "slo:current_burn_rate:ratio",
            f"{_RATE}{_CURRENT}{chosen} / {_IDENTITY} {_BUDGET}{chosen}",
            {"sloth_window": _CURRENT},
        ),
    ]
    for window in sorted({p.spec.window for p in plans}):
        mine = choose([p for p in plans if p.spec.window == window], everyone)
        period = str(window)
        labels = {"sloth_window": period}
        burnt = f"{_RATE}{period}{mine} / {_IDENTITY} {_BUDGET}{mine}"
        rules.append(_record("slo:period_burn_rate:ratio", burnt, labels))
        rules.append(
            _record("slo:period_error_budget_remaining:ratio", f"1 - {burnt}", labels)
        )
    rules.append(_record("sloth_slo_info", _info(plans), _SPEC))
    return rules


_SPEC: Final[Mapping[str, str]] = {
    "sloth_mode": "kizashi",
    "sloth_spec": "kizashi.dev/v1",
    "sloth_version": "kizashi",
}


def _ratio(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan], length_ms: int
) -> CompiledRule:
    """Return the rule of one window: 0 without traffic, never NaN, never absent."""
    window = format_duration(length_ms)
    own = [p for p in plans if length_ms in (*p.quick_windows_ms, *p.slow_windows_ms)]
    chosen = choose(own, everyone, **{WINDOW: window})
    share = f"{Series.WINDOW_BAD}{chosen} / ({Series.WINDOW_VALID}{chosen} > 0)"
    ratio = either([share, f"0 * {Series.WINDOW_COVERAGE}{chosen}"])
    return _record(
        f"{_RATE}{window}",
        f"max by ({SERVICE}, {OBJECTIVE}) (\n{ratio}\n)",
        {"sloth_window": window},
    )


def _record(name: str, expression: str, labels: Mapping[str, str]) -> CompiledRule:
    """Return a rule whose series carry the labels that Sloth gives them."""
    named = f'label_join(\n{expression}\n, "sloth_id", "-", "{SERVICE}", "{OBJECTIVE}")'
    for label, of in (("sloth_service", SERVICE), ("sloth_slo", OBJECTIVE)):
        named = f'label_join({named}, "{label}", "", "{of}")'
    return CompiledRule(name, named, labels)


def _each(plans: Sequence[ObjectivePlan], value: Callable[[ObjectivePlan], str]) -> str:
    return either(labelled(f"vector({value(p)})", **p.identity) for p in plans)


def _target(plan: ObjectivePlan) -> str:
    return number(plan.spec.target)


def _allowed(plan: ObjectivePlan) -> str:
    return number(error_budget_decimal(plan.spec.target))


def _days(plan: ObjectivePlan) -> str:
    return number(Decimal(plan.spec.window.length_ms) / 86_400_000)


def _info(plans: Sequence[ObjectivePlan]) -> str:
    return either(
        labelled(
            "vector(1)",
            **p.identity,
            sloth_objective=number(p.spec.target * 100),
        )
        for p in plans
    )
