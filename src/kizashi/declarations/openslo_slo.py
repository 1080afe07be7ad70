"""OpenSLO's kind ``SLO``: what is promised, as written and checked by OpenSLO's rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kizashi.declarations.fields import Fields
from kizashi.declarations.openslo_alerting import (
    INLINE_KEYS,
    OPERATORS,
    AlertPolicy,
    read_alert_policy,
    refs_or_inline,
)
from kizashi.declarations.openslo_reading import (
    LONGEST_DISPLAY_NAME,
    Metadata,
    OpenSloReading,
    Ref,
)
from kizashi.declarations.openslo_sli import SPEC_KEYS as SLI_KEYS, Sli, read_sli
from kizashi.model.positions import Position

METHODS = ("Occurrences", "Timeslices", "RatioTimeslices")
SPEC_KEYS = (
    "description",
    "service",
    "indicator",
    "indicatorRef",
    "timeWindow",
    "budgetingMethod",
    "objectives",
    "alertPolicies",
)
_OBJECTIVE_KEYS = (
    "displayName",
    "op",
    "value",
    "target",
    "targetPercent",
    "timeSliceTarget",
    "timeSliceWindow",
    "indicator",
    "indicatorRef",
    "compositeWeight",
)
_INDICATORS = ("indicator", "indicatorRef")
_PERCENT = 100
#: Source: OpenSLO v1, ``timeWindow.calendar.startTime``.
_START = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]")
#: Source: IANA time zone database, "Theory", names of time zones.
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The window of an SLO.

    Attributes:
        duration_ms: Its length; None where that is wrong.
        is_rolling: Whether it rolls, rather than follow the calendar.
        place: Where the length stands.
        item: Where the window stands.
    """

    duration_ms: int | None
    is_rolling: bool
    place: Position
    item: Position


@dataclass(frozen=True, slots=True)
class SloObjective:
    """One objective of an SLO.

    Attributes:
        place: Where it stands.
        display_name: For people; None where none is given.
        op: How a good value compares with `value`; None where nothing is said.
        value: What values are compared with, where the metric is a threshold.
        op_place: Where ``op`` stands, or else ``value`` or the objective.
        target: The target as a share; None where that is wrong.
        target_place: Where the target stands.
        is_percent: Whether the target was given in percent.
        indicator: Its own indicator, or a reference to it; None where the SLO has one.
        indicator_place: Where that stands.
        weight_place: Where ``compositeWeight`` stands; None where it is not given.
    """

    place: Position
    display_name: str | None
    op: str | None
    value: Decimal | None
    op_place: Position
    target: Decimal | None
    target_place: Position
    is_percent: bool
    indicator: Sli | Ref | None
    indicator_place: Position
    weight_place: Position | None


@dataclass(frozen=True, slots=True)
class Slo:
    """An SLO as written.

    Attributes:
        metadata: Its metadata.
        service: The service that it is about; None where that is missing.
        indicator: What all its objectives measure, or a reference to it; None where
            each has its own, or where it is wrong.
        window: Its window; None where none is given.
        method: The budgeting method; None where that is wrong.
        method_place: Where that stands.
        objectives: In the order written.
        policies: When it alerts, or references to that.
        place: Where its spec stands.
    """

    metadata: Metadata
    service: Ref | None
    indicator: Sli | Ref | None
    window: TimeWindow | None
    method: str | None
    method_place: Position
    objectives: tuple[SloObjective, ...]
    policies: tuple[AlertPolicy | Ref, ...]
    place: Position


def read_slo(spec: Fields, metadata: Metadata, reading: OpenSloReading) -> Slo:
    """Return an SLO."""
    reading.description(spec)
    spec.require("service", "budgetingMethod", "objectives")
    method = reading.choice(spec, "budgetingMethod", METHODS)
    items = spec.open_items("objectives", _OBJECTIVE_KEYS)
    if spec.entry("objectives") is not None and not items:
        reading.report(spec.place("objectives"), "openslo.no-objective")
    _check_indicators(spec, items, reading)
    return Slo(
        metadata,
        reading.ref(spec, "service", is_free=True),
        _read_indicator(spec, reading),
        _read_window(spec, reading),
        method,
        spec.place("budgetingMethod"),
        tuple(_read_objective(item, method, reading) for item in items),
        _read_policies(spec, reading),
        spec.position,
    )


def _check_indicators(
    spec: Fields, items: list[Fields], reading: OpenSloReading
) -> None:
    """Report an SLO that has no indicator, or some both for itself and an objective."""
    own = [key for key in _INDICATORS if spec.entry(key) is not None]
    inside = [item for item in items if _has_indicator(item)]
    if not own and len(inside) < len(items):
        reading.one_of(spec, _INDICATORS)
    if own and inside:
        for item in inside:
            reading.report(item.position, "openslo.indicator-twice")


def _has_indicator(item: Fields) -> bool:
    return any(item.entry(key) is not None for key in _INDICATORS)


def _read_indicator(fields: Fields, reading: OpenSloReading) -> Sli | Ref | None:
    if not _has_indicator(fields):
        return None
    if reading.one_of(fields, _INDICATORS) == "indicatorRef":
        return reading.ref(fields, "indicatorRef")
    inner = fields.open("indicator", INLINE_KEYS)
    if inner is None:
        return None
    reading.inline(inner, "SLI", needs_kind=False)
    inner.require("spec")
    metadata = reading.metadata(inner)
    spec = inner.open("spec", SLI_KEYS["SLI"])
    if metadata is None or spec is None:
        return None
    return read_sli(spec, metadata, reading)


def _read_window(spec: Fields, reading: OpenSloReading) -> TimeWindow | None:
    keys = ("duration", "isRolling", "calendar")
    items = spec.open_items("timeWindow", keys)
    if not items:
        if spec.entry("timeWindow") is None or not spec.items("timeWindow"):
            reading.lenient(spec.place("timeWindow"), "openslo.no-window")
        return None
    for extra in items[1:]:
        reading.lenient(extra.position, "openslo.one-window")
    fields = items[0]
    fields.require("duration")
    duration_ms = reading.duration_ms(fields, "duration")
    rolls = reading.flag(fields, "isRolling")
    has_calendar = fields.entry("calendar") is not None
    if rolls is None and not has_calendar:
        reading.lenient(fields.position, "openslo.rolling-unsaid")
        rolls = True
    if rolls and has_calendar:
        reading.report(fields.place("calendar"), "openslo.calendar-rolling")
    if not rolls:
        fields.require("calendar")
    _check_calendar(fields, reading)
    place = fields.place("duration")
    return TimeWindow(duration_ms, bool(rolls), place, fields.position)


def _check_calendar(fields: Fields, reading: OpenSloReading) -> None:
    calendar = fields.open("calendar", ("startTime", "timeZone"))
    if calendar is None:
        return
    calendar.require("startTime", "timeZone")
    for key, form in (("startTime", _START), ("timeZone", _ZONE)):
        text = calendar.text(key)
        if text is not None and not form.fullmatch(text):
            name = calendar.name(key)
            reading.report(
                calendar.place(key), "openslo.calendar", key=name, given=text
            )


def _read_objective(
    fields: Fields, method: str | None, reading: OpenSloReading
) -> SloObjective:
    display_name = reading.text(fields, "displayName", LONGEST_DISPLAY_NAME)
    op = reading.choice(fields, "op", OPERATORS)
    value = fields.decimal("value")
    which = reading.one_of(fields, ("target", "targetPercent"))
    target = None if which is None else _read_target(fields, which, reading)
    _check_slices(fields, method, reading)
    weight = fields.decimal("compositeWeight")
    if weight is not None and weight <= 0:
        reading.report(fields.place("compositeWeight"), "openslo.weight", given=weight)
    op_key = next((k for k in ("op", "value") if fields.entry(k) is not None), None)
    indicator_key = next((k for k in _INDICATORS if fields.entry(k) is not None), None)
    has_weight = fields.entry("compositeWeight") is not None
    return SloObjective(
        fields.position,
        display_name,
        op,
        value,
        fields.place(op_key) if op_key else fields.position,
        target,
        fields.place(which) if which else fields.position,
        which == "targetPercent",
        _read_indicator(fields, reading),
        fields.place(indicator_key) if indicator_key else fields.position,
        fields.place("compositeWeight") if has_weight else None,
    )


def _read_target(fields: Fields, key: str, reading: OpenSloReading) -> Decimal | None:
    """Return the target as a share; both forms leave out their upper end."""
    value = fields.decimal(key)
    if value is None:
        return None
    most = _PERCENT if key == "targetPercent" else 1
    if not 0 <= value < most:
        reading.report(
            fields.place(key),
            "openslo.target-range",
            key=fields.name(key),
            given=value,
            most=most,
        )
        return None
    return value.scaleb(-2) if key == "targetPercent" else value


def _check_slices(fields: Fields, method: str | None, reading: OpenSloReading) -> None:
    share = fields.decimal("timeSliceTarget")
    if share is not None and not 0 < share <= 1:
        place = fields.place("timeSliceTarget")
        reading.report(place, "openslo.slice-target", given=share)
    reading.duration_ms(fields, "timeSliceWindow", minutes=True)
    needed = _SLICE_KEYS.get(method or "", ())
    fields.require(*needed)


_SLICE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Timeslices": ("timeSliceTarget", "timeSliceWindow"),
        "RatioTimeslices": ("timeSliceWindow",),
    }
)


def _read_policies(
    spec: Fields, reading: OpenSloReading
) -> tuple[AlertPolicy | Ref, ...]:
    ref_key = "alertPolicyRef"
    items = reading.items(spec, "alertPolicies", ref_key, INLINE_KEYS)
    return tuple(
        refs_or_inline(items, ref_key, "AlertPolicy", read_alert_policy, reading)
    )
