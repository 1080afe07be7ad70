"""What slo-generator computes of an objective, as queries and rules of Prometheus.

slo-generator is a program that queries; its arithmetic is written as PromQL here: the
share of good events rounded to six places, and the burn rate rounded to one place
before it is compared. No series counts as no events.

Source: slo-generator, the Prometheus backend and its report.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kizashi.compiler.yaml_text import Yaml
from kizashi.importers.former import Former, FormerAlert, FormerNumber, RatioMethod
from kizashi.model.durations import format_duration
from kizashi.model.matchers import Selector
from kizashi.model.severity import Severity
from kizashi.slo.policy import CustomPair

#: What returns the share of good events over a window.
Share = Callable[[str], str]
OPERATORS = ("increase", "sum")
#: How often the program is usually run.
_STEP_MS = 60_000


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an error-budget policy.

    Attributes:
        name: What it is called.
        window_ms: What it looks at.
        threshold: The burn rate that must be exceeded; None where none is given.
        is_alert: Whether somebody is told.
    """

    name: str
    window_ms: int
    threshold: Decimal | None
    is_alert: bool


def of_valid(
    good: Selector, valid: Selector, operators: Sequence[str] = OPERATORS
) -> Share:
    """Return the share where good and all events are counted.

    Bad events are what is left; a lack of good ones is -1 then.
    """

    def share(window: str) -> str:
        found = _asked(good, operators, window)
        bad = f"({_asked(valid, operators, window)} - ({found} or vector(-1)))"
        some = f"({found} or vector(0))"
        return f"{some} / ({some} + {bad})"

    return share


def of_bad(
    good: Selector, bad: Selector, operators: Sequence[str] = OPERATORS
) -> Share:
    """Return the share where good and bad events are counted."""

    def share(window: str) -> str:
        some = f"({_asked(good, operators, window)} or vector(0))"
        return f"{some} / ({some} + ({_asked(bad, operators, window)} or vector(0)))"

    return share


def former(share: Share, goal: Decimal, steps: Iterable[Step]) -> Former:
    """Return how an objective is watched by the steps of its policy."""
    budget = f"{(1 - goal).normalize():f}"
    numbers, rules, alerts = [], list[Yaml](), []
    for step in sorted(steps, key=lambda each: each.window_ms):
        bad = f"1 - round({share(format_duration(step.window_ms))}, 0.000001)"
        numbers.append(FormerNumber(step.window_ms, bad, RatioMethod.ROUNDED))
        if not step.is_alert or step.threshold is None:
            continue
        least = f"{step.threshold.normalize():f}"
        labels = {"alertname": "BurnRate", "step": step.name}
        rules.append(
            {
                "alert": labels["alertname"],
                "expr": f"round(({bad}) / {budget}, 0.1) > {least}",
                "labels": {"step": step.name},
            }
        )
        # It has no severities: who is told reads it as soon as a page.
        pair = CustomPair(step.window_ms, step.window_ms, step.threshold, Severity.PAGE)
        alerts.append(FormerAlert(labels, Severity.PAGE, (pair,)))
    groups: list[dict[str, Yaml]] = [{"name": "slo-generator", "rules": rules}]
    return Former(groups, _STEP_MS, tuple(numbers), tuple(alerts))


def _asked(events: Selector, operators: Sequence[str], window: str) -> str:
    query = f"{events}[{window}]"
    for operator in operators:
        query = f"{operator}({query})"
    return query
