"""How objectives stand: which one needs a person most, and how fast it burns.

Every list that puts the worst first is in this order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import TypeVar

from kizashi.slo.budget import BudgetLevel, budget_level, burn_rate
from kizashi.slo.faults import INVALID
from kizashi.slo.window_sums import State

_WindowT = TypeVar("_WindowT")
#: Bad and valid events.
_Counts = tuple[float, float]


class Urgency(IntEnum):
    """How much an objective needs a person, the most first."""

    PAGE = 0
    FROZEN = 1
    TICKET = 2
    PENDING = 3
    INVALID = 4
    BLIND = 5
    SPENT = 6
    CALM = 7

    @property
    def word(self) -> str:
        """The level as faces spell it."""
        return self.name.lower()


_ALERT_LEVELS = {
    ("firing", "page"): Urgency.PAGE,
    ("frozen", "page"): Urgency.FROZEN,
    ("firing", "ticket"): Urgency.TICKET,
    ("frozen", "ticket"): Urgency.TICKET,
    ("pending", "page"): Urgency.PENDING,
    ("pending", "ticket"): Urgency.PENDING,
}
_BLIND = frozenset(s.word for s in State if s < State.IDLE)


def alert_level(state: str, severity: str) -> Urgency:
    """Return how much an alert needs a person."""
    return _ALERT_LEVELS.get((state, severity), Urgency.CALM)


def objective_level(alerts: Urgency, state: str, left: float | None) -> Urgency:
    """Return how much an objective needs a person.

    Args:
        alerts: The worst level of its alerts.
        state: What its data looks like: a word of `State`, or invalid.
        left: What is left of its budget; None without events.
    """
    if alerts is not Urgency.CALM:
        return alerts
    if state == INVALID:
        return Urgency.INVALID
    if state in _BLIND:
        return Urgency.BLIND
    is_spent = budget_level(left) is BudgetLevel.SPENT
    return Urgency.SPENT if is_spent else Urgency.CALM


def worst_first(
    level: Urgency, burns: Iterable[float | None], left: Iterable[float | None]
) -> tuple[int, float, float]:
    """Return a key that sorts the worst first, of an objective or of several.

    The level decides, then the fastest burn, then the least budget.

    Args:
        level: How much a person is needed.
        burns: The burn rate of each, as `fastest` tells it; None without events.
        left: What is left of each budget; None without events.
    """
    burn_rates = (burn for burn in burns if burn is not None)
    least = (share for share in left if share is not None)
    return level, -max(burn_rates, default=0.0), min(least, default=1.0)


@dataclass(frozen=True, slots=True)
class Burning:
    """A burn that a long and a short window agree on, the lower of the two."""

    rate: float
    long: str
    short: str


def agreed(long: float | None, short: float | None) -> float | None:
    """Return the burn rate that both windows of a pair reach.

    A window without events burns nothing. None where neither has any.
    """
    if long is None and short is None:
        return None
    return min(long or 0.0, short or 0.0)


def fastest(
    pairs: Iterable[tuple[_WindowT, _WindowT, _Counts, _Counts]], allowed: Fraction
) -> tuple[float, _WindowT, _WindowT] | None:
    """Return the fastest burn that both windows of some pair agree on.

    The same as `burning`, for thousands of objectives in a row: which window is the
    one, shares of bad events tell; its burn rate alone is worked out exactly.

    Args:
        pairs: Of each pair its windows, the long one first, and their bad and valid
            events.
        allowed: The error budget.

    Returns:
        The burn and the pair's windows, of equal ones the first; None without events.
    """
    best: tuple[float, _WindowT, _WindowT, _Counts] | None = None
    for long, short, of_long, of_short in pairs:
        if not (of_long[1] or of_short[1]):
            continue
        share, counts = _share(of_long), of_long
        if (other := _share(of_short)) < share:
            share, counts = other, of_short
        if best is None or share > best[0]:
            best = share, long, short, counts
    if best is None:
        return None
    _, long, short, (bad, valid) = best
    return burn_rate(bad, valid, allowed) or 0.0, long, short


def _share(counts: _Counts) -> float:
    return counts[0] / counts[1] if counts[1] else 0.0


def burning(
    pairs: Iterable[tuple[str, str, float | None, float | None]],
) -> Burning | None:
    """Return the fastest burn that both windows of some pair agree on.

    Args:
        pairs: Of each pair the names of its windows, the long one first, and how fast
            they burn; None without events.

    Returns:
        Of equal ones the first; None without events.
    """
    best: Burning | None = None
    for long, short, long_rate, short_rate in pairs:
        rate = agreed(long_rate, short_rate)
        if rate is not None and (best is None or rate > best.rate):
            best = Burning(rate, long, short)
    return best
