"""The arithmetic of firing, worked out again from what a face was shown.

What a person reads beside an alert, and what would have to change for it to fire.
Exact fractions; the decision itself is `kizashi.slo.firing`.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from kizashi.ports.alert_desk import (
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
)
from kizashi.slo.budget import burn_rate
from kizashi.slo.objective import NoData

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Weighing:
    """Both sides of ``bad x q x coverage > p x valid``, the test of one window.

    Attributes:
        p: The limit's numerator.
        q: The limit's denominator.
        coverage: The seen share of the window.
        left: bad x q x coverage; where unseen time counts as bad, and some of the
            window was seen, (bad x coverage + valid x (1 - coverage)) x q.
        right: p x valid.
    """

    p: int
    q: int
    coverage: Fraction
    left: Fraction
    right: Fraction

    @property
    def exceeds(self) -> bool:
        """Whether the window burns faster than its limit."""
        return self.left > self.right


def weigh(limit: str, window: EvidenceWindowView, no_data: str) -> Weighing:
    """Return how a window stands against a limit.

    Args:
        limit: A fraction such as ``9/625``.
        window: What the window held.
        no_data: freeze, bad or good.

    Source: rule 14.
    """
    p, q = (int(part) for part in limit.split("/"))
    coverage = Fraction(window.seen) / window.expected
    bad, valid = Fraction(window.bad), Fraction(window.valid)
    weighted = bad * coverage
    if no_data == NoData.BAD and coverage:
        weighted += valid * (1 - coverage)
    return Weighing(p, q, coverage, weighted * q, p * valid)


def burn(pair: EvidencePairView, window: EvidenceWindowView) -> float | None:
    """Return how many times faster than allowed a window burns; None without events."""
    return burn_rate(window.bad, window.valid, pair.error_budget)


def guarded_bad(evidence: EvidenceView, window: EvidenceWindowView) -> Fraction:
    """Return the bad events that the guard counts, unseen ones included if declared."""
    bad, valid = Fraction(window.bad), Fraction(window.valid)
    coverage = Fraction(window.seen) / window.expected
    if evidence.no_data != NoData.BAD or not coverage:
        return bad
    return bad + valid * (1 - coverage) / coverage


def bad_events_to_fire(evidence: EvidenceView, pair: EvidencePairView) -> int | None:
    """Return how many more bad events, right now, would make a pair fire.

    They would lie in both windows and count as valid too; all else stays. 0 where the
    pair fires; None where no number would do, because too little of a window was seen.
    """
    needed = 0
    for window in (pair.long, pair.short):
        weighing = weigh(pair.limit, window, evidence.no_data)
        if weighing.exceeds:
            continue
        counts_unseen = evidence.no_data == NoData.BAD and weighing.coverage
        weight = Fraction(1) if counts_unseen else weighing.coverage
        gain = weight * weighing.q - weighing.p
        if gain <= 0:
            return None
        needed = max(needed, floor((weighing.right - weighing.left) / gain) + 1)
    missing = evidence.min_bad_events - guarded_bad(evidence, pair.long)
    if missing > 0:
        coverage = Fraction(pair.long.seen) / pair.long.expected
        counts_unseen = evidence.no_data == NoData.BAD and coverage
        weight = coverage if counts_unseen else Fraction(1)
        needed = max(needed, ceil(missing * weight))
    return needed


def most_bad_to_end(pair: EvidencePairView, window: EvidenceWindowView) -> int:
    """Return the most bad events with which a window says that its pair is over."""
    return floor(Fraction(pair.limit) * Fraction(window.valid))


def can_end(evidence: EvidenceView, window: EvidenceWindowView) -> bool:
    """Return whether enough of a window was seen for it to end an alert: rule 15."""
    coverage = Fraction(window.seen) / window.expected
    return evidence.no_data == NoData.GOOD or coverage >= _HALF
