"""``route`` and ``receivers`` as Alertmanager reads them, as far as supported.

Source: Alertmanager configuration, ``<route>`` and ``<receiver>``.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kizashi.alert.group import GROUP_BY_ALL, GroupTiming, Integration
from kizashi.declarations.fields import Fields
from kizashi.declarations.receivers import list_keys, read_settings
from kizashi.declarations.receivers._base import ReceiverSettings
from kizashi.model.positions import Position

ROUTE_KEYS = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")
ROUTE_UNSUPPORTED = (
    "active_time_intervals",
    "continue",
    "labels",
    "match",
    "match_re",
    "matchers",
    "mute_time_intervals",
    "routes",
)
RECEIVER_KEYS = ("name", *list_keys())
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

DEFAULT_GROUP_WAIT_MS = 30_000
DEFAULT_GROUP_INTERVAL_MS = 5 * 60_000
DEFAULT_REPEAT_INTERVAL_MS = 4 * 3_600_000


@dataclass(frozen=True, slots=True)
class Route:
    """Who is told, and how alerts are put together; durations in milliseconds."""

    receiver: str
    group_by: tuple[str, ...] = ()
    group_wait_ms: int = DEFAULT_GROUP_WAIT_MS
    group_interval_ms: int = DEFAULT_GROUP_INTERVAL_MS
    repeat_interval_ms: int = DEFAULT_REPEAT_INTERVAL_MS

    @property
    def timing(self) -> GroupTiming:
        """The three durations."""
        return GroupTiming(
            self.group_wait_ms, self.group_interval_ms, self.repeat_interval_ms
        )


@dataclass(frozen=True, slots=True)
class Receiver:
    """Someone who can be told, and in which ways."""

    name: str
    settings: tuple[ReceiverSettings, ...] = ()

    @property
    def integrations(self) -> dict[Integration, ReceiverSettings]:
        """Every way to reach it, by kind and place among those of its kind."""
        counted: Counter[str] = Counter()
        found = {}
        for each in self.settings:
            found[Integration(each.kind, counted[each.kind])] = each
            counted[each.kind] += 1
        return found


def read_receivers(receivers: Sequence[Fields]) -> tuple[Receiver, ...]:
    """Return the receivers; their names are unique."""
    names: dict[str, Position] = {}
    found = []
    for fields in receivers:
        fields.require("name")
        name = fields.text("name")
        place = fields.place("name")
        settings = read_settings(fields)
        if name is None:
            continue
        if names.setdefault(name, place) is not place:
            fields.problems.report(
                place, "receiver.twice", name=name, first=names[name]
            )
            continue
        found.append(Receiver(name, settings))
    return tuple(found)


def read_route(fields: Fields, receivers: Sequence[Receiver]) -> Route | None:
    """Return the root of the routing tree."""
    fields.require("receiver")
    receiver = fields.text("receiver")
    known = [r.name for r in receivers]
    if receiver is not None and receiver not in known:
        fields.report(
            "receiver",
            "route.no-receiver",
            name=receiver,
            known=", ".join(known) or "–",
        )
    group_by = _read_group_by(fields)
    wait_ms = fields.duration_ms("group_wait", least_ms=0)
    interval_ms = fields.duration_ms("group_interval")
    repeat_ms = fields.duration_ms("repeat_interval")
    if receiver is None:
        return None
    return Route(
        receiver=receiver,
        group_by=group_by,
        group_wait_ms=DEFAULT_GROUP_WAIT_MS if wait_ms is None else wait_ms,
        group_interval_ms=interval_ms or DEFAULT_GROUP_INTERVAL_MS,
        repeat_interval_ms=repeat_ms or DEFAULT_REPEAT_INTERVAL_MS,
    )


def _read_group_by(fields: Fields) -> tuple[str, ...]:
    names = fields.texts("group_by")
    place = fields.place("group_by")
    if GROUP_BY_ALL in names:
        if len(names) > 1:
            fields.problems.report(place, "route.group-by-all")
        return names
    for index, name in enumerate(names):
        if not _LABEL_NAME.fullmatch(name):
            fields.problems.report(place, "route.group-by-name", given=name)
        elif name in names[:index]:
            fields.problems.report(place, "route.group-by-twice", name=name)
    return names
