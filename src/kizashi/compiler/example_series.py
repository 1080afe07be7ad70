"""Series that an objective's selectors match: what unit tests of its rules feed in.

A selector is turned round: for every matcher a value is found that satisfies it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Final

from kizashi.compiler.promql_text import edge_spellings
from kizashi.compiler.regex_samples import samples_of
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.sli._base import (
    EDGE_LABEL,
    Comparison,
    CounterGrowth,
    EventSelector,
    GaugeSamples,
    SampleTest,
    Side,
)

#: Tried where an expression says what a value must not be, or too much of what it is.
_COMMON: Final = (
    "200",
    "404",
    "500",
    "503",
    "GET",
    "POST",
    "ok",
    "error",
    "/",
    "/api",
    "a",
    "b",
    "",
)


@dataclass(frozen=True, slots=True)
class ExampleCounter:
    """One counter of an imagined target, and which events it counts."""

    labels: Labels
    counts_good: bool
    counts_bad: bool

    def value(self, good: int, bad: int) -> int:
        """Return its value after so many events."""
        return good * self.counts_good + bad * self.counts_bad


@lru_cache(maxsize=64)
def example_counters(
    events: CounterGrowth, target: Labels
) -> tuple[ExampleCounter, ...]:
    """Return counters of valid events and of one side of them.

    None where none can be thought of.

    Args:
        events: What they count.
        target: The labels of the target that the series belong to.
    """
    side, valid, is_bad = events.part, events.valid, events.side is Side.BAD
    inside = _find(
        (side, valid), target, lambda s: side.matches(s) and valid.matches(s)
    )
    outside = _find(
        (valid, side), target, lambda s: valid.matches(s) and not side.matches(s)
    )
    if outside is None:
        return ()
    if inside is not None:
        return (
            ExampleCounter(outside, counts_good=is_bad, counts_bad=not is_bad),
            ExampleCounter(inside, counts_good=not is_bad, counts_bad=is_bad),
        )
    # Buckets of a histogram, or metrics of their own: valid counts every event.
    alone = _find((side,), target, side.matches)
    if alone is None:
        return ()
    return (
        ExampleCounter(outside, counts_good=True, counts_bad=True),
        ExampleCounter(alone, counts_good=not is_bad, counts_bad=is_bad),
    )


def example_gauge(samples: GaugeSamples, target: Labels) -> Labels | None:
    """Return one gauge whose samples are events; None where none is found."""
    return _find((samples.valid,), target, samples.valid.matches)


def example_values(test: SampleTest) -> tuple[Decimal, Decimal]:
    """Return a good and a bad value of a gauge, as near to each other as whole steps."""
    bound = test.bound
    match test.comparison:
        case Comparison.BELOW:
            return bound - 1, bound
        case Comparison.AT_MOST:
            return bound, bound + 1
        case Comparison.AT_LEAST:
            return bound, bound - 1
        case Comparison.ABOVE | Comparison.DIFFERS:
            return bound + 1, bound


def _find(
    selectors: Sequence[EventSelector],
    target: Labels,
    does: Callable[[Labels], bool],
) -> Labels | None:
    return next((s for s in _examples(selectors, target) if does(s)), None)


def _examples(selectors: Sequence[EventSelector], target: Labels) -> Iterator[Labels]:
    """Yield series that might do, the likeliest first: of the first selector."""
    matchers = [m for events in selectors for m in events.selector.matchers]
    names = list(dict.fromkeys(m.name for m in matchers))
    base = target.as_dict()
    for name in names:
        own = [m for m in matchers if m.name == name]
        first = [m for m in selectors[0].selector.matchers if m.name == name]
        known = base.get(name, "")
        base[name] = example_value(own, known) or example_value(first, known) or known
    edge = selectors[0].edge
    if edge is not None:
        base[EDGE_LABEL] = edge_spellings(edge)[0]
    yield Labels(base.items())
    # What only the other selector asks for may be anything else.
    for name in names:
        for value in _candidates([m for m in matchers if m.name == name]):
            yield Labels({**base, name: value}.items())


def example_value(matchers: Iterable[LabelMatcher], likeliest: str = "") -> str:
    """Return a value that satisfies all of some matchers of one label, or empty.

    Args:
        matchers: The matchers.
        likeliest: Is returned if it does.
    """
    own = list(matchers)
    candidates = chain([likeliest], _candidates(own))
    return next(
        (c for c in candidates if c and all(m.matches_value(c) for m in own)), ""
    )


def _candidates(matchers: Sequence[LabelMatcher]) -> Iterator[str]:
    """Yield values of one label: those that matchers ask for, then what they do not."""
    for wanted in (
        (MatchOp.EQUAL, MatchOp.REGEX),
        (),
        (MatchOp.NOT_EQUAL, MatchOp.NOT_REGEX),
    ):
        if not wanted:
            yield from _COMMON
        for matcher in matchers:
            if matcher.op in wanted:
                is_text = matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL)
                yield from (matcher.value,) if is_text else samples_of(matcher.value)
