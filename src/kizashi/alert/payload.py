"""What receivers are sent: Alertmanager's webhook payload, version 4."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from kizashi.alert.group import AlertGroup, DueNotification, GroupedAlert, by_labels
from kizashi.alert.wording import annotations
from kizashi.model.labels import Labels

VERSION = "4"
#: Go's zero time, which the format puts where an alert has not ended.
NOT_ENDED = "0001-01-01T00:00:00Z"

Json = str | int | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks, and how.

    Attributes:
        external_url: Where people reach this Kizashi, without a slash at its end.
        language: What annotations are written in.
    """

    external_url: str
    language: str = "en"


def payload(
    group: AlertGroup, notice: DueNotification, key: str, sender: Sender
) -> dict[str, Json]:
    """Return the payload of a notification, in the format's order of keys.

    Beyond the format there is ``idempotencyKey``, the same for every attempt. An alert
    that is held without data is ``firing`` with the annotation ``state=frozen``.

    Args:
        group: The group it speaks for.
        notice: The notification that is due.
        key: The idempotency key.
        sender: Who speaks.

    Source: Alertmanager documentation, ``<webhook_config>``.
    """
    told = by_labels((*notice.firing, *notice.resolved))
    texts = {alert.id: annotations(alert, sender.language) for alert in told}
    alerts: list[Json] = [_alert(a, texts[a.id], sender) for a in told]
    return {
        "receiver": group.receiver,
        "status": "firing" if notice.firing else "resolved",
        "alerts": alerts,
        "groupLabels": _texts(group.labels),
        "commonLabels": _texts(_common(a.labels for a in told)),
        "commonAnnotations": _texts(_common(Labels.of(t) for t in texts.values())),
        "externalURL": sender.external_url,
        "version": VERSION,
        "groupKey": group.key,
        "truncatedAlerts": 0,
        "idempotencyKey": key,
    }


def alert_url(external_url: str, alert_id: str) -> str:
    """Return where a person reads about an alert."""
    return f"{external_url}/alerts/{quote(alert_id, safe='')}"


def rfc3339(milliseconds: int) -> str:
    """Return a time as Go writes it into JSON: UTC, no zeros at the end."""
    seconds, rest = divmod(milliseconds, 1000)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{whole}{fraction}Z"


def _alert(alert: GroupedAlert, texts: dict[str, str], sender: Sender) -> Json:
    return {
        "status": "firing" if alert.ends_ms is None else "resolved",
        "labels": _texts(alert.labels),
        "annotations": _texts(sorted(texts.items())),
        "startsAt": rfc3339(alert.starts_ms),
        "endsAt": NOT_ENDED if alert.ends_ms is None else rfc3339(alert.ends_ms),
        "generatorURL": alert_url(sender.external_url, alert.id),
        "fingerprint": alert.id,
    }


def _texts(pairs: Iterable[tuple[str, str]]) -> Json:
    return dict(pairs)


def _common(sets: Iterable[Labels]) -> Labels:
    """Return the pairs that all sets have."""
    listed = list(sets)
    if not listed:
        return Labels()
    shared = set(listed[0]).intersection(*listed[1:])
    return Labels(sorted(shared))
