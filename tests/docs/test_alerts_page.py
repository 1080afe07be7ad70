"""The pages about alerts say what the code does."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from kizashi.alert import retry
from kizashi.alert.group import (
    AlertGroup,
    DueNotification,
    GroupedAlert,
    Integration,
    NotificationReason,
)
from kizashi.alert.kinds import ALERT_KINDS
from kizashi.alert.payload import Sender, payload
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.rules.alert_state import Phase
from kizashi.server import delivering, delivery

DOCS = Path(__file__).parents[2] / "docs"
BY_LANGUAGE = pytest.mark.parametrize("language", ["en", "ja"])

BURN = GroupedAlert(
    "01",
    Labels.of(alertname="ErrorBudgetBurn", service="a", objective="b"),
    starts_ms=0,
    is_frozen=True,
    facts={
        "long": "1h",
        "short": "5m",
        "long_burn": 20.0,
        "coverage": 0.5,
        "budget_left": 0.5,
        "time_to_empty_s": 60.0,
        "target": Decimal("0.99"),
    },
    runbook="restart",
)


def listed(language: str, heading: str) -> list[str]:
    """Return the first column of the first table after a mark or a heading."""
    text = (DOCS / language / "reference" / "alerts.md").read_text("utf-8")
    part = text.split(heading, 1)[1].split("|---|", 1)[1].partition("\n\n")[0]
    return [row.split("`")[1] for row in part.splitlines()[1:] if "`" in row]


def sent() -> dict[str, object]:
    group = AlertGroup("r", Labels(), born_ms=0)
    notice = DueNotification(
        Integration("webhook", 0), NotificationReason.FIRST, (BURN,)
    )
    return json.loads(json.dumps(payload(group, notice, "k", Sender(""))))


@BY_LANGUAGE
def test_every_alert_is_listed(language: str):
    assert listed(language, "| `alertname` |") == list(ALERT_KINDS)


@BY_LANGUAGE
def test_every_key_of_a_payload_is_listed_in_its_order(language: str):
    body = sent()
    (alert,) = body["alerts"]

    assert listed(language, "<!-- payload -->") == list(body)
    assert listed(language, "<!-- alert -->") == list(alert)


@BY_LANGUAGE
def test_every_annotation_is_listed(language: str):
    (alert,) = sent()["alerts"]

    assert set(listed(language, "<!-- annotations -->")) == set(alert["annotations"])


@BY_LANGUAGE
def test_every_state_and_severity_is_named(language: str):
    text = (DOCS / language / "reference" / "alerts.md").read_text("utf-8")

    for state in Phase:
        assert re.search(rf"^\| [^|]*\b{state}\b", text, re.MULTILINE)
    for severity in Severity:
        assert f"`{severity}`" in text


@BY_LANGUAGE
def test_the_limits_of_attempts_are_those_of_the_code(language: str):
    text = (DOCS / language / "reference" / "alerts.md").read_text("utf-8")
    rows = text.rsplit("|---|---|\n", 1)[1].splitlines()
    limits = [[int(n) for n in re.findall(r"\d+", row.split("|")[2])] for row in rows]

    assert limits == [
        [retry.FIRST_PAUSE_MS // 1_000],
        [retry.LONGEST_PAUSE_MS // 1_000, retry.LATER_PAUSE_MS // 1_000],
        [retry.LONGEST_ASKED_MS // 60_000],
        [retry.REFUSED_GIVE_UP_MS // 60_000],
        [retry.GIVE_UP_MS // 3_600_000],
        [delivering.MOST_AT_ONCE],
        [delivering.GRACE_S // 60],
        [delivery.KEEP_MS // 86_400_000],
    ]


@BY_LANGUAGE
def test_the_answers_that_are_tried_again_are_those_of_the_code(language: str):
    page = DOCS / language / "explanation" / "when-a-person-is-woken.md"
    (row,) = re.findall(r"^\| 5xx.*$", page.read_text("utf-8"), re.MULTILINE)
    named = {int(code) for code in re.findall(r"\b[1-4]\d\d\b", row)}
    again = {c for c, v in retry.VERDICTS.items() if v is retry.DeliveryResult.RETRY}

    assert named | {c for c in again if c // 100 in {1, 5}} == again
