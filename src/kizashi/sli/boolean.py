"""Samples of a gauge that says yes or no, such as ``up`` or ``probe_success``."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from kizashi.model.matchers import Selector
from kizashi.sli._base import (
    Comparison,
    EventSelector,
    SampleTest,
    canonical_json,
    canonical_matchers,
    samples_text,
)


@dataclass(frozen=True, slots=True)
class BooleanIndicator:
    """Every sample of a gauge is one event: bad if it is 0, good if it is not.

    Prometheus has no boolean: a program that writes another number than 1 for yes
    means yes, as it does in every comparison of PromQL.

    Attributes:
        kind: ``boolean``.
        gauge: The gauges, 1 for good and 0 for bad.
    """

    kind: ClassVar[str] = "boolean"

    gauge: Selector

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
        """A good sample is not 0."""
        return SampleTest(Comparison.DIFFERS, Decimal(0))

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the order of matchers does not change it."""
        return canonical_json(
            {"kind": self.kind, "gauge": canonical_matchers(self.gauge.matchers)}
        )

    def selector_text(self) -> str:
        """Return what is counted, for a reader."""
        return samples_text(self.valid_selector, self.sample_test)
