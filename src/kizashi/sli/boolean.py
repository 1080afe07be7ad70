"""Samples of a gauge that says yes or no, such as ``up`` or ``probe_success``."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from kizashi.model.matchers import Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import (
    Comparison,
    Declaration,
    DeclaredFields,
    EventSelector,
    GaugeSamples,
    IndicatorEvents,
    SampleTest,
    canonical_json,
    canonical_matchers,
    read_gauge,
)

_NOT_ZERO = SampleTest(Comparison.DIFFERS, Decimal(0))
#: Where a document has no word for "differs": such a gauge is never below 0.
_ABOVE_ZERO = SampleTest(Comparison.ABOVE, Decimal(0))


@dataclass(frozen=True, slots=True)
class BooleanIndicator:
    """Every sample of a gauge is one event: bad if it is 0, good if it is not.

    Prometheus has no boolean: a program that writes another number than 1 for yes
    means yes, as it does in every comparison of PromQL.

    Attributes:
        kind: ``boolean``.
        keys: Of a declaration.
        gauge: The gauges, 1 for good and 0 for bad.
    """

    kind: ClassVar[str] = "boolean"
    keys: ClassVar[tuple[str, ...]] = ("gauge",)

    gauge: Selector

    @property
    def events(self) -> GaugeSamples:
        """The samples of the gauge; a good one is not 0."""
        return GaugeSamples(EventSelector(self.gauge), _NOT_ZERO)

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the order of matchers does not change it."""
        return canonical_json(
            {"kind": self.kind, "gauge": canonical_matchers(self.gauge.matchers)}
        )

    @classmethod
    def read(cls, fields: DeclaredFields) -> Self | None:
        """Return what a declaration has below ``boolean``; None where it is wrong."""
        gauge = read_gauge(fields)
        return None if gauge is None else cls(gauge)

    def declared(self) -> Declaration:
        """Return its gauge."""
        return self.kind, {"gauge": str(self.gauge)}

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> Self:
        """Return the indicator that was kept."""
        return cls(parse_selector(kept["gauge"]))

    def kept(self) -> Mapping[str, str]:
        """Return its gauge."""
        return {"gauge": str(self.gauge)}

    @classmethod
    def recognise(cls, events: IndicatorEvents, *, is_named: bool) -> Self | None:
        """Return a gauge above 0 where the document says that it is a boolean one."""
        if not (is_named and isinstance(events, GaugeSamples)):
            return None
        return cls(events.valid.selector) if events.test == _ABOVE_ZERO else None

    @property
    def plain(self) -> GaugeSamples:
        """The samples of the gauge; a good one is above 0."""
        return GaugeSamples(EventSelector(self.gauge), _ABOVE_ZERO)
