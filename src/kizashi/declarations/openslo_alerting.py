"""OpenSLO's kinds ``AlertPolicy``, ``AlertCondition`` and ``AlertNotificationTarget``."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from kizashi.declarations.fields import Fields
from kizashi.declarations.openslo_reading import Metadata, OpenSloReading, Ref
from kizashi.model.positions import Position

INLINE_KEYS = ("kind", "metadata", "spec")
OPERATORS = ("lte", "gte", "lt", "gt")
SPEC_KEYS = MappingProxyType(
    {
        "AlertPolicy": (
            "description",
            "alertWhenNoData",
            "alertWhenResolved",
            "alertWhenBreaching",
            "conditions",
            "notificationTargets",
        ),
        "AlertCondition": ("description", "severity", "condition"),
        "AlertNotificationTarget": ("description", "target"),
    }
)
_CONDITION_KEYS = ("kind", "op", "threshold", "lookbackWindow", "alertAfter")
_KINDS = ("burnrate",)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AlertCondition:
    """A condition on the burn rate of one window.

    Attributes:
        metadata: Its metadata.
        severity: A free word.
        severity_place: Where that stands.
        op: How the burn rate compares with the threshold.
        op_place: Where that stands.
        threshold: The burn rate.
        threshold_place: Where that stands.
        lookback_ms: The window, milliseconds.
        lookback_place: Where that stands.
        after_ms: How long the condition must hold; None where nothing is said.
        after_place: Where that stands.
    """

    metadata: Metadata
    severity: str
    severity_place: Position
    op: str
    op_place: Position
    threshold: Decimal
    threshold_place: Position
    lookback_ms: int
    lookback_place: Position
    after_ms: int | None
    after_place: Position


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    """Whom an alert is for."""

    metadata: Metadata


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When an SLO alerts, and whom.

    Attributes:
        metadata: Its metadata.
        no_data: ``alertWhenNoData``; None where nothing is said, as both others.
        resolved: ``alertWhenResolved``.
        breaching: ``alertWhenBreaching``.
        places: Where each of these stands, or else the policy.
        conditions: Its conditions, or references to them.
        targets: Whom to tell, or references to them.
    """

    metadata: Metadata
    no_data: bool | None
    resolved: bool | None
    breaching: bool | None
    places: tuple[Position, Position, Position]
    conditions: tuple[AlertCondition | Ref, ...]
    targets: tuple[NotificationTarget | Ref, ...]


def read_alert_policy(
    spec: Fields, metadata: Metadata, reading: OpenSloReading
) -> AlertPolicy:
    """Return an alert policy."""
    reading.description(spec)
    keys = ("alertWhenNoData", "alertWhenResolved", "alertWhenBreaching")
    no_data, resolved, breaching = (reading.flag(spec, key) for key in keys)
    spec.require("conditions")
    items = reading.items(spec, "conditions", "conditionRef", INLINE_KEYS)
    if spec.entry("conditions") is not None and not items:
        reading.report(spec.place("conditions"), "openslo.no-condition")
    for extra in items[1:]:
        place = extra.place if isinstance(extra, Ref) else extra.position
        reading.lenient(place, "openslo.one-condition")
    conditions = refs_or_inline(
        items, "conditionRef", "AlertCondition", read_alert_condition, reading
    )
    return AlertPolicy(
        metadata,
        no_data,
        resolved,
        breaching,
        (spec.place(keys[0]), spec.place(keys[1]), spec.place(keys[2])),
        tuple(conditions),
        _read_targets(spec, reading),
    )


def _read_targets(
    spec: Fields, reading: OpenSloReading
) -> tuple[NotificationTarget | Ref, ...]:
    items = reading.items(spec, "notificationTargets", "targetRef", INLINE_KEYS)
    if not items:
        reading.lenient(spec.place("notificationTargets"), "openslo.no-target")
    kind = "AlertNotificationTarget"
    return tuple(
        refs_or_inline(items, "targetRef", kind, read_notification_target, reading)
    )


def refs_or_inline(
    items: Iterable[Fields | Ref],
    ref_key: str,
    kind: str,
    read: Callable[[Fields, Metadata, OpenSloReading], T | None],
    reading: OpenSloReading,
) -> Iterator[T | Ref]:
    """Yield references, and what is read of the objects that stand inside."""
    for item in items:
        given = _ref_or_inline(item, ref_key, kind, reading)
        one = read(*given, reading) if isinstance(given, tuple) else given
        if one is not None:
            yield one


def _ref_or_inline(
    item: Fields | Ref, ref_key: str, kind: str, reading: OpenSloReading
) -> Ref | tuple[Fields, Metadata] | None:
    """Return a reference, or the spec and metadata of an object that stands inside."""
    if isinstance(item, Ref):
        return item
    if item.entry(ref_key) is not None:
        for extra in INLINE_KEYS:
            if item.entry(extra) is not None:
                keys = f"{ref_key}, {extra}"
                reading.report(item.place(extra), "openslo.only-one", keys=keys)
        return reading.ref(item, ref_key)
    if not any(item.entry(key) is not None for key in INLINE_KEYS):
        keys, where = f"{ref_key}, metadata + spec", item.path
        reading.report(item.position, "openslo.one-of", keys=keys, where=where)
        return None
    reading.inline(item, kind)
    item.require("spec")
    metadata = reading.metadata(item)
    spec = item.open("spec", SPEC_KEYS[kind])
    return None if metadata is None or spec is None else (spec, metadata)


def read_alert_condition(
    spec: Fields, metadata: Metadata, reading: OpenSloReading
) -> AlertCondition | None:
    """Return a condition, None where too much of it is wrong to make one."""
    reading.description(spec)
    spec.require("severity", "condition")
    severity = spec.text("severity")
    fields = spec.open("condition", _CONDITION_KEYS)
    if fields is None:
        return None
    fields.require("kind", "op", "threshold", "lookbackWindow")
    kind = reading.choice(fields, "kind", _KINDS)
    op = reading.choice(fields, "op", OPERATORS)
    threshold = fields.decimal("threshold")
    lookback_ms = reading.duration_ms(fields, "lookbackWindow")
    after_ms = reading.duration_ms(fields, "alertAfter")
    if kind is None or op is None or threshold is None or lookback_ms is None:
        return None
    if severity is None:
        return None
    return AlertCondition(
        metadata,
        severity,
        spec.place("severity"),
        op,
        fields.place("op"),
        threshold,
        fields.place("threshold"),
        lookback_ms,
        fields.place("lookbackWindow"),
        after_ms,
        fields.place("alertAfter"),
    )


def read_notification_target(
    spec: Fields, metadata: Metadata, reading: OpenSloReading
) -> NotificationTarget:
    """Return whom an alert is for."""
    reading.description(spec)
    spec.require("target")
    spec.text("target")
    reading.remark(metadata.place, "openslo.target", name=metadata.name)
    return NotificationTarget(metadata)
