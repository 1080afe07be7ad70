"""When a pair of windows is held, and who is told: rules 5, 14, 15 and 20.

Every comparison is ``bad * q`` with ``p * valid``, whole numbers where counters are, so
that at exactly the limit nothing fires.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.promql_text import either, indented, labelled
from kizashi.compiler.series_names import SEVERITY, SHORT, WINDOW, Series, select
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.slo.objective import NoData
from kizashi.slo.policy import Pair, Severity

#: How long a held pair outlives rules that are not evaluated.
_MEMORY = "1d"
_SAME = "on (service, objective)"


def held_rule(plan: ObjectivePlan, severity: Severity, pairs: Sequence[Pair]) -> Yaml:
    """Return the rule that records whether each of some pairs is held, 1 or 0.

    Args:
        plan: Their objective.
        severity: Their severity.
        pairs: At least one.
    """
    parts = []
    for pair in pairs:
        part = f"(\n{indented(_held(plan, pair))}\n)"
        short = format_duration(pair.short_ms)
        parts.append(labelled(part, **{SHORT: short}))
    return {
        "record": Series.PAIR_HELD.value,
        "expr": either(parts),
        "labels": {**plan.identity, SEVERITY: severity.value},
    }


@dataclass(frozen=True, slots=True)
class _Window:
    """What one window of a pair says, as expressions."""

    plan: ObjectivePlan
    length_ms: int
    limit: tuple[int, int]

    def _series(self, name: Series) -> str:
        window = format_duration(self.length_ms)
        return select(name, **self.plan.identity, **{WINDOW: window})

    @property
    def bad(self) -> str:
        return self._series(Series.WINDOW_BAD)

    @property
    def valid(self) -> str:
        return self._series(Series.WINDOW_VALID)

    @property
    def coverage(self) -> str:
        return self._series(Series.WINDOW_COVERAGE)

    @property
    def exceeds(self) -> str:
        """Fires even if unseen time is counted at the seen rate: as good, or as bad."""
        return f"{self._weighted} > {self._allowed}"

    @property
    def is_over(self) -> str:
        """Says that the burn is over, and has seen enough to say so."""
        p, q = self.limit
        if self.plan.spec.no_data is NoData.BAD:
            return f"{self._weighted} <= {self._allowed} and {self.is_seen}"
        over = f"{self.bad} * {q} <= {p} * {self.valid}"
        if self.plan.spec.no_data is NoData.GOOD:
            return over
        return f"{over} and {self.is_seen}"

    @property
    def is_seen(self) -> str:
        return f"{self.coverage} >= 0.5"

    @property
    def _weighted(self) -> str:
        _, q = self.limit
        if self.plan.spec.no_data is NoData.BAD:
            unseen = f"{self.valid} * (1 - {self.coverage})"
            return f"({self.bad} * {self.coverage} + {unseen}) * {q}"
        return f"{self.bad} * {q} * {self.coverage}"

    @property
    def _allowed(self) -> str:
        return f"{self.limit[0]} * {self.valid}"

    def has_at_least(self, least: int) -> str:
        """Return what finds the window where it has enough bad events."""
        enough = f"{self.bad} >= {least}"
        if self.plan.spec.no_data is not NoData.BAD:
            return enough
        unseen = f"{self.valid} * (1 - {self.coverage}) / ({self.coverage} > 0)"
        return f"({self.bad} + {unseen} >= {least} or {enough})"

    def has_few(self, least: int) -> str:
        """Return what finds the window where it has seen too few bad events."""
        if self.plan.spec.no_data is NoData.BAD:
            return f"({self.is_seen} unless {self.has_at_least(least)})"
        few = f"{self.bad} < {least}"
        if self.plan.spec.no_data is NoData.GOOD:
            return few
        return f"{few} and {self.is_seen}"


def _held(plan: ObjectivePlan, pair: Pair) -> str:
    """Return 1 while a pair fires or has fired and not resolved, else 0."""
    long = _Window(plan, pair.long_ms, pair.limit)
    short = _Window(plan, pair.short_ms, pair.limit)
    least = plan.spec.min_bad_events
    fires = (
        f"{long.exceeds}\n"
        f"and {_SAME} {short.exceeds}\n"
        f"and {_SAME} {long.has_at_least(least)}"
    )
    before = select(
        Series.PAIR_HELD,
        **plan.identity,
        **{
            SEVERITY: pair.severity.value,
            WINDOW: format_duration(pair.long_ms),
            SHORT: format_duration(pair.short_ms),
        },
    )
    resolved = either([long.is_over, short.is_over, long.has_few(least)])
    held = (
        f"last_over_time({before}[{_MEMORY}])\n"
        f"unless {_SAME} (\n{indented(resolved)}\n)"
    )
    fired = f"1 + 0 * (\n{indented(fires)}\n)"
    return either([fired, f"(\n{indented(held)}\n)", f"0 * {long.coverage}"], _SAME)
