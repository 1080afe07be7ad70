"""Samples of a gauge on the good side of a threshold, such as a queue's length."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar, Self

from kizashi.errors import ObjectiveError
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
    format_bound,
    read_gauge,
)

#: Where a good sample lies, as a declaration spells it.
_COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "below": Comparison.BELOW,
        "atMost": Comparison.AT_MOST,
        "above": Comparison.ABOVE,
        "atLeast": Comparison.AT_LEAST,
    }
)
_SPELT = {comparison: key for key, comparison in _COMPARISONS.items()}


@dataclass(frozen=True, slots=True)
class ThresholdIndicator:
    """Every sample of a gauge is one event, good if it passes a test.

    Attributes:
        kind: ``threshold``.
        keys: Of a declaration.
        gauge: The gauges.
        good: What a good sample is.

    Raises:
        ObjectiveError: If the bound is no finite number.
    """

    kind: ClassVar[str] = "threshold"
    keys: ClassVar[tuple[str, ...]] = ("gauge", *_COMPARISONS)

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
    def events(self) -> GaugeSamples:
        """The samples of the gauge."""
        return GaugeSamples(EventSelector(self.gauge), self.good)

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

    @classmethod
    def read(cls, fields: DeclaredFields) -> Self | None:
        """Return what a declaration has below ``threshold``; None where it is wrong."""
        gauge = read_gauge(fields)
        given = [key for key in _COMPARISONS if fields.entry(key) is not None]
        bounds = [fields.decimal(key) for key in given]
        if len(given) != 1:
            place = max(map(fields.place, given)) if given else fields.position
            code = "threshold.two-sides" if given else "threshold.no-side"
            fields.problems.report(place, code, choices=", ".join(_COMPARISONS))
            return None
        if gauge is None or bounds[0] is None:
            return None
        return cls(gauge, SampleTest(_COMPARISONS[given[0]], bounds[0]))

    def declared(self) -> Declaration:
        """Return its gauge, and the bound below the word for its comparison."""
        bound = Decimal(format_bound(self.good.bound))
        key = _SPELT[self.good.comparison]
        return self.kind, {"gauge": str(self.gauge), key: bound}

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> Self:
        """Return the indicator that was kept."""
        good = SampleTest(Comparison(kept["comparison"]), Decimal(kept["bound"]))
        return cls(parse_selector(kept["gauge"]), good)

    def kept(self) -> Mapping[str, str]:
        """Return its gauge, the comparison as PromQL has it, and the bound."""
        return {
            "gauge": str(self.gauge),
            "comparison": self.good.comparison.value,
            "bound": str(self.good.bound),
        }

    @classmethod
    def recognise(cls, events: IndicatorEvents, *, is_named: bool) -> Self | None:  # noqa: ARG003 - any gauge that is compared is one
        """Return a gauge that is compared with a bound, whatever it is.

        Raises:
            ObjectiveError: If the comparison has no good side.
        """
        if not isinstance(events, GaugeSamples):
            return None
        return cls(events.valid.selector, events.test)

    @property
    def plain(self) -> GaugeSamples:
        """Its events: they have no edges."""
        return self.events
