"""``route`` and ``receivers`` as Alertmanager reads them, as far as supported.

Source: Alertmanager configuration, ``<route>`` and ``<receiver>``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kizashi.alert.group import GROUP_BY_ALL, GroupTiming, Integration
from kizashi.declarations.fields import Fields, read_each
from kizashi.model.durations import format_duration
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
RECEIVER_KEYS = ("name", "log_configs", "webhook_configs")
_OTHER_RECEIVERS = (
    "discord email incidentio jira mattermost msteams msteamsv2 opsgenie pagerduty"
    " pushover rocketchat slack sns telegram victorops webex wechat"
)
RECEIVER_UNSUPPORTED = tuple(f"{kind}_configs" for kind in _OTHER_RECEIVERS.split())
_WEBHOOK_KEYS = ("url", "send_resolved", "timeout", "secret", "secret_file")
_WEBHOOK_UNSUPPORTED = ("http_config", "max_alerts", "payload", "url_file")
_LOG_KEYS = ("send_resolved",)
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

DEFAULT_GROUP_WAIT_MS = 30_000
DEFAULT_GROUP_INTERVAL_MS = 5 * 60_000
DEFAULT_REPEAT_INTERVAL_MS = 4 * 3_600_000
#: With the time between attempts, it keeps a delivery within ten seconds of recovery.
DEFAULT_TIMEOUT_MS = 5_000
#: A receiver that takes longer holds up the notifications behind it.
LONGEST_TIMEOUT_MS = 60_000
#: Fewer characters than this and a signature can be forged by trying keys.
SHORTEST_SECRET = 16


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
class Webhook:
    """An address that is told by POST; it may hold a secret.

    Attributes:
        url: Where to.
        send_resolved: Whether it is told of the end.
        timeout_ms: How long its answer may take.
        secret: What requests are signed with; empty where they are not.
        secret_file: Holds the secret instead; read for every request.
    """

    url: str = field(repr=False)
    send_resolved: bool = True
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    secret: str = field(default="", repr=False)
    secret_file: str = ""


@dataclass(frozen=True, slots=True)
class LogSink:
    """Kizashi's own log, one record for each notification."""

    send_resolved: bool = True


@dataclass(frozen=True, slots=True)
class Receiver:
    """Someone who can be told."""

    name: str
    webhooks: tuple[Webhook, ...] = ()
    logs: tuple[LogSink, ...] = ()

    @property
    def sinks(self) -> dict[Integration, Webhook | LogSink]:
        """Everything it has, by kind and place in its list."""
        by_kind: dict[str, tuple[Webhook | LogSink, ...]] = {
            "log": self.logs,
            "webhook": self.webhooks,
        }
        return {
            Integration(kind, index): sink
            for kind, sinks in by_kind.items()
            for index, sink in enumerate(sinks)
        }


def read_receivers(receivers: Sequence[Fields]) -> tuple[Receiver, ...]:
    """Return the receivers; their names are unique."""
    names: dict[str, Position] = {}
    found = []
    for fields in receivers:
        fields.require("name")
        name = fields.text("name")
        place = fields.place("name")
        webhooks = read_each(
            fields.open_items("webhook_configs", _WEBHOOK_KEYS, _WEBHOOK_UNSUPPORTED),
            _read_webhook,
        )
        logs = read_each(fields.open_items("log_configs", _LOG_KEYS), _read_log)
        if name is None:
            continue
        if names.setdefault(name, place) is not place:
            fields.problems.report(
                place, "receiver.twice", name=name, first=names[name]
            )
            continue
        found.append(Receiver(name, webhooks, logs))
    return tuple(found)


def read_route(fields: Fields, receivers: Sequence[Receiver]) -> Route | None:
    """Return the root of the routing tree."""
    fields.require("receiver")
    receiver = fields.text("receiver")
    known = [r.name for r in receivers]
    if receiver is not None and receiver not in known:
        fields.problems.report(
            fields.place("receiver"),
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


def _read_webhook(fields: Fields) -> Webhook | None:
    fields.require("url")
    url = fields.text("url")
    if url is None:
        return None
    if not is_http(url):
        # The address is left out of the problem: it may hold a secret.
        fields.problems.report(fields.place("url"), "receiver.url")
        return None
    return Webhook(
        url,
        fields.boolean("send_resolved", default=True),
        _read_timeout(fields),
        _read_secret(fields),
        fields.text_or("secret_file", ""),
    )


def _read_log(fields: Fields) -> LogSink:
    return LogSink(fields.boolean("send_resolved", default=True))


def _read_timeout(fields: Fields) -> int:
    timeout_ms = fields.duration_ms("timeout") or DEFAULT_TIMEOUT_MS
    if timeout_ms <= LONGEST_TIMEOUT_MS:
        return timeout_ms
    fields.problems.report(
        fields.place("timeout"),
        "receiver.timeout",
        given=format_duration(timeout_ms),
        most=format_duration(LONGEST_TIMEOUT_MS),
    )
    return LONGEST_TIMEOUT_MS


def _read_secret(fields: Fields) -> str:
    secret = fields.text("secret")
    if secret is None:
        return ""
    if fields.entry("secret_file") is not None:
        fields.problems.report(
            fields.place("secret_file"),
            "field.one-of",
            one=fields.name("secret"),
            other=fields.name("secret_file"),
        )
    if len(secret) < SHORTEST_SECRET:
        fields.problems.report(
            fields.place("secret"), "receiver.secret-short", least=SHORTEST_SECRET
        )
    return secret


def is_http(url: str) -> bool:
    """Return whether a text is a whole http or https address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
