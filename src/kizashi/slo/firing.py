"""What a pair of windows says about its alert, in whole numbers: rules 14 and 15."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from kizashi.rules.alert_state import PairEvidence
from kizashi.slo.objective import DEFAULT_MIN_BAD_EVENTS, NoData
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import SEEN_ONE, Count, WindowSums, exact


@dataclass(frozen=True, slots=True)
class Guard:
    """What an objective asks beside the limit.

    Attributes:
        min_bad_events: Fewer bad events in the long window fire nothing.
        no_data: What unseen time counts as.
    """

    min_bad_events: int = DEFAULT_MIN_BAD_EVENTS
    no_data: NoData = NoData.FREEZE


#: Enough of a window is seen for it to end an alert, and for its figures to be shown
#: without a mark, where at least this share is: rule 15.
ENOUGH_SEEN = Fraction(1, 2)


def is_little_seen(coverage: float) -> bool:
    """Return whether too little of a window was seen to go by its figures alone."""
    return coverage < ENOUGH_SEEN


class LimitCheck(NamedTuple):
    """One window held against a limit p/q: ``bad × q × coverage > p × valid``.

    Unseen time counts as good at the seen rate: ``bad ÷ (valid ÷ coverage) > p ÷ q``.
    Where it is declared to count as bad, and some of the window was seen, it is
    ``(bad × coverage + valid × (1 − coverage)) × q > p × valid``. At exactly the limit
    nothing fires. A window of which nothing was seen says nothing.

    Attributes:
        limit: The numbers p and q.
        sums: What the window holds.
        no_data: What unseen time counts as.

    Source: rule 14.
    """

    limit: tuple[int, int]
    sums: WindowSums
    no_data: NoData

    @property
    def exceeds(self) -> bool:
        """Whether the window burns faster than its limit, exactly."""
        # Both sides times all parts of the window: so whole numbers stay whole.
        p, q = self.limit
        return bool(self._weighted * q > p * exact(self.sums.valid) * self._parts)

    @property
    def is_over(self) -> bool:
        """Whether the window says that its pair is over: rule 15."""
        if not self.is_seen_enough:
            return False
        if self.counts_unseen:
            return not self.exceeds
        p, q = self.limit
        return bool(exact(self.sums.bad) * q <= p * exact(self.sums.valid))

    @property
    def is_seen_enough(self) -> bool:
        """Whether enough of the window was seen for it to end an alert: half of it."""
        p, q = ENOUGH_SEEN.as_integer_ratio()
        is_enough = self.sums.seen * q >= p * self._parts
        return self.no_data is NoData.GOOD or is_enough

    @property
    def counts_unseen(self) -> bool:
        """Whether time that was not seen counts as bad."""
        return self.no_data is NoData.BAD and self.sums.seen > 0

    @property
    def coverage(self) -> Fraction:
        """The seen share of the window."""
        return Fraction(self.sums.seen, self._parts)

    @property
    def left(self) -> Fraction:
        """What is compared with `right`."""
        return Fraction(self._weighted * self.limit[1]) / self._parts

    @property
    def right(self) -> Count:
        """``p × valid``."""
        return self.limit[0] * exact(self.sums.valid)

    @property
    def weighed_bad(self) -> Count:
        """Bad events, with unseen ones where they are declared to count."""
        bad = exact(self.sums.bad)
        if not self.counts_unseen:
            return bad
        unseen = self._parts - self.sums.seen
        return bad + Fraction(exact(self.sums.valid) * unseen, self.sums.seen)

    @property
    def _parts(self) -> int:
        return self.sums.slices * SEEN_ONE

    @property
    def _weighted(self) -> Count:
        seen = self.sums.seen
        weighted = exact(self.sums.bad) * seen
        if self.counts_unseen:
            weighted += exact(self.sums.valid) * (self._parts - seen)
        return weighted


class Decision(NamedTuple):
    """What the two windows of a pair hold and say. Source: rules 14 and 15.

    Late events are in no burn rate (rule 4), so they neither fire nor resolve.

    Attributes:
        long: The long window, held against the pair's limit.
        short: The short one.
        min_bad_events: Fewer bad events in the long window fire nothing.
    """

    long: LimitCheck
    short: LimitCheck
    min_bad_events: int

    @classmethod
    def of(
        cls, limit: tuple[int, int], long: WindowSums, short: WindowSums, guard: Guard
    ) -> "Decision":
        """Return what two windows say about a limit."""
        return cls(
            LimitCheck(limit, long, guard.no_data),
            LimitCheck(limit, short, guard.no_data),
            guard.min_bad_events,
        )

    @property
    def has_enough(self) -> bool:
        """Whether the long window holds enough bad events to fire at all."""
        return bool(self.long.weighed_bad >= self.min_bad_events)

    @property
    def fires(self) -> bool:
        """Whether both windows exceed their limit, on enough events: rule 14."""
        return self.long.exceeds and self.short.exceeds and self.has_enough

    @property
    def is_over(self) -> bool:
        """Whether data says that the pair is over, where it does not fire: rule 15."""
        if self.long.is_over or self.short.is_over:
            return True
        return not self.has_enough and self.long.is_seen_enough

    @property
    def evidence(self) -> PairEvidence:
        """Whether the pair fires, and whether its own data says that it is over."""
        fires = self.fires
        return PairEvidence(fires, not fires and self.is_over)


def pair_evidence(
    pair: WindowPair, long: WindowSums, short: WindowSums, guard: Guard
) -> PairEvidence:
    """Return whether a pair fires, and whether its own data says that it is over."""
    return Decision.of(pair.limit, long, short, guard).evidence


def exceeds(limit: tuple[int, int], sums: WindowSums, no_data: NoData) -> bool:
    """Return whether a window burns faster than its limit p/q, exactly: rule 14."""
    return LimitCheck(limit, sums, no_data).exceeds
