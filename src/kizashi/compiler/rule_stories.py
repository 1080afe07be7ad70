"""What unit tests of rules expect: a story, and our own arithmetic over it.

Nothing here asks Prometheus. Growth is counted from the story itself, windows are added
up slice by slice, and what a pair says comes from the code that decides for the
embedded ledger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from kizashi.compiler.objective_plan import ObjectivePlan, is_slow
from kizashi.model.severity import Severity
from kizashi.rules.alert_state import PairEvidence
from kizashi.slo.firing import Guard, pair_evidence
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import SEEN_ONE, WindowSums


@dataclass(frozen=True, slots=True)
class Scrape:
    """One scrape of the only target.

    Attributes:
        good: Good events since the scrape before.
        bad: Bad events since the scrape before.
        fails: Whether it fails; its events show at the next one that does not.
        restarts: Whether the process has restarted, its counters at zero, before them.
    """

    good: int = 0
    bad: int = 0
    fails: bool = False
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class RuleStory:
    """Scrapes one interval apart, the first at time zero.

    Attributes:
        name: What it is about.
        scrapes: In order. Events of the first are there before anyone looked.
        bad_appears: Whether counters of bad events exist only once there are any.
        is_of_samples: Whether events are the samples of a gauge, one a scrape.
        has_births: Whether events show only where a new series counts from zero.
    """

    name: str
    scrapes: tuple[Scrape, ...]
    bad_appears: bool = False
    is_of_samples: bool = False
    has_births: bool = False

    def counted(self) -> Iterator[tuple[int, int, bool]]:
        """Yield what each scrape adds: good and bad events, and whether it succeeds."""
        good = bad = 0
        for number, scrape in enumerate(self.scrapes):
            good, bad = good + scrape.good, bad + scrape.bad
            if scrape.fails:
                yield 0, 0, False
                if not self.is_of_samples:
                    continue
            elif number or self.is_of_samples:
                yield good, bad, True
            else:
                yield 0, 0, True
            good = bad = 0

    def totals(self) -> Iterator[tuple[int, int] | None]:
        """Yield the good and bad events that counters show; None where a scrape fails."""
        good = bad = 0
        for scrape in self.scrapes:
            if scrape.restarts:
                good = bad = 0
            good, bad = good + scrape.good, bad + scrape.bad
            yield None if scrape.fails else (good, bad)


@dataclass(slots=True)
class Slices:
    """What rules have recorded of a story by an evaluation, oldest first."""

    bad: list[int] = field(default_factory=list)
    valid: list[int] = field(default_factory=list)
    seen: list[bool] = field(default_factory=list)

    def window(self, slices: int) -> WindowSums:
        """Return the newest slices added up."""
        return WindowSums(
            slices,
            bad=sum(self.bad[-slices:]),
            valid=sum(self.valid[-slices:]),
            seen=SEEN_ONE * sum(self.seen[-slices:]),
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What must stand after one evaluation.

    Attributes:
        at_ms: The time that it looks at.
        shortest: The policy's shortest window; None without one.
        held: Whether each quick pair is held.
    """

    at_ms: int
    shortest: WindowSums | None
    held: Mapping[WindowPair, bool]

    def fires(self, severity: Severity) -> bool:
        """Return whether a severity's quick pairs have its alert firing."""
        return any(h for pair, h in self.held.items() if pair.severity is severity)


@dataclass(frozen=True, slots=True)
class Shape:
    """All of an objective that what stories come to depends on; milliseconds.

    Attributes:
        pairs: Its quick pairs.
        shortest_ms: The policy's shortest window; None without one.
        step_ms: Between two evaluations.
        interval_ms: Between two scrapes.
        offset_ms: How far in the past rules look.
        guard: What it asks beside limits.
        is_of_samples: Whether its events are the samples of a gauge.
    """

    pairs: tuple[WindowPair, ...]
    shortest_ms: int | None
    step_ms: int
    interval_ms: int
    offset_ms: int
    guard: Guard
    is_of_samples: bool


def shape_of(plan: ObjectivePlan, offset_ms: int) -> Shape:
    """Return what stories of an objective depend on."""
    return Shape(
        tuple(pair for pair in plan.pairs if not is_slow(pair)),
        plan.shortest_ms,
        plan.step_ms,
        plan.interval_ms,
        offset_ms,
        Guard(plan.spec.min_bad_events, plan.spec.no_data),
        not plan.counts_growth,
    )


@lru_cache(maxsize=1024)
def expect(shape: Shape, story: RuleStory) -> tuple[Expected, ...]:
    """Return what must stand after each evaluation, one a step from time zero on."""
    counted = list(story.counted())
    held = dict.fromkeys(shape.pairs, False)
    slices, found, taken = Slices(), [], 0
    end_ms = (len(counted) - 1) * shape.interval_ms
    recent_ms = shape.interval_ms * 5 // 2
    for at_ms in range(-shape.offset_ms, end_ms + 1, shape.step_ms):
        good = bad = 0
        while taken < len(counted) and taken * shape.interval_ms <= at_ms:
            good, bad = good + counted[taken][0], bad + counted[taken][1]
            taken += 1
        slices.bad.append(bad)
        slices.valid.append(good + bad)
        slices.seen.append(
            any(
                counted[number][2]
                for number in range(max(0, taken - 3), taken)
                if number * shape.interval_ms > at_ms - recent_ms
            )
        )
        for pair in shape.pairs:
            evidence = _look(slices, pair, shape.step_ms, shape.guard)
            held[pair] = evidence.fires or (held[pair] and not evidence.resolves)
        shortest = shape.shortest_ms
        window = None if shortest is None else slices.window(shortest // shape.step_ms)
        found.append(Expected(at_ms, window, dict(held)))
    return tuple(found)


def _look(slices: Slices, pair: WindowPair, step_ms: int, guard: Guard) -> PairEvidence:
    long = slices.window(pair.long_ms // step_ms)
    short = slices.window(pair.short_ms // step_ms)
    return pair_evidence(pair, long, short, guard)
