"""Prometheus rules for an objective, as Pyrra shapes them.

Error ratios over eight windows that follow from the objective's, four alerts of one
pair each, and the increase over the whole window. Source: Pyrra's documentation of
its generated rules, and the windows of its releases for 28, 30 and 7 days.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from kizashi.compiler.yaml_text import Yaml
from kizashi.importers.former import Former, FormerAlert, FormerNumber, RatioMethod
from kizashi.model.durations import format_duration
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import Selector
from kizashi.model.severity import Severity
from kizashi.model.windows import Window
from kizashi.slo.budget import error_budget_decimal
from kizashi.slo.policy import CustomPair

Rule = Mapping[str, Yaml]
_MINUTE_MS = 60_000
_ALERT = "ErrorBudgetBurn"
#: How often Pyrra tells Prometheus to evaluate them.
_STEP_MS = 30_000


@dataclass(frozen=True, slots=True)
class Burn:
    """An alert of Pyrra.

    Attributes:
        factor: How many times the allowed burn rate it fires at.
        long: The objective's window divided by the long alert window.
        short: The same for the short one.
        wait: The same for how long it must hold, ``for``.
        name: Its name in Pyrra.
        severity: The severity that it becomes.
    """

    factor: int
    long: int
    short: int
    wait: int
    name: str
    severity: Severity


#: Source: Pyrra, 28 days: 1h/5m for 2m, 6h/30m for 15m, 1d/2h for 1h, 4d/6h for 3h.
BURNS = (
    Burn(14, 672, 8_064, 20_160, "fastBurn", Severity.PAGE),
    Burn(7, 112, 1_344, 2_688, "mediumBurn", Severity.PAGE),
    Burn(2, 28, 336, 672, "slowBurn", Severity.TICKET),
    Burn(1, 7, 112, 224, "longTermBurn", Severity.TICKET),
)


def part_of(window: Window, part: int) -> int:
    """Return a part of a window in milliseconds, rounded to minutes, halves up."""
    minutes = Fraction(window.length_ms, part * _MINUTE_MS)
    return floor(minutes + Fraction(1, 2)) * _MINUTE_MS


@dataclass(frozen=True, slots=True)
class Measured:
    """What Pyrra asks of some kind of indicator.

    Attributes:
        metric: The metric that recorded names begin with.
        ratio: The query of the share of bad events over a window.
        increases: What is recorded over the objective's window: names without the
            window, and the query over a window.
        whole: The query of the window's share, given what the window is called.
    """

    metric: str
    ratio: Callable[[str], str]
    increases: Sequence[tuple[str, Callable[[str], str]]]
    whole: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class PyrraObjective:
    """An objective as Pyrra's rules depend on it.

    Attributes:
        name: Its name.
        target: Share of good events.
        window: Over which it holds.
        measured: What is asked of its indicator.
        severities: Of each alert, by the alert's name; None where all are off.
    """

    name: str
    target: Decimal
    window: Window
    measured: Measured
    severities: Mapping[str, Severity] | None = None

    @property
    def burns(self) -> list[tuple[Burn, int, int, int]]:
        """Each alert with its long and short window and its wait in milliseconds.

        One whose short window is rounded to nothing is no rule.
        """
        found = []
        for burn in BURNS:
            parts = burn.long, burn.short, burn.wait
            long_ms, short_ms, wait_ms = (part_of(self.window, n) for n in parts)
            if short_ms:
                found.append((burn, long_ms, short_ms, wait_ms))
        return found

    def whole(self) -> str:
        """Return the query of the share of bad events over the objective's window."""
        return self.measured.whole(str(self.window))

    def burn_rate(self, window_ms: int) -> str:
        """Return the query of the share that is recorded for a window."""
        name = f"{self.measured.metric}:burnrate{format_duration(window_ms)}"
        return f"{name}{{slo='{self.name}'}}"

    def groups(self) -> list[dict[str, Yaml]]:
        """Return the groups of its rules."""
        window = str(self.window)
        increases: list[Yaml] = [
            {"record": f"{name}{window}", "expr": query(window), "labels": self._slo}
            for name, query in self.measured.increases
        ]
        return [
            {"name": f"{self.name}-increase", "rules": increases},
            {"name": self.name, "rules": [*self._ratios(), *self._alerts()]},
        ]

    def former(self) -> Former:
        """Return how it is watched."""
        windows = sorted({w for _, long, short, _ in self.burns for w in (long, short)})
        numbers = [
            FormerNumber(w, self.burn_rate(w), RatioMethod.RATES) for w in windows
        ]
        numbers.append(
            FormerNumber(self.window.length_ms, self.whole(), RatioMethod.INCREASES)
        )
        severities = self.severities
        alerts = [
            FormerAlert(
                {
                    "alertname": _ALERT,
                    "slo": self.name,
                    "long": format_duration(long_ms),
                },
                severities[burn.name],
                (
                    CustomPair(
                        long_ms, short_ms, Decimal(burn.factor), severities[burn.name]
                    ),
                ),
                wait_ms,
            )
            for burn, long_ms, short_ms, wait_ms in self.burns
            if severities is not None
        ]
        return Former(self.groups(), _STEP_MS, tuple(numbers), tuple(alerts))

    @property
    def _slo(self) -> dict[str, Yaml]:
        return {"slo": self.name}

    def _ratios(self) -> Iterator[Rule]:
        windows = sorted({w for _, long, short, _ in self.burns for w in (long, short)})
        for window in map(format_duration, windows):
            yield {
                "record": f"{self.measured.metric}:burnrate{window}",
                "expr": self.measured.ratio(window),
                "labels": self._slo,
            }

    def _alerts(self) -> Iterator[Rule]:
        budget = f"{error_budget_decimal(self.target):f}"
        for burn, long_ms, short_ms, wait_ms in self.burns:
            limit = f"({burn.factor} * {budget})"
            yield {
                "alert": _ALERT,
                "expr": f"{self.burn_rate(short_ms)} > {limit}"
                f" and {self.burn_rate(long_ms)} > {limit}",
                "for": format_duration(wait_ms),
                "labels": {
                    **self._slo,
                    "short": format_duration(short_ms),
                    "long": format_duration(long_ms),
                },
            }


def of_errors(errors: Selector, total: Selector) -> Measured:
    """Return what is asked where errors and all events are counted."""
    own = [m for m in errors.matchers if m not in total.matchers]
    part, whole = _name(errors), _name(total)
    by = ", ".join(sorted({m.name for m in own if m.name != METRIC_NAME}))
    grouped = f"sum by ({by})" if by else "sum"
    increases = [(f"{whole}:increase", _grown(grouped, total))]
    if part != whole:
        increases.append((f"{part}:increase", _grown(grouped, errors)))
    inner = ",".join(str(m) for m in own if m.name != METRIC_NAME)

    def share(window: str) -> str:
        bad = f"sum({part}:increase{window}{{{inner}}})"
        return f"({bad} or vector(0)) / sum({whole}:increase{window})"

    return Measured(
        whole,
        lambda w: f"sum(rate({errors}[{w}])) / sum(rate({total}[{w}]))",
        increases,
        share,
    )


def of_success(success: Selector, total: Selector) -> Measured:
    """Return what is asked where events that were quick enough, and all, are counted."""
    part, whole = _name(success), _name(total)
    edge = ",".join(str(m) for m in success.matchers if m.name == "le")

    def ratio(window: str) -> str:
        every = f"sum(rate({total}[{window}]))"
        return f"({every} - sum(rate({success}[{window}]))) / {every}"

    def share(window: str) -> str:
        quick = f"sum({part}:increase{window}{{{edge}}})"
        return f"1 - {quick} / sum({whole}:increase{window})"

    increases = [
        (f"{whole}:increase", _grown("sum", total)),
        (f"{part}:increase", _grown("sum by (le)", success)),
    ]
    return Measured(whole, ratio, increases, share)


def of_gauge(gauge: Selector) -> Measured:
    """Return what is asked where every sample of a gauge is an event."""
    name = _name(gauge)

    def ratio(window: str) -> str:
        every = f"sum(count_over_time({gauge}[{window}]))"
        return f"({every} - sum(sum_over_time({gauge}[{window}]))) / {every}"

    increases: list[tuple[str, Callable[[str], str]]] = [
        (f"{name}:count", lambda w: f"sum(count_over_time({gauge}[{w}]))"),
        (f"{name}:sum", lambda w: f"sum(sum_over_time({gauge}[{w}]))"),
    ]
    return Measured(
        name,
        ratio,
        increases,
        lambda w: f"1 - sum({name}:sum{w}) / sum({name}:count{w})",
    )


def _grown(grouped: str, events: Selector) -> Callable[[str], str]:
    return lambda window: f"{grouped} (increase({events}[{window}]))"


def _name(selector: Selector) -> str:
    return selector.metric_name or "slo"
