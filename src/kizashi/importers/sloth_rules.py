"""Prometheus rules for an objective, as Sloth shapes them.

An objective with the default windows takes 17 rules in three groups: eight recordings
of the error ratio (the period's is the mean of 5-minute ratios), seven of metadata, two
alerts of two window pairs each. Source: Sloth's documentation of its generated rules.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kizashi.compiler.yaml_text import Yaml
from kizashi.importers.former import Former, FormerAlert, FormerNumber, RatioMethod
from kizashi.model.durations import parse_duration
from kizashi.model.labels import escape_value
from kizashi.model.severity import Severity
from kizashi.slo.budget import error_budget_decimal
from kizashi.slo.policy import CustomPair

#: Severity, then (short, long, factor) of both pairs.
Alerts = Sequence[tuple[str, Sequence[tuple[str, str, Decimal]]]]
Rule = Mapping[str, Yaml]
RATIO = "slo:sli_error:ratio_rate"
#: How often Prometheus is usually told to evaluate them.
_STEP_MS = 30_000

ALERTS: Alerts = (
    ("page", (("5m", "1h", Decimal("14.4")), ("30m", "6h", Decimal(6)))),
    ("ticket", (("2h", "1d", Decimal(3)), ("6h", "3d", Decimal(1)))),
)


@dataclass(frozen=True, slots=True)
class SlothObjective:
    """An objective as Sloth's rules depend on it.

    Attributes:
        service: Its service.
        name: Its name.
        target: Share of good events.
        period: Over which it holds, such as ``30d``.
        ratio: The query of the share of bad events over a window.
        alerts: Pairs of windows, by severity.
    """

    service: str
    name: str
    target: Decimal
    period: str
    ratio: Callable[[str], str]
    alerts: Alerts = ALERTS

    @property
    def labels(self) -> dict[str, str]:
        """The labels that every recording carries."""
        return {
            "sloth_id": f"{self.service}-{self.name}",
            "sloth_service": self.service,
            "sloth_slo": self.name,
        }

    @property
    def matchers(self) -> str:
        """Those labels, as a selector's braces."""
        told = (f'{k}="{escape_value(v)}"' for k, v in self.labels.items())
        return "{" + ", ".join(told) + "}"

    @property
    def windows(self) -> list[str]:
        """The windows of the alerts, the shortest first."""
        found = {w for _, pairs in self.alerts for pair in pairs for w in pair[:2]}
        return sorted(found, key=parse_duration)

    def groups(self) -> list[dict[str, Yaml]]:
        """Return the groups of its rules."""
        key = self.labels["sloth_id"]
        return [
            {
                "name": f"sloth-slo-sli-recordings-{key}",
                "rules": list(self._ratios()),
            },
            {
                "name": f"sloth-slo-meta-recordings-{key}",
                "rules": list(self._metadata()),
            },
            {"name": f"sloth-slo-alerts-{key}", "rules": list(self._alerts())},
        ]

    def former(self, on: Collection[Severity]) -> Former:
        """Return how it is watched.

        Args:
            on: The severities whose alerts are not switched off.
        """
        numbers = [
            FormerNumber(
                parse_duration(w), f"{RATIO}{w}{self.matchers}", RatioMethod.RATES
            )
            for w in self.windows
        ]
        whole = f"{RATIO}{self.period}{self.matchers}"
        numbers.append(
            FormerNumber(parse_duration(self.period), whole, RatioMethod.MEAN)
        )
        alerts = [
            FormerAlert(
                {"alertname": self._alertname, "sloth_severity": severity},
                Severity(severity),
                tuple(
                    CustomPair(
                        parse_duration(long),
                        parse_duration(short),
                        factor,
                        Severity(severity),
                    )
                    for short, long, factor in pairs
                ),
            )
            for severity, pairs in self.alerts
            if Severity(severity) in on
        ]
        return Former(self.groups(), _STEP_MS, tuple(numbers), tuple(alerts))

    @property
    def _alertname(self) -> str:
        return f"ErrorBudgetBurn-{self.labels['sloth_id']}"

    def _ratios(self) -> Iterator[Rule]:
        told = [(window, self.ratio(window)) for window in self.windows]
        base = f"{RATIO}{self.windows[0]}{self.matchers}[{self.period}]"
        mean = (
            f"sum_over_time({base}) / ignoring (sloth_window) count_over_time({base})"
        )
        for window, expression in [*told, (self.period, mean)]:
            yield {
                "record": f"{RATIO}{window}",
                "expr": expression,
                "labels": {**self.labels, "sloth_window": window},
            }

    def _metadata(self) -> Iterator[Rule]:
        mine = self.matchers
        target = f"{self.target.normalize():f}"
        on = "on(sloth_id, sloth_slo, sloth_service) group_left"
        budget = f"slo:error_budget:ratio{mine}"
        days = Decimal(parse_duration(self.period)) / 86_400_000
        told = (
            ("slo:objective:ratio", f"vector({target})"),
            ("slo:error_budget:ratio", f"vector(1-{target})"),
            ("slo:time_period:days", f"vector({days.normalize():f})"),
            (
                "slo:current_burn_rate:ratio",
                f"{RATIO}{self.windows[0]}{mine} / {on} {budget}",
            ),
            (
                "slo:period_burn_rate:ratio",
                f"{RATIO}{self.period}{mine} / {on} {budget}",
            ),
            (
                "slo:period_error_budget_remaining:ratio",
                f"1 - slo:period_burn_rate:ratio{mine}",
            ),
            ("sloth_slo_info", "vector(1)"),
        )
        for record, expression in told:
            yield {"record": record, "expr": expression, "labels": self.labels}

    def _alerts(self) -> Iterator[Rule]:
        budget = f"{error_budget_decimal(self.target):f}"
        for severity, pairs in self.alerts:
            yield {
                "alert": self._alertname,
                "expr": " or ".join(
                    f"({self._over(short, factor, budget)}"
                    f" and {self._over(long, factor, budget)})"
                    for short, long, factor in pairs
                ),
                "labels": {"sloth_severity": severity},
            }

    def _over(self, window: str, factor: Decimal, budget: str) -> str:
        limit = f"({factor.normalize():f} * {budget})"
        return f"max({RATIO}{window}{self.matchers} > {limit}) without (sloth_window)"
