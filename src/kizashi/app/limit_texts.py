"""Arithmetic with its numbers put in, as a terminal and a page write it."""

from dataclasses import dataclass
from fractions import Fraction

from kizashi.messages.formats import number
from kizashi.slo.firing import LimitCheck

#: A coverage with more decimals than this is shown as the quotient that it is.
_MOST_DECIMALS = 4
#: Slices seen that have more decimals than the first are shown with the second.
_SEEN_DECIMALS, _MOST_SEEN_DECIMALS = 3, 6


@dataclass(frozen=True, slots=True)
class NumberSigns:
    """The signs of one face."""

    times: str
    minus: str
    at_most: str


TERMINAL = NumberSigns("x", "-", "<=")
PAGE = NumberSigns("×", "−", "≤")


def comparison(weighing: LimitCheck, signs: NumberSigns) -> str:
    """Return the test of one window as it came out: rule 14."""
    p, q = (f"{part:,}" for part in weighing.limit)
    bad, valid = number(weighing.sums.bad), number(weighing.sums.valid)
    seen, times = coverage(weighing), signs.times
    left = f"{bad} {times} {q} {times} {seen}"
    if weighing.counts_unseen:
        unseen = f"{valid} {times} (1 {signs.minus} {seen})"
        left = f"({bad} {times} {seen} + {unseen}) {times} {q}"
    sign = ">" if weighing.exceeds else signs.at_most
    right = f"{p} {times} {valid}"
    return f"{left} = {number(weighing.left)} {sign} {right} = {number(weighing.right)}"


def coverage(weighing: LimitCheck) -> str:
    """Return the seen share of a window exactly: as a decimal, or as its quotient."""
    exact, slices = weighing.coverage, weighing.sums.slices
    if _has_decimals(exact, _MOST_DECIMALS):
        return f"{float(exact):g}"
    seen = exact * slices
    is_short = _has_decimals(seen, _SEEN_DECIMALS)
    shown = number(seen, None if is_short else _MOST_SEEN_DECIMALS)
    return f"{shown}/{slices:,}"


def _has_decimals(value: Fraction, most: int) -> bool:
    """Return whether so many decimals say a number exactly."""
    scaled = value * Fraction(10) ** most
    return scaled.denominator == 1
