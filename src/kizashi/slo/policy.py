"""When a burn rate wakes a person: presets as data, scaled to any window, exactly.

Source: SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from kizashi.errors import ObjectiveError
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow, Window
from kizashi.slo.budget import error_budget
from kizashi.slo.windows import slices_in

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

#: The window that presets are written for.
PRESET_WINDOW = RollingWindow(30 * _DAY_MS)
#: A preset's short window is this part of its long one: 1h/5m, 6h/30m, 1d/2h, 3d/6h.
SHORT_DIVISOR = 12
#: A scrape counts as seen for 2.5 intervals (rule 11). In four of them the last one
#: would be half of a window that holds nothing else, and end an alert although its
#: target is gone (rule 15); in five it is less. See ADR 0031.
SHORTEST_SCRAPES = 5
#: Fewer slices than this are no window.
SHORTEST_WINDOW_SLICES = 4
DEFAULT_PRESET = "google-30d"


@dataclass(frozen=True, slots=True)
class PresetPair:
    """A pair of a preset for a window of 30 days; its short window is long ÷ 12."""

    long_ms: int
    factor: Decimal
    severity: Severity


@dataclass(frozen=True, slots=True)
class CustomPair:
    """A pair as someone declared it; windows are not scaled."""

    long_ms: int
    short_ms: int
    factor: Decimal
    severity: Severity


@dataclass(frozen=True, slots=True)
class PresetPolicy:
    """A named preset; a key of PRESETS."""

    preset: str = DEFAULT_PRESET


@dataclass(frozen=True, slots=True)
class CustomPolicy:
    """Pairs of one's own, in the order declared."""

    pairs: tuple[CustomPair, ...]


Policy = PresetPolicy | CustomPolicy


@dataclass(frozen=True, slots=True)
class Preset:
    """Pairs for a window of 30 days.

    Attributes:
        suits: Message id of what it does, and whom it suits.
        pairs: Its pairs.
    """

    suits: str
    pairs: tuple[PresetPair, ...]


def _preset(suits: str, *rows: tuple[int, str, Severity]) -> Preset:
    return Preset(
        suits, tuple(PresetPair(h * _HOUR_MS, Decimal(f), s) for h, f, s in rows)
    )


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        # Source: SRE Workbook, chapter 5, table 5-8; 1d/2h beside it as its text advises.
        "google-30d": _preset(
            "policy.preset.google-30d",
            (1, "14.4", Severity.PAGE),
            (6, "6", Severity.PAGE),
            (24, "3", Severity.TICKET),
            (72, "1", Severity.TICKET),
        ),
        # The Workbook's factors; 3d/6h keeps a burn between 1 and 3 from staying silent.
        "2h-6h-24h": _preset(
            "policy.preset.2h-6h-24h",
            (2, "14.4", Severity.PAGE),
            (6, "6", Severity.PAGE),
            (24, "3", Severity.TICKET),
            (72, "1", Severity.TICKET),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class WindowPair:
    """A pair of windows ready to evaluate, both in whole slices.

    Attributes:
        long_slices: Slices of the long window.
        short_slices: Slices of the short window.
        slice_ms: Milliseconds of one slice.
        factor: The burn rate that must be exceeded in both windows.
        severity: Who is told.
        limit: ``factor × (1 − target)`` as a reduced fraction (p, q), below 1: a
            window exceeds it where ``bad * q > p * valid``.
    """

    long_slices: int
    short_slices: int
    slice_ms: int
    factor: Decimal
    severity: Severity
    limit: tuple[int, int]

    @property
    def long_ms(self) -> int:
        """Milliseconds of the long window."""
        return self.long_slices * self.slice_ms

    @property
    def short_ms(self) -> int:
        """Milliseconds of the short window."""
        return self.short_slices * self.slice_ms


@dataclass(frozen=True, slots=True)
class PairPlan:
    """The pairs that an objective is alerted by, and a preset's that never fire."""

    pairs: tuple[WindowPair, ...]
    dropped: tuple[PresetPair, ...] = ()


@dataclass(frozen=True, slots=True)
class SliceTiming:
    """What windows are made of: slices, and the scrapes that fill them.

    Attributes:
        slice_ms: Milliseconds of a slice.
        interval_ms: Milliseconds between two scrapes of the objective's job.
    """

    slice_ms: int = 15_000
    interval_ms: int = 15_000

    @property
    def shortest_short_ms(self) -> int:
        """The shortest short window in which a target that is gone ends nothing."""
        return SHORTEST_SCRAPES * max(self.slice_ms, self.interval_ms)


def limit_fraction(factor: Decimal, target: Decimal | Fraction) -> tuple[int, int]:
    """Return ``factor × (1 − target)`` as a reduced fraction (p, q).

    Comparing ``bad * q > p * valid`` in integers is exact; in floats a window exactly
    at its limit fires (``6 * (1 - 0.999)`` is 0.006000000000000005).
    """
    return (Fraction(factor) * error_budget(target)).as_integer_ratio()


def is_dead(factor: Decimal, target: Decimal) -> bool:
    """Return whether a factor can never be exceeded: an error ratio ends at 1."""
    p, q = limit_fraction(factor, target)
    return p >= q


def preset_scale(window: Window) -> Fraction:
    """Return how much longer a window is than the one that presets are written for."""
    return Fraction(window.length_ms, PRESET_WINDOW.length_ms)


def plan_pairs(
    policy: Policy, target: Decimal, window: Window, timing: SliceTiming
) -> PairPlan:
    """Return a policy's pairs for an objective, in the policy's order.

    A preset's windows scale: ``long = preset long × window ÷ 30 d`` with the factor
    kept, then ``short = max(long ÷ 12, 5 × max(slice, scrape interval))``. Both are
    rounded up to whole slices; the short one is worked out from the exact long one.
    Custom windows are only rounded up.

    Args:
        policy: The policy as declared.
        target: The objective's target, inside (0, 1).
        window: The objective's window.
        timing: Slice and scrape interval.

    Returns:
        The pairs, and the preset's pairs left out because they can never fire.

    Raises:
        ObjectiveError: If the preset is unknown, or a custom pair can never fire.
    """
    match policy:
        case PresetPolicy(preset=name):
            preset = PRESETS.get(name)
            if preset is None:
                raise ObjectiveError(
                    f"{name!r} is no preset; there are {', '.join(PRESETS)}"
                )
            return _plan_preset(preset, target, window, timing)
        case CustomPolicy(pairs=pairs):
            return PairPlan(tuple(_plan_custom(p, target, timing) for p in pairs))


def _plan_preset(
    preset: Preset, target: Decimal, window: Window, timing: SliceTiming
) -> PairPlan:
    pairs, dropped = [], []
    for row in preset.pairs:
        if is_dead(row.factor, target):
            dropped.append(row)
            continue
        long_ms = row.long_ms * preset_scale(window)
        short_ms = max(long_ms / SHORT_DIVISOR, Fraction(timing.shortest_short_ms))
        pairs.append(
            WindowPair(
                long_slices=slices_in(long_ms, timing.slice_ms),
                short_slices=slices_in(short_ms, timing.slice_ms),
                slice_ms=timing.slice_ms,
                factor=row.factor,
                severity=row.severity,
                limit=limit_fraction(row.factor, target),
            )
        )
    return PairPlan(tuple(pairs), tuple(dropped))


def _plan_custom(pair: CustomPair, target: Decimal, timing: SliceTiming) -> WindowPair:
    if is_dead(pair.factor, target):
        raise ObjectiveError(
            f"factor {pair.factor} can never be exceeded at target {target}:"
            f" factor × (1 − target) is 1 or more"
        )
    return WindowPair(
        long_slices=slices_in(pair.long_ms, timing.slice_ms),
        short_slices=slices_in(pair.short_ms, timing.slice_ms),
        slice_ms=timing.slice_ms,
        factor=pair.factor,
        severity=pair.severity,
        limit=limit_fraction(pair.factor, target),
    )
