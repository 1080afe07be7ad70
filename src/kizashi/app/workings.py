"""Arithmetic with its numbers put in, as a terminal and a page write it."""

from dataclasses import dataclass

from kizashi.messages.formats import number
from kizashi.slo.firing import Weighing

#: A coverage with more decimals than this is shown as the quotient that it is.
_MOST_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one face."""

    times: str
    minus: str
    at_most: str


TERMINAL = Signs("x", "-", "<=")
PAGE = Signs("×", "−", "≤")


def comparison(weighing: Weighing, signs: Signs) -> str:
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


def coverage(weighing: Weighing) -> str:
    """Return the seen share of a window exactly: as a decimal, or as its quotient."""
    exact, sums = weighing.coverage, weighing.sums
    if (exact * 10**_MOST_DECIMALS).denominator == 1:
        return f"{float(exact):g}"
    return f"{number(sums.seen_slices)}/{sums.slices:,}"
