"""The webhook payload, version 4."""

import json
from dataclasses import replace

from kizashi.alert.group import (
    AlertGroup,
    DueNotification,
    GroupedAlert,
    Integration,
    NotificationReason,
)
from kizashi.alert.payload import Sender, payload, rfc3339
from kizashi.model.labels import Labels

WEBHOOK = Integration("webhook", 0)
SENDER = Sender("http://kizashi:9470")
GROUP = AlertGroup("team", Labels.of(service="shop"), born_ms=0)


def alert(name: str, **labels: str) -> GroupedAlert:
    return GroupedAlert(
        name,
        Labels.of(labels, alertname=name, service="shop"),
        1_700_000_000_120,
    )


def test_a_payload_has_every_key_of_the_format_in_its_order():
    one = replace(alert("a", severity="page"), runbook="rb")

    told = payload(
        GROUP,
        DueNotification(WEBHOOK, NotificationReason.FIRST, (one,)),
        "the-key",
        SENDER,
    )

    assert list(told) == [
        "receiver",
        "status",
        "alerts",
        "groupLabels",
        "commonLabels",
        "commonAnnotations",
        "externalURL",
        "version",
        "groupKey",
        "truncatedAlerts",
        "idempotencyKey",
    ]
    assert json.loads(json.dumps(told)) == {
        "receiver": "team",
        "status": "firing",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "a", "service": "shop", "severity": "page"},
                "annotations": {
                    "description": "Its labels say what it is about.",
                    "runbook": "rb",
                    "summary": "a is firing",
                },
                "startsAt": "2023-11-14T22:13:20.12Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://kizashi:9470/alerts/a",
                "fingerprint": "a",
            }
        ],
        "groupLabels": {"service": "shop"},
        "commonLabels": {"alertname": "a", "service": "shop", "severity": "page"},
        "commonAnnotations": {
            "description": "Its labels say what it is about.",
            "runbook": "rb",
            "summary": "a is firing",
        },
        "externalURL": "http://kizashi:9470",
        "version": "4",
        "groupKey": '{}:{service="shop"}',
        "truncatedAlerts": 0,
        "idempotencyKey": "the-key",
    }


def test_common_is_what_every_alert_has():
    ended = replace(alert("b", severity="page", zone="z"), ends_ms=1_700_000_060_000)
    notice = DueNotification(
        WEBHOOK,
        NotificationReason.NEW_RESOLVED,
        (alert("a", severity="page"),),
        (ended,),
    )

    told = payload(GROUP, notice, "k", SENDER)

    assert told["status"] == "firing"
    assert told["commonLabels"] == {"service": "shop", "severity": "page"}
    assert told["commonAnnotations"] == {
        "description": "Its labels say what it is about."
    }
    assert [(a["status"], a["endsAt"]) for a in told["alerts"]] == [  # type: ignore[index, union-attr, call-overload]
        ("firing", "0001-01-01T00:00:00Z"),
        ("resolved", "2023-11-14T22:14:20Z"),
    ]


def test_when_all_have_ended_the_group_is_resolved():
    ended = replace(alert("b"), ends_ms=1_700_000_060_000)

    told = payload(
        GROUP,
        DueNotification(WEBHOOK, NotificationReason.ALL_RESOLVED, (), (ended,)),
        "k",
        SENDER,
    )

    assert told["status"] == "resolved"


def test_an_alert_held_without_data_is_firing_and_says_so_in_the_readers_language():
    frozen = replace(alert("a"), is_frozen=True)

    told = payload(
        GROUP,
        DueNotification(WEBHOOK, NotificationReason.REPEAT, (frozen,)),
        "k",
        replace(SENDER, language="ja"),
    )

    assert told["status"] == "firing"
    assert told["commonAnnotations"] == {
        "description": (
            "内容はラベルを見てください。"
            "解決したと判断できるだけのデータが届いていないため、このアラートは続きます。"
        ),
        "state": "frozen",
        "summary": "a が発報しています",
    }


def test_times_are_written_as_go_writes_them():
    assert rfc3339(0) == "1970-01-01T00:00:00Z"
    assert rfc3339(1_700_000_000_007) == "2023-11-14T22:13:20.007Z"
    assert rfc3339(1_700_000_000_500) == "2023-11-14T22:13:20.5Z"
