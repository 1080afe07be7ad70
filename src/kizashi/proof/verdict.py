"""What rules said of a story, beside what happened, and why they differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from kizashi.importers.former import FormerAlert, FormerNumber, RatioMethod
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.proof.playing import Played
from kizashi.slo.budget import share_of
from kizashi.slo.firing import Decision, Guard, LimitCheck
from kizashi.slo.policy import CustomPair, limit_fraction
from kizashi.slo.window_sums import SEEN_ONE, WindowSums

#: Two floats that came by different ways to one number.
_NEARLY = 1e-9
#: slo-generator keeps six places of a share.
_ROUNDED = 5.1e-7
#: Traffic that differs by no more is called constant.
_VARIES = 1.5
_MEAN_S = 300
#: Why there is nothing to compare with.
NO_FORMER = "prove.why.no-former"


@dataclass(frozen=True, slots=True)
class DifferenceReason:
    """Why two things differ: a message id, and its parameters."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RatioComparison:
    """The share of bad events over one window, as three see it.

    Attributes:
        window_ms: The window.
        truth: Bad and valid events.
        former: What the other tool says; None where it says nothing, or no number.
        has_former: Whether the other tool has this window.
        own: Bad and valid events that the compiled rules count; None where they
            record none for this window.
        why: Why the other tool's number is not the truth; None where it is.
    """

    window_ms: int
    truth: tuple[int, int]
    former: float | None
    has_former: bool
    own: tuple[float, float] | None
    why: DifferenceReason | None = None

    @property
    def share(self) -> float | None:
        """The true share; None where nothing happened."""
        return share_of(*self.truth)

    @property
    def is_true(self) -> bool:
        """Whether the compiled rules, where they count this window, count the truth."""
        return self.own is None or self.own == self.truth


@dataclass(frozen=True, slots=True)
class FiringSpan:
    """When an alert fired: seconds of the story, first and last evaluation."""

    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class AlertComparison:
    """When somebody was told, by severity.

    Attributes:
        severity: Who is told.
        former: When the other tool's alerts fired; None for never.
        own: When ours did.
        why: Why they differ; None where they do not.
    """

    severity: Severity
    former: FiringSpan | None
    own: FiringSpan | None
    why: DifferenceReason | None = None

    @property
    def differs(self) -> bool:
        """Whether somebody is told by one side only, or of another thing."""
        return (self.former is None) != (self.own is None)


def why_number(
    played: Played, number: FormerNumber, said: float | None
) -> DifferenceReason | None:
    """Return why a number is not the truth; None where it is."""
    end_s, window_s = played.story.end_s, number.window_ms / 1_000
    bad, valid = played.counted.window(end_s, window_s)
    truth = share_of(bad, valid)
    if said is None:
        return None if truth is None else _why_nothing(played, number, bad)
    if truth is not None and abs(said - truth) <= _NEARLY * max(abs(truth), 1e-6):
        return None
    return _why_off(
        played, number, is_near=truth is not None and abs(said - truth) <= _ROUNDED
    )


def _why_off(
    played: Played, number: FormerNumber, *, is_near: bool
) -> DifferenceReason:
    """Return why a number that is there is not the truth.

    Args:
        played: The story.
        number: The number.
        is_near: Whether rounding alone may have made it so.
    """
    end_s, window_s = played.story.end_s, number.window_ms / 1_000
    if number.how is RatioMethod.MEAN and _varies(played, window_s):
        return DifferenceReason("prove.why.mean")
    born_s = played.born_s
    if born_s is not None and born_s > end_s - window_s:
        return DifferenceReason("prove.why.born", {"at": _after(born_s)})
    if number.how is RatioMethod.ROUNDED and is_near:
        return DifferenceReason("prove.why.rounded")
    if number.how is RatioMethod.MEAN:
        return DifferenceReason("prove.why.mean-edge")
    return DifferenceReason("prove.why.edges")


def _why_nothing(played: Played, number: FormerNumber, bad: int) -> DifferenceReason:
    if not played.has_bad_series:
        return DifferenceReason("prove.why.no-series")
    if number.how is RatioMethod.MEAN and _has_quiet(played, number.window_ms / 1_000):
        return DifferenceReason("prove.why.nan")
    if number.window_ms < 2 * 1_000 * played.story.interval_s:
        return DifferenceReason("prove.why.two-samples")
    return DifferenceReason("prove.why.nothing", {"bad": str(bad)})


def _traffic(played: Played, window_s: float) -> list[int]:
    """Return how many events each five minutes of a window had."""
    end_s = played.story.end_s
    first_s = max(0, end_s - int(window_s))
    return [
        played.counted.window(at_s, _MEAN_S)[1]
        for at_s in range(first_s + _MEAN_S, end_s + 1, _MEAN_S)
    ]


def _varies(played: Played, window_s: float) -> bool:
    traffic = _traffic(played, window_s)
    return bool(traffic) and max(traffic) > _VARIES * min(traffic)


def _has_quiet(played: Played, window_s: float) -> bool:
    """Return whether five minutes of a window, anywhere in it, had no event."""
    end_s, grid_s = played.story.end_s, played.story.grid_s
    # A rate needs two scrapes, and is there before its window is full.
    first_s = max(0, end_s - int(window_s)) + 2 * played.story.interval_s
    return any(
        not played.counted.window(at_s, _MEAN_S)[1]
        for at_s in range(first_s, end_s + 1, grid_s)
    )


@dataclass(frozen=True, slots=True)
class Policies:
    """What alerts of both sides compare.

    Attributes:
        target: The objective's target.
        min_bad: The bad events that ours ask for.
        former: The other tool's alerts of one severity.
        step_s: Seconds between two evaluations of the other tool's.
        own_step_s: Seconds between two evaluations of ours.
    """

    target: Fraction
    min_bad: int
    former: tuple[FormerAlert, ...]
    step_s: float
    own_step_s: float


def why_alert(
    played: Played,
    policies: Policies,
    former: FiringSpan | None,
    own: FiringSpan | None,
) -> DifferenceReason | None:
    """Return why two alerts of one severity fire at other times; None where they don't.

    Args:
        played: The story.
        policies: What they compare.
        former: When the other tool's fired.
        own: When ours did.
    """
    if former is None and own is None:
        return None
    if former is None or (own is not None and own.first_s < former.first_s):
        return _why_ours_first(played, policies, former, own)
    late_s = None if own is None else own.first_s - former.first_s
    if late_s is not None and late_s <= policies.step_s:
        return None
    if late_s is not None and late_s <= policies.own_step_s:
        every = format_duration(int(1_000 * policies.own_step_s))
        return DifferenceReason("prove.why.pace", {"every": every})
    at_s = former.first_s if own is not None else former.last_s
    return _why_theirs_first(played, policies, at_s)


def _why_ours_first(
    played: Played,
    policies: Policies,
    former: FiringSpan | None,
    own: FiringSpan | None,
) -> DifferenceReason | None:
    waits = [alert.for_ms for alert in policies.former if alert.for_ms]
    if former is not None and own is not None:
        gap_s = former.first_s - own.first_s
        if gap_s <= policies.step_s:
            return None
    if waits:
        longest = format_duration(max(waits))
        shortest = format_duration(min(waits))
        wait = shortest if shortest == longest else f"{shortest}–{longest}"
        return DifferenceReason("prove.why.for", {"wait": wait})
    if not policies.former:
        return DifferenceReason("prove.why.no-alert")
    if not played.has_bad_series or played.born_s is not None:
        return DifferenceReason("prove.why.born-alert")
    return DifferenceReason("prove.why.wrong-number")


def _why_theirs_first(
    played: Played, policies: Policies, firing_s: float
) -> DifferenceReason:
    """Return what ours asks for that was not so while theirs fired."""
    reasons: list[DifferenceReason] = []
    for alert in policies.former:
        at_s = firing_s - alert.for_ms / 1_000
        for pair in alert.pairs:
            reason = _lacking(played, policies, pair, at_s)
            if reason is not None:
                reasons.append(reason)
    order = ("prove.why.three", "prove.why.coverage", "prove.why.one-window")
    for code in order:
        found = next((reason for reason in reasons if reason.code == code), None)
        if found is not None:
            return found
    return DifferenceReason("prove.why.wrong-number")


def _lacking(
    played: Played, policies: Policies, pair: CustomPair, at_s: float
) -> DifferenceReason | None:
    """Return what keeps ours silent though a pair's true shares exceed its limit."""
    limit = limit_fraction(pair.factor, policies.target)
    guard = Guard(policies.min_bad)
    long, short = (_true_sums(played, at_s, w) for w in (pair.long_ms, pair.short_ms))
    true = Decision.of(limit, long, short, guard)
    if not (true.long.exceeds and true.short.exceeds):
        return None
    if not true.has_enough:
        counted = {"bad": f"{long.bad:.0f}", "least": str(policies.min_bad)}
        return DifferenceReason("prove.why.three", counted)
    if pair.long_ms == pair.short_ms:
        return DifferenceReason("prove.why.one-window")
    seen_ms = min(round(1_000 * at_s), pair.long_ms)
    part = replace(long, seen=seen_ms * SEEN_ONE)
    if not LimitCheck(limit, part, guard.no_data).exceeds:
        shown = {
            "seen": f"{100 * part.coverage:.2g}",
            "long": format_duration(pair.long_ms),
        }
        return DifferenceReason("prove.why.coverage", shown)
    return None


def _true_sums(played: Played, at_s: float, window_ms: int) -> WindowSums:
    """Return what a window truly held, all of it seen; a slice is a millisecond."""
    bad, valid = played.counted.window(at_s, window_ms / 1_000)
    return WindowSums(window_ms, bad, valid, window_ms * SEEN_ONE)


def _after(seconds: float) -> str:
    return format_duration(int(seconds * 1_000))
