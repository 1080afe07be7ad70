"""Good (or bad) events out of valid events, each counted by counters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from kizashi.errors import ObjectiveError
from kizashi.model.matchers import Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import (
    RATIO,
    CounterGrowth,
    Declaration,
    DeclaredFields,
    EventSelector,
    IndicatorEvents,
    Side,
    as_ratio,
    canonical_json,
    canonical_matchers,
)


@dataclass(frozen=True, slots=True)
class RatioIndicator:
    """Counters of valid events and of one side of them: either good or bad.

    Attributes:
        kind: ``ratio``.
        keys: Of a declaration.
        valid: Counters of every event.
        good: Counters of good events, None where bad ones are counted.
        bad: Counters of bad events, None where good ones are counted.

    Raises:
        ObjectiveError: If both sides or neither are given, or the side is the same
            selector as valid, so that everything or nothing would be bad.
    """

    kind: ClassVar[str] = RATIO
    keys: ClassVar[tuple[str, ...]] = ("good", "bad", "valid")

    valid: Selector
    good: Selector | None = None
    bad: Selector | None = None

    def __post_init__(self) -> None:
        if (self.good is None) == (self.bad is None):
            raise ObjectiveError(
                "a ratio counts either good or bad events, one of them"
            )
        _, part = self._counted
        if _canonical(part) == _canonical(self.valid):
            raise ObjectiveError(
                f"{part} selects the very events that valid selects; narrow it to the"
                " good or the bad ones"
            )

    @property
    def events(self) -> CounterGrowth:
        """The growth of the counters of one side, and of all events."""
        side, part = self._counted
        return CounterGrowth(side, EventSelector(part), EventSelector(self.valid))

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the order of matchers does not change it."""
        side, part = self._counted
        return canonical_json(
            {
                "kind": self.kind,
                "valid": _canonical(self.valid),
                side.value: _canonical(part),
            }
        )

    @classmethod
    def read(cls, fields: DeclaredFields) -> Self | None:
        """Return what a declaration has below ``ratio``; None where it is wrong."""
        fields.require("valid")
        valid = fields.selector("valid")
        sides = [side for side in ("bad", "good") if fields.entry(side) is not None]
        selectors = {side: fields.selector(side) for side in sides}
        if len(sides) != 1:
            place = fields.place(sides[-1]) if sides else fields.position
            code = "ratio.both-sides" if sides else "ratio.no-side"
            fields.problems.report(place, code)
            return None
        side, selector = sides[0], selectors[sides[0]]
        if valid is None or selector is None:
            return None
        try:
            return cls(valid=valid, **{side: selector})
        except ObjectiveError:
            fields.problems.report(fields.place(side), "ratio.same-as-valid", side=side)
            return None

    def declared(self) -> Declaration:
        """Return its side and all events, each as a selector."""
        return as_ratio(self.events)

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> Self:
        """Return the indicator that was kept."""
        side = {key: parse_selector(text) for key, text in kept.items()}
        return cls(side["valid"], side.get("good"), side.get("bad"))

    def kept(self) -> Mapping[str, str]:
        """Return its side and all events, each as a selector."""
        side, part = self._counted
        return {side.value: str(part), "valid": str(self.valid)}

    @classmethod
    def recognise(cls, events: IndicatorEvents, *, is_named: bool) -> Self | None:  # noqa: ARG003 - any two counters are a ratio
        """Return counters as a ratio, whatever they are.

        Raises:
            ObjectiveError: If they are the same.
        """
        if not isinstance(events, CounterGrowth):
            return None
        side = {events.side.value: events.part.selector}
        return cls(valid=events.valid.selector, **side)

    @property
    def plain(self) -> CounterGrowth:
        """Its events: they have no edges."""
        return self.events

    @property
    def _counted(self) -> tuple[Side, Selector]:
        if self.bad is not None:
            return Side.BAD, self.bad
        if self.good is None:
            raise ObjectiveError("a ratio counts neither good nor bad events")
        return Side.GOOD, self.good


def _canonical(selector: Selector) -> list[list[str]]:
    return canonical_matchers(selector.matchers)
