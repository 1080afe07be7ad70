"""The kinds of receivers that can be told, one file per kind.

A new kind is a file here, a file of the same name in `kizashi.notify` that sends, and a
row in RECEIVER_KINDS.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kizashi.declarations.fields import Fields, read_each
from kizashi.declarations.receivers import log, webhook
from kizashi.declarations.receivers._base import ReceiverKind, ReceiverSettings

#: By name: what the key of its list begins with, and what notifications are stored with.
RECEIVER_KINDS: Mapping[str, ReceiverKind] = MappingProxyType(
    {kind.name: kind for kind in (log.KIND, webhook.KIND)}
)
#: What Alertmanager has beside them.
_OTHER_KINDS = [
    "discord",
    "email",
    "incidentio",
    "jira",
    "mattermost",
    "msteams",
    "msteamsv2",
    "opsgenie",
    "pagerduty",
    "pushover",
    "rocketchat",
    "slack",
    "sns",
    "telegram",
    "victorops",
    "webex",
    "wechat",
]


def list_keys() -> tuple[str, ...]:
    """Return the keys of a receiver that list how to reach it."""
    return tuple(kind.list_key for kind in RECEIVER_KINDS.values())


def unsupported_list_keys() -> tuple[str, ...]:
    """Return the keys of a receiver that Alertmanager knows and we do not read yet."""
    others = (name for name in _OTHER_KINDS if name not in RECEIVER_KINDS)
    return tuple(f"{name}_configs" for name in others)


def read_settings(receiver: Fields) -> tuple[ReceiverSettings, ...]:
    """Return each way in which a receiver can be reached, kind by kind."""
    return tuple(_read(receiver))


def _read(receiver: Fields) -> Iterator[ReceiverSettings]:
    for kind in RECEIVER_KINDS.values():
        items = receiver.open_items(kind.list_key, kind.keys, kind.unsupported)
        yield from read_each(items, kind.read)
