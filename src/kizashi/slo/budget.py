"""An error budget and how fast it burns: each formula once, exact until it is shown.

What was counted goes in, typed values come out that carry what they were made of. They
compare exactly; `value` is the float nearest to them, which is for showing.

Source: SRE Workbook, chapter 5, "Alerting on SLOs"; rules 4 and 5.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from kizashi.slo.window_sums import Count, WindowSums, exact

#: A budget of which less than this is left is low. At the pace of a ticket, three times
#: what is allowed, it lasts two and a half days more of thirty: a weekend. See ADR 0043.
LOW_LEFT = 0.25
_MINUTE_MS = 60_000
_SECOND_MS = 1_000


@lru_cache(maxsize=4096, typed=True)
def error_budget(target: Decimal | Fraction | float) -> Fraction:
    """Return the share of events that may be bad: ``1 − target``.

    Args:
        target: A decimal, or the float nearest to one, which is taken for that decimal.
    """
    return 1 - Fraction(str(target))


def error_budget_decimal(target: Decimal) -> Decimal:
    """Return the same share as a decimal, for texts that write it out."""
    return (1 - target).normalize()


def highest_burn(target: Decimal | float) -> Fraction:
    """Return how fast a budget burns where everything fails: nothing burns faster."""
    return 1 / error_budget(target)


def burn_of_share(bad_share: Fraction, target: Decimal | float) -> Fraction:
    """Return how many times faster than allowed a constant share of bad events burns."""
    return bad_share / error_budget(target)


def spent_ratio(burn: Fraction, lasted_ms: Fraction | int, window_ms: int) -> Fraction:
    """Return the share of a window's budget that a burn spends, at steady traffic."""
    return burn * lasted_ms / window_ms


def lasts_ms(burn: Fraction, window_ms: Fraction | int) -> Fraction:
    """Return how long a whole budget lasts at a burn rate, above 0."""
    return Fraction(window_ms) / burn


def share_of(bad: float, valid: float) -> float | None:
    """Return the share of events that are bad, as it is shown; None without events."""
    return value_of(Ratio(exact(bad), exact(valid))) if valid else None


class BudgetLevel(StrEnum):
    """What is left of a budget at a glance: every face takes its colour from here."""

    AMPLE = "ample"
    LOW = "low"
    SPENT = "spent"


def budget_level(left: float | None) -> BudgetLevel | None:
    """Return the level of a budget by the share that is left; None without events."""
    if left is None:
        return None
    if left <= 0:
        return BudgetLevel.SPENT
    return BudgetLevel.LOW if left < LOW_LEFT else BudgetLevel.AMPLE


def misses_target(indicator: float | None, target: float) -> bool:
    """Return whether fewer events are good than promised; not without events."""
    return indicator is not None and indicator < target


class Ratio(NamedTuple):
    """A quotient that is not worked out: its parts are what was counted.

    A list of ten thousand objectives makes a hundred thousand of them: hence a tuple.

    Attributes:
        part: What stands above the line.
        whole: What stands below it; not 0.
    """

    part: Count
    whole: Count

    @property
    def value(self) -> float:
        """The nearest float."""
        part, whole = self.part, self.whole
        if isinstance(part, int) and isinstance(whole, int):
            return part / whole
        return float(Fraction(part) / Fraction(whole))

    @property
    def exact(self) -> Fraction:
        """The quotient itself."""
        return Fraction(self.part) / Fraction(self.whole)

    def exceeds(self, other: Count) -> bool:
        """Return whether it is more than another number, exactly."""
        at_it = other * self.whole
        return bool(self.part > at_it if self.whole > 0 else self.part < at_it)


def value_of(found: Ratio | None) -> float | None:
    """Return a quotient as it is shown, the nearest float; None where there is none."""
    return None if found is None else found.value


def burn_ratio(bad: float, valid: float, allowed: Fraction) -> Ratio | None:
    """Return how many times faster than allowed the budget burns; None without events.

    ``bad ÷ valid ÷ (1 − target)``. 1 spends the budget exactly in its window. Late
    events are in no burn rate (rule 4).

    Args:
        bad: Bad events of a window, those on time.
        valid: All of them.
        allowed: The error budget, `error_budget` of the target.

    Source: SRE Workbook, chapter 5, "Alert on Burn Rate".
    """
    if not valid:
        return None
    return Ratio(exact(bad) * allowed.denominator, exact(valid) * allowed.numerator)


def burn_rate(bad: float, valid: float, allowed: Fraction) -> float | None:
    """Return `burn_ratio` as the nearest float, as it is shown; None without events."""
    if valid and not bad:
        return 0.0  # Which most windows of most objectives have.
    return value_of(burn_ratio(bad, valid, allowed))


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """What may fail in an objective's window, and what did.

    Attributes:
        allowed: The share of events that may be bad: `error_budget` of the target.
        window_ms: The objective's window.
        bad: Bad events in it, late ones included.
        valid: Valid events in it, late ones included.
    """

    allowed: Fraction
    window_ms: int
    bad: Count
    valid: Count

    @classmethod
    def of(
        cls, target: Decimal | float, window_ms: int, sums: WindowSums
    ) -> "ErrorBudget":
        """Return the budget of a window that was added up."""
        return cls(
            error_budget(target),
            window_ms,
            exact(sums.bad) + exact(float(sums.late_bad)),
            exact(sums.valid) + exact(float(sums.late_valid)),
        )

    @property
    def good(self) -> Count:
        """Events that are not bad."""
        return self.valid - self.bad

    @property
    def indicator(self) -> Ratio | None:
        """The share of good events; None without events."""
        return Ratio(self.good, self.valid) if self.valid else None

    @property
    def allowed_events(self) -> Ratio:
        """How many events may be bad: ``valid × (1 − target)``."""
        p, q = self.allowed.numerator, self.allowed.denominator
        return Ratio(self.valid * p, q)

    @property
    def left_events(self) -> Ratio:
        """How many more may be bad, below 0 where it is overspent."""
        p, q = self.allowed.numerator, self.allowed.denominator
        return Ratio(self.valid * p - self.bad * q, q)

    @property
    def left(self) -> Ratio | None:
        """What is left, as a share of the budget: ``1 − bad ÷ (valid × (1 − target))``.

        1 where nothing was spent, 0 where all was, below 0 where it is overspent; None
        without events.
        """
        # Both sides are scaled by q: so whole numbers stay whole.
        return self.left_after(self.bad)

    def spent_by(self, bad: float) -> Ratio | None:
        """Return the share of the window's budget that so many bad events spend."""
        if not self.valid:
            return None
        p, q = self.allowed.numerator, self.allowed.denominator
        return Ratio(exact(bad) * q, self.valid * p)

    def left_after(self, bad: Count) -> Ratio | None:
        """Return what is left of the window's budget after so many of its bad events."""
        if not self.valid:
            return None
        p, q = self.allowed.numerator, self.allowed.denominator
        return Ratio(self.valid * p - bad * q, self.valid * p)

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left; not without events."""
        left = self.left
        return left is not None and not left.exceeds(0)

    @property
    def minutes(self) -> Ratio | None:
        """How long everything may still fail: ``left × (1 − target) × window``."""
        left = self.left
        if left is None:
            return None
        p, q = self.allowed.numerator, self.allowed.denominator
        return Ratio(left.part * p * self.window_ms, left.whole * q * _MINUTE_MS)

    def empty_after_s(self, burn: Ratio | None) -> Ratio | None:
        """Return in how many seconds nothing is left if a burn goes on.

        ``left × window ÷ burn rate``. A rolling window that burns at 1 or slower is
        never empty: what it spends is no more than what leaves it.

        Args:
            burn: A burn rate; None without events.

        Returns:
            0 where nothing is left, None where it never comes to that or where there
            are no events.
        """
        left = self.left
        if left is None:
            return None
        if not left.exceeds(0):
            return Ratio(0, 1)
        if burn is None or not burn.exceeds(1):
            return None
        return Ratio(
            left.part * self.window_ms * burn.whole,
            left.whole * _SECOND_MS * burn.part,
        )


def left_along(
    target: Decimal | float, bad: Iterable[float], valid: Iterable[float]
) -> tuple[float | None, ...]:
    """Return what is left of a whole window's budget after each of its parts.

    The budget is that of all its events, so that the last value is the window's own.

    Args:
        target: The objective's target.
        bad: Bad events of each part, in order, late ones included.
        valid: Valid events of each part.
    """
    budget = ErrorBudget(error_budget(target), 0, 0, sum(map(exact, valid)))
    spent = accumulate(map(exact, bad))
    return tuple(value_of(budget.left_after(so_far)) for so_far in spent)
