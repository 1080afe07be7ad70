"""When a pair of windows is held, and who is told: rules 5, 14, 15 and 20.

Every comparison is ``bad * q`` with ``p * valid``, whole numbers where counters are, so
that at exactly the limit nothing fires. Coverage enters them as a whole number of parts,
too: as a fraction it would be rounded, and a window that is partly covered would fire at
its limit here and not in the ledger. See ADR 0029.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

from kizashi.compiler.objective_plan import ObjectivePlan, is_slow
from kizashi.compiler.promql_text import either, indented, labelled
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.windows import choose
from kizashi.model.durations import format_duration
from kizashi.model.regexes import any_of
from kizashi.model.severity import Severity
from kizashi.rules.series_names import SEVERITY, SHORT, WINDOW, Series, select
from kizashi.slo.objective import NoData
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import SEEN_ONE

#: How long a held pair outlives rules that are not evaluated.
_MEMORY = "1d"
#: So old may be what the quick rules said last; later the slow rules remember it. They
#: must have run lately for a pair to be taken for one that is not held.
_RECENTLY, _REMEMBERED = "10m", "9m"
_SAME = "on (service, objective)"
_COVERAGE = Series.WINDOW_COVERAGE


def held_rule(
    plan: ObjectivePlan, severity: Severity, pairs: Sequence[WindowPair]
) -> CompiledRule:
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
    labels = {**plan.identity, SEVERITY: severity.value}
    return CompiledRule(Series.PAIR_HELD, either(parts), labels)


@dataclass(frozen=True, slots=True)
class _Pair:
    """What a pair says, as expressions that look at each series once.

    Both windows come out of one selector, told apart by their label, because what an
    expression costs is mostly how many selectors it has.
    """

    plan: ObjectivePlan
    pair: WindowPair

    @property
    def fires(self) -> str:
        """Finds the long window while both exceed the limit, on enough events."""
        windows = len({self.pair.long_ms, self.pair.short_ms})
        exceed = indented(self._exceed)
        both = f"count by (service, objective) (\n{exceed}\n) == {windows}"
        return f"{self._has_enough}\nand {_SAME} {both}"

    @property
    def resolves(self) -> str:
        """Finds a window whose own data says that it is over."""
        return either([self._is_over, self._has_few])

    @property
    def coverage(self) -> str:
        """The long window's coverage."""
        return self._long(Series.WINDOW_COVERAGE)

    def _long(self, name: Series) -> str:
        window = {WINDOW: format_duration(self.pair.long_ms)}
        return select(name, **self.plan.identity, **window)

    def _both(self, name: Series) -> str:
        windows = (self.pair.long_ms, self.pair.short_ms)
        texts = any_of(format_duration(window) for window in windows)
        return f'{select(name, **self.plan.identity)[:-1]},{WINDOW}=~"{texts}"}}'

    @property
    def _whole(self) -> int:
        """How many parts full coverage has: a whole number of each window's."""
        windows = (self.pair.long_ms, self.pair.short_ms)
        return SEEN_ONE * lcm(*(window // self.plan.step_ms for window in windows))

    def _seen(self, coverage: str) -> str:
        """Return a coverage in parts of the whole, an integer again."""
        return f"round({coverage} * {self._whole})"

    @property
    def _weighted(self) -> str:
        """Bad events times q and the parts that were seen, or with unseen ones as bad."""
        bad, seen = self._both(Series.WINDOW_BAD), self._seen(self._both(_COVERAGE))
        _, q = self.pair.limit
        if self.plan.spec.no_data is NoData.BAD:
            # Of a window that was not seen at all there is no rate to go by.
            rate = f"{self._both(Series.WINDOW_VALID)} * ({seen} > bool 0)"
            return f"({bad} * {seen} + {rate} * ({self._whole} - {seen})) * {q}"
        return f"{bad} * {q} * {seen}"

    @property
    def _allowed(self) -> str:
        return f"{self.pair.limit[0]} * {self._both(Series.WINDOW_VALID)}"

    @property
    def _exceed(self) -> str:
        """Finds the windows that burn too fast at the seen rate."""
        return f"{self._weighted} > {self._allowed} * {self._whole}"

    @property
    def _is_over(self) -> str:
        """Finds the windows that have seen enough to say that it is over."""
        _, q = self.pair.limit
        is_seen = f"{self._both(_COVERAGE)} >= 0.5"
        if self.plan.spec.no_data is NoData.BAD:
            over = f"{self._weighted} <= {self._allowed} * {self._whole}"
            return f"{over} and {is_seen}"
        over = f"{self._both(Series.WINDOW_BAD)} * {q} <= {self._allowed}"
        return over if self._is_good else f"{over} and {is_seen}"

    @property
    def _is_good(self) -> bool:
        return self.plan.spec.no_data is NoData.GOOD

    @property
    def _has_enough(self) -> str:
        """Finds the long window where it has enough bad events."""
        bad, least = self._long(Series.WINDOW_BAD), self.plan.spec.min_bad_events
        enough = f"{bad} >= {least}"
        if self.plan.spec.no_data is not NoData.BAD:
            return enough
        seen = self._seen(self.coverage)
        unseen = f"{self._long(Series.WINDOW_VALID)} * ({self._whole} - {seen})"
        said = f"{bad} * {seen} + {unseen} >= {least} * ({seen} > 0)"
        return f"({said} or {enough})"

    @property
    def _has_few(self) -> str:
        """Finds the long window where it has seen too few bad events."""
        is_seen = f"{self.coverage} >= 0.5"
        if self.plan.spec.no_data is NoData.BAD:
            return f"({is_seen} unless {self._has_enough})"
        few = f"{self._long(Series.WINDOW_BAD)} < {self.plan.spec.min_bad_events}"
        return few if self._is_good else f"{few} and {is_seen}"


def memory_rule(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]
) -> CompiledRule:
    """Return the slow rule that remembers what was held, over a day without rules.

    Looking back that far in every slice would cost more than all the rest.
    """
    held = f"{Series.PAIR_HELD}{choose(plans, everyone)}"
    return CompiledRule(Series.PAIR_REMEMBERED, f"last_over_time({held}[{_MEMORY}])")


def _held(plan: ObjectivePlan, pair: WindowPair) -> str:
    """Return 1 while a pair fires or has fired and not resolved, else 0.

    A quick pair that has not been looked at for a while is nothing, neither 1 nor 0,
    until the slow rules have remembered what it was.
    """
    said = _Pair(plan, pair)
    labels = {
        **plan.identity,
        SEVERITY: pair.severity.value,
        WINDOW: format_duration(pair.long_ms),
        SHORT: format_duration(pair.short_ms),
    }
    before = f"last_over_time({select(Series.PAIR_HELD, **labels)}[{_MEMORY}])"
    nothing = [f"0 * {said.coverage}"]
    if not is_slow(pair):
        slow = select(Series.BLOCK_SEEN, **plan.identity)
        lately = f"last_over_time({select(Series.PAIR_HELD, **labels)}[{_RECENTLY}])"
        # What has just been resolved must be 0, or it would be found to be 1 again.
        nothing = [
            f"0 * {lately}",
            f"{nothing[0]} and {_SAME} last_over_time({slow}[{_REMEMBERED}])",
        ]
        before = (
            f"(\n  {lately}\n"
            f"  or last_over_time({select(Series.PAIR_REMEMBERED, **labels)}"
            f"[{_RECENTLY}])\n)"
        )
    held = f"{before}\nunless {_SAME} (\n{indented(said.resolves)}\n)"
    fired = f"1 + 0 * (\n{indented(said.fires)}\n)"
    return either([fired, f"(\n{indented(held)}\n)", *nothing], _SAME)
