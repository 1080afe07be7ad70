"""Prometheus rules for an availability objective, as Pyrra shapes them.

Error ratios over eight windows that follow from the objective's, four alerts of one
pair each, and the increase over the whole window. Source: Pyrra's documentation of
its generated rules, and the windows of its releases for 30 and 7 days.
"""

from collections.abc import Sequence
from typing import Any

METRIC = "http_requests_total"
#: Factor, short and long window, and how long the condition must hold.
Pairs = Sequence[tuple[int, str, str, str]]
PAIRS: dict[str, Pairs] = {
    "30d": (
        (14, "5m", "1h4m", "2m"),
        (7, "32m", "6h26m", "16m"),
        (2, "2h9m", "1d1h43m", "1h4m"),
        (1, "6h26m", "4d6h51m", "3h13m"),
    ),
    "7d": (
        (14, "1m", "15m", "1m"),
        (7, "8m", "1h30m", "4m"),
        (2, "30m", "6h", "15m"),
        (1, "1h30m", "1d", "45m"),
    ),
}


def groups(
    selector: str, errors: str, target: float, window: str
) -> list[dict[str, Any]]:
    """The groups of one objective.

    Args:
        selector: Matchers of all requests, without braces.
        errors: Matchers of the failed ones among them.
        target: The objective's target.
        window: Its window, one of PAIRS.
    """
    slo = {"slo": "availability"}
    budget = f"{1 - target:.6g}"
    windows = {w for _, short, long, _ in PAIRS[window] for w in (short, long)}
    rules: list[dict[str, Any]] = [
        {
            "record": f"{METRIC}:burnrate{each}",
            "expr": f"sum(rate({METRIC}{{{selector},{errors}}}[{each}]))"
            f" / sum(rate({METRIC}{{{selector}}}[{each}]))",
            "labels": slo,
        }
        for each in sorted(windows)
    ]
    for factor, short, long, wait in PAIRS[window]:
        limit = f"({factor} * {budget})"
        rules.append(
            {
                "alert": "ErrorBudgetBurn",
                "expr": f"{METRIC}:burnrate{short}{{slo='availability'}} > {limit}"
                f" and {METRIC}:burnrate{long}{{slo='availability'}} > {limit}",
                "for": wait,
                "labels": {**slo, "short": short, "long": long},
            }
        )
    increase = {
        "record": f"{METRIC}:increase{window}",
        "expr": f"sum by (code) (increase({METRIC}{{{selector}}}[{window}]))",
        "labels": slo,
    }
    return [
        {"name": "availability-increase", "rules": [increase]},
        {"name": "availability", "rules": rules},
    ]


def error_ratio(errors: str, window: str) -> str:
    """The query of the window's error ratio; missing errors count as none."""
    recorded = f"{METRIC}:increase{window}"
    bad = f"(sum({recorded}{{{errors}}}) or vector(0))"
    return f"{bad} / sum({recorded})"
