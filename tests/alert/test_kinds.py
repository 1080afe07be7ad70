"""Every row of the table of alerts: what it says, and what the reference says of it."""

import re
from pathlib import Path

import pytest

from kizashi.alert.group import GroupedAlert
from kizashi.alert.kinds import ALERT_KINDS, own_conditions
from kizashi.alert.kinds._base import DeadLetter, FileDamage, SelfKnowledge
from kizashi.alert.words import AlertWords
from kizashi.messages import CATALOGUE
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels

DOCS = Path(__file__).parents[2] / "docs"
#: Everything at once that can be wrong with Kizashi.
ALL_WRONG = SelfKnowledge(
    now_ms=1_000,
    data="/data",
    failure="disk is full",
    damages={"samples.db": FileDamage([Damage("chunk", 1, 0, 9)], 0)},
    aside={"state.db": {"alert": 2}},
    dead={"team": DeadLetter(1_000, "webhook", "HTTP 404")},
)


def rows(language: str, heading: str) -> dict[str, str]:
    """Return the rows of a table of the reference by their first column."""
    page = (DOCS / language / "reference" / "alerts.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| (`[^|]*`) \| (.*)$", section, re.MULTILINE))


@pytest.mark.parametrize("name", ALERT_KINDS)
@pytest.mark.parametrize(
    ("language", "alerts", "labels"),
    [("en", "Alerts", "Labels"), ("ja", "アラートの種類", "ラベル")],
)
def test_the_reference_has_its_severities_and_labels(
    name: str, language: str, alerts: str, labels: str
):
    kind = ALERT_KINDS[name]

    told = rows(language, alerts)[f"`{name}`"]
    carried = {
        label
        for listed, on in rows(language, labels).items()
        if f"`{name}`" in on.split("|")[0]
        for label in re.findall(r"`(\w+)`", listed)
    }

    shown = {word for word in ("page", "ticket") if f"`{word}`" in told}
    if name != "ErrorBudgetBurn":  # its pairs have one each
        assert shown == {severity.value for severity in kind.severities}
    assert carried == set(kind.labels)


@pytest.mark.parametrize("name", ALERT_KINDS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_handbook_has_the_page_that_its_page_links_to(name: str, language: str):
    assert (DOCS / language / f"{ALERT_KINDS[name].handbook}.md").is_file()


@pytest.mark.parametrize("name", ALERT_KINDS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_says_when_it_fires_and_when_it_is_over(name: str, language: str):
    kind = ALERT_KINDS[name]
    labels = Labels.of(alertname=name, **dict.fromkeys(kind.labels, "x"))

    said = [
        kind.say(AlertWords(GroupedAlert("a", labels, 0, ends_ms), language))
        for ends_ms in (None, 1)
    ]

    assert len({summary for summary, _ in said}) == 2
    assert all(summary for summary, _ in said)
    assert {kind.title, kind.reason or kind.title} <= CATALOGUE.keys()


def test_what_kizashi_raises_about_itself_has_the_labels_of_its_row():
    found = own_conditions(ALL_WRONG)

    assert [one.labels.get("alertname") for one in found] == [
        "NotificationFailed",
        "StoreFailing",
        "StoreDamaged",
        "StoreDamaged",
    ]
    for one in found:
        kind = ALERT_KINDS[one.labels.get("alertname")]
        own = one.labels.as_dict().keys() - {"alertname", "severity"}
        assert one.fires
        assert own == set(kind.labels)
        assert one.labels.get("severity") in {s.value for s in kind.severities}


def test_of_what_never_failed_nothing_is_said():
    assert own_conditions(SelfKnowledge()) == []


def test_what_works_again_is_over():
    well = SelfKnowledge(
        now_ms=700_000,
        failure="",
        damages={"samples.db": FileDamage([], 0)},
        aside={"state.db": {}},
        dead={"team": DeadLetter(1_000, "webhook", "HTTP 404")},
    )

    assert {one.fires for one in own_conditions(well)} == {False}
    assert len(own_conditions(well)) == 4
