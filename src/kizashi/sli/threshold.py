"""Samples of a gauge on the good side of a threshold, such as a queue's length."""

from dataclasses import dataclass
from typing import ClassVar

from kizashi.errors import ObjectiveError
from kizashi.model.matchers import Selector
from kizashi.sli._base import (
    Comparison,
    EventSelector,
    SampleTest,
    canonical_json,
    canonical_matchers,
    format_bound,
    samples_text,
)


@dataclass(frozen=True, slots=True)
class ThresholdIndicator:
    """Every sample of a gauge is one event, good if it passes a test.

    Attributes:
        kind: ``threshold``.
        gauge: The gauges.
        good: What a good sample is.

    Raises:
        ObjectiveError: If the bound is no finite number.
    """

    kind: ClassVar[str] = "threshold"

    gauge: Selector
    good: SampleTest

    def __post_init__(self) -> None:
        if not self.good.bound.is_finite():
            raise ObjectiveError(
                f"the threshold is {self.good.bound}; expected a finite number"
            )
        if self.good.comparison is Comparison.DIFFERS:
            raise ObjectiveError("a threshold has a good side; != has none")

    @property
    def good_selector(self) -> None:
        """None: good samples are told by their value."""
        return

    @property
    def bad_selector(self) -> None:
        """None: bad samples are told by their value."""
        return

    @property
    def valid_selector(self) -> EventSelector:
        """The series whose samples are events."""
        return EventSelector(self.gauge)

    @property
    def sample_test(self) -> SampleTest:
        """What a good sample is."""
        return self.good

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the spelling of the threshold does not change it."""
        return canonical_json(
            {
                "kind": self.kind,
                "gauge": canonical_matchers(self.gauge.matchers),
                "good": [self.good.comparison.value, format_bound(self.good.bound)],
            }
        )

    def selector_text(self) -> str:
        """Return what is counted, for a reader."""
        return samples_text(self.valid_selector, self.good)
