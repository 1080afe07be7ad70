"""Good (or bad) events out of valid events, each counted by counters."""

from dataclasses import dataclass
from typing import ClassVar

from kizashi.errors import ObjectiveError
from kizashi.model.matchers import Selector
from kizashi.sli._base import (
    EventSelector,
    canonical_json,
    canonical_matchers,
    sides_text,
)


@dataclass(frozen=True, slots=True)
class RatioIndicator:
    """Counters of valid events and of one side of them: either good or bad.

    Attributes:
        kind: ``ratio``.
        valid: Counters of every event.
        good: Counters of good events, None where bad ones are counted.
        bad: Counters of bad events, None where good ones are counted.

    Raises:
        ObjectiveError: If both sides or neither are given, or the side is the same
            selector as valid, so that everything or nothing would be bad.
    """

    kind: ClassVar[str] = "ratio"

    valid: Selector
    good: Selector | None = None
    bad: Selector | None = None

    def __post_init__(self) -> None:
        if (self.good is None) == (self.bad is None):
            raise ObjectiveError(
                "a ratio counts either good or bad events, one of them"
            )
        side = self.good or self.bad
        if side is not None and _canonical(side) == _canonical(self.valid):
            raise ObjectiveError(
                f"{side} selects the very events that valid selects; narrow it to the"
                " good or the bad ones"
            )

    @property
    def good_selector(self) -> EventSelector | None:
        """The series that count good events, None where bad ones are counted."""
        return None if self.good is None else EventSelector(self.good)

    @property
    def bad_selector(self) -> EventSelector | None:
        """The series that count bad events, None where good ones are counted."""
        return None if self.bad is None else EventSelector(self.bad)

    @property
    def valid_selector(self) -> EventSelector:
        """The series that count all events."""
        return EventSelector(self.valid)

    @property
    def sample_test(self) -> None:
        """None: events are the growth of counters."""
        return

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the order of matchers does not change it."""
        side = {"good": self.good} if self.good is not None else {"bad": self.bad}
        return canonical_json(
            {
                "kind": self.kind,
                "valid": _canonical(self.valid),
                **{k: _canonical(s) for k, s in side.items() if s is not None},
            }
        )

    def selector_text(self) -> str:
        """Return the selectors that are counted, for a reader."""
        return sides_text(self.good_selector, self.bad_selector, self.valid_selector)


def _canonical(selector: Selector) -> list[list[str]]:
    return canonical_matchers(selector.matchers)
