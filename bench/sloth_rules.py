"""Prometheus rules for availability objectives, as Sloth shapes them.

An objective takes 17 rules in three groups: eight recordings of the error ratio (the
30-day one is the mean of 5-minute ratios), seven of metadata, two alerts of two
window pairs each. Source: Sloth's documentation of its generated rules.
"""

import json
from collections.abc import Sequence
from typing import Any

from bench.exporters import service_name

TARGET = 0.999
RULES_AN_OBJECTIVE = 17
SHORT_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
RATIO_5M = "slo:sli_error:ratio_rate5m"
Alerts = Sequence[tuple[str, Sequence[tuple[str, str, float]]]]
#: Severity, then (short, long, factor) of both pairs.
ALERTS: Alerts = (
    ("page", (("5m", "1h", 14.4), ("30m", "6h", 6))),
    ("ticket", (("2h", "1d", 3), ("6h", "3d", 1))),
)


def identity(number: int) -> dict[str, str]:
    """The labels that every recording of an objective carries."""
    name = service_name(number)
    return {
        "sloth_id": f"{name}-availability",
        "sloth_service": name,
        "sloth_slo": "availability",
    }


def rule_file(objectives: int) -> str:
    """All groups as JSON, which is YAML."""
    made = [g for number in range(objectives) for g in groups(number)]
    return json.dumps({"groups": made})


def groups(
    number: int, period: str = "30d", alerts: Alerts = ALERTS
) -> list[dict[str, Any]]:
    """The groups of one objective over a period."""
    labels = identity(number)
    chosen = ", ".join(f'{k}="{v}"' for k, v in labels.items())
    mine = f"{{{chosen}}}"
    key = labels["sloth_id"]
    return [
        {
            "name": f"sloth-slo-sli-recordings-{key}",
            "rules": _ratios(number, mine, period),
        },
        {
            "name": f"sloth-slo-meta-recordings-{key}",
            "rules": _metadata(labels, mine, period),
        },
        {"name": f"sloth-slo-alerts-{key}", "rules": _alerts(key, mine, alerts)},
    ]


def _ratios(number: int, mine: str, period: str) -> list[dict[str, Any]]:
    base = f'http_requests_total{{job="bench",service="{service_name(number)}"'

    def ratio(window: str) -> str:
        bad = f'(sum(rate({base},code=~"(5..|429)"}}[{window}])))'
        return f"{bad} / (sum(rate({base}}}[{window}])))"

    month = (
        f"sum_over_time({RATIO_5M}{mine}[{period}]) / ignoring (sloth_window)"
        f" count_over_time({RATIO_5M}{mine}[{period}])"
    )
    told = [(window, ratio(window)) for window in SHORT_WINDOWS]
    return [
        {
            "record": f"slo:sli_error:ratio_rate{window}",
            "expr": expression,
            "labels": {**identity(number), "sloth_window": window},
        }
        for window, expression in [*told, (period, month)]
    ]


def _metadata(labels: dict[str, str], mine: str, period: str) -> list[dict[str, Any]]:
    on = "on(sloth_id, sloth_slo, sloth_service) group_left"
    budget = f"slo:error_budget:ratio{mine}"
    told = (
        ("slo:objective:ratio", f"vector({TARGET})"),
        ("slo:error_budget:ratio", f"vector(1-{TARGET})"),
        ("slo:time_period:days", f"vector({period[:-1]})"),
        ("slo:current_burn_rate:ratio", f"{RATIO_5M}{mine} / {on} {budget}"),
        (
            "slo:period_burn_rate:ratio",
            f"slo:sli_error:ratio_rate{period}{mine} / {on} {budget}",
        ),
        (
            "slo:period_error_budget_remaining:ratio",
            f"1 - slo:period_burn_rate:ratio{mine}",
        ),
        ("sloth_slo_info", "vector(1)"),
    )
    return [{"record": r, "expr": e, "labels": labels} for r, e in told]


def _alerts(key: str, mine: str, alerts: Alerts) -> list[dict[str, Any]]:
    def over(window: str, factor: float) -> str:
        limit = f"({factor:g} * {1 - TARGET:.6g})"
        return (
            f"max(slo:sli_error:ratio_rate{window}{mine} > {limit})"
            " without (sloth_window)"
        )

    return [
        {
            "alert": f"ErrorBudgetBurn-{key}",
            "expr": " or ".join(
                f"({over(short, factor)} and {over(long, factor)})"
                for short, long, factor in pairs
            ),
            "labels": {"sloth_severity": severity},
        }
        for severity, pairs in alerts
    ]
