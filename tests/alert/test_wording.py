"""What a notification says, in both languages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kizashi.alert.group import GroupedAlert
from kizashi.alert.wording import annotations
from kizashi.model.labels import Labels

BURN = GroupedAlert(
    "1",
    Labels.of(
        alertname="ErrorBudgetBurn", service="shop", objective="orders", severity="page"
    ),
    0,
    facts={
        "target": Decimal("0.999"),
        "window": "30d",
        "factor": Decimal("14.4"),
        "long": "1h",
        "short": "5m",
        "bad": 120,
        "valid": 4000,
        "coverage": 1.0,
        "state": "live",
        "long_burn": 30.000000000000004,
        "short_burn": 31.5,
        "budget_left": 0.6234,
        "time_to_empty_s": 8130.2,
    },
    runbook="rollback-shop",
)
LOSS = GroupedAlert(
    "2",
    Labels.of(alertname="DataLoss", service="shop", objective="orders"),
    0,
    facts={"state": "broken", "window": "5m", "coverage": 0.25, "for": "5m"},
)
DOWN = GroupedAlert(
    "3",
    Labels.of(alertname="TargetDown", job="shop"),
    0,
    facts={"job": "shop", "down": 3, "targets": 3},
)
FAILED = GroupedAlert(
    "4",
    Labels.of(alertname="NotificationFailed", receiver="team", kind="webhook"),
    0,
    facts={"answer": "HTTP 404"},
)
FOREIGN = GroupedAlert("5", Labels.of(alertname="DiskFull", host="a"), 0)
EVERY = [BURN, LOSS, DOWN, FAILED, FOREIGN]


def test_a_burning_budget_in_english():
    said = annotations(BURN, "en")

    assert said == {
        "summary": "shop/orders: the error budget burns 30.0 times faster than allowed",
        "description": (
            "In the last 1 h, 120 of 4,000 events were bad. 62.3% of the error budget is"
            " left (target 99.9% over 30 d). At this rate it is used up in 2 h 15 min."
        ),
        "runbook": "rollback-shop",
        "burn": "30.0",
        "budget_left": "62.3%",
        "time_to_empty": "2 h 15 min",
        "coverage": "100%",
        "windows": "1h/5m",
    }


def test_a_burning_budget_in_japanese():
    said = annotations(BURN, "ja")

    assert said["summary"] == (
        "shop/orders: エラーバジェットが許容の 30.0 倍の速さで減っています"
    )
    assert said["description"] == (
        "直近 1 時間では、イベント 4,000 件のうち 120 件が悪いイベントでした。"
        "エラーバジェットの残りは 62.3% です (目標値 99.9%、期間 30 日)。"
        "このままでは、あと 2 時間 15 分で使い切ります。"
    )


def test_lost_data_and_lost_targets():
    assert annotations(LOSS, "en")["description"].startswith(
        "Only 25% of the last 5 min was seen. The scrape targets do not answer. Until"
    )
    assert annotations(LOSS, "ja")["description"].startswith(
        "直近 5 分のカバレッジは 25% です。収集対象が応答していません。"
    )
    assert annotations(DOWN, "en")["summary"] == (
        "shop: 3 of 3 scrape targets do not answer"
    )
    assert annotations(DOWN, "ja")["summary"] == (
        "shop: 収集対象 3 件のうち 3 件が応答しません"
    )


def test_series_that_are_gone_are_told_apart_from_targets_that_are_gone():
    absent, unknown = (
        annotations(replace(LOSS, facts={**LOSS.facts, "state": state}), "en")
        for state in ("absent", "unknown")
    )
    assert "answer, but without the series" in absent["description"]
    assert "No scrape target is known." in unknown["description"]


def test_a_target_that_is_down_is_named_with_what_went_wrong():
    why = {"instance": "web:80", "error": "scrape.status", "error.status": "503"}
    some = replace(DOWN, facts={**DOWN.facts, **why})
    one = replace(DOWN, facts={**some.facts, "down": 1})

    assert annotations(some, "en")["description"].endswith(
        "until they answer again. One of them is web:80: HTTP 503."
    )
    assert annotations(some, "ja")["description"].endswith(
        "そのひとつは web:80 です: HTTP 503。"
    )
    assert annotations(one, "en")["description"].endswith(" It is web:80: HTTP 503.")


def test_a_frozen_alert_does_not_claim_that_it_still_burns():
    unseen = {"bad": 0, "valid": 0, "coverage": 0.0}
    facts = {k: v for k, v in BURN.facts.items() if not k.endswith("_burn")}
    frozen = replace(BURN, is_frozen=True, facts={**facts, **unseen})

    assert annotations(frozen, "en")["summary"] == (
        "shop/orders: the error budget was burning too fast,"
        " and too little is seen to tell whether it still is"
    )
    assert annotations(frozen, "en")["description"].startswith(
        "In the last 1 h, no events were counted. 62.3% of the error budget is left"
    )
    assert annotations(frozen, "ja")["description"].startswith(
        "直近 1 時間に数えたイベントはありません。"
    )


def test_an_overspent_budget_is_told_with_one_figure():
    """In both places rounded alike, though one is negative."""
    over = annotations(
        replace(BURN, facts={**BURN.facts, "budget_left": -57.33333}), "en"
    )
    assert over["budget_left"] == "-5,733.4%"
    assert "overspent by 5,733.4%" in over["description"]


def test_an_overspent_budget_is_not_said_to_be_left():
    over = replace(BURN, facts={**BURN.facts, "budget_left": -0.5})

    assert "overspent by 50.0%" in annotations(over, "en")["description"]
    assert "50.0% 超過" in annotations(over, "ja")["description"]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("alert", EVERY, ids=lambda a: a.labels.get("alertname"))
def test_the_end_is_told_in_other_words_than_the_beginning(
    alert: GroupedAlert, language: str
):
    began = annotations(alert, language)
    ended = annotations(replace(alert, ends_ms=1), language)

    assert began["summary"] != ended["summary"]
    for text in (*began.values(), *ended.values()):
        assert "{" not in text, text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_alert_without_data_says_that_it_is_held(language: str):
    said = annotations(replace(BURN, is_frozen=True), language)

    assert said["state"] == "frozen"
    assert said["description"] != annotations(BURN, language)["description"]
    assert "state" not in annotations(BURN, language)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("alert", [BURN, LOSS, FOREIGN])
def test_facts_that_are_not_known_are_not_spoken_of(alert: GroupedAlert, language: str):
    said = annotations(replace(alert, facts={}), language)

    assert "{" not in said["summary"] + said["description"]
    assert said["summary"]


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (59.4, "59 s", "59 秒"),
        (60, "1 min", "1 分"),
        (3599, "59 min 59 s", "59 分 59 秒"),
        (3605, "1 h", "1 時間"),
        (90061, "1 d 1 h", "1 日 1 時間"),
    ],
)
def test_a_time_is_said_in_its_two_largest_units(
    seconds: float, english: str, japanese: str
):
    alert = replace(BURN, facts={"time_to_empty_s": seconds})

    assert annotations(alert, "en")["time_to_empty"] == english
    assert annotations(alert, "ja")["time_to_empty"] == japanese


@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_of_a_spent_budget_nothing_is_said_to_be_used_up(seconds: float):
    alert = replace(BURN, facts=BURN.facts | {"time_to_empty_s": seconds})

    for language in ("en", "ja"):
        said = annotations(alert, language)
        assert "time_to_empty" not in said
        assert "0 s" not in said["description"]


def test_a_hostile_label_stays_on_its_line_and_short():
    names = {"alertname": "X\nY\x1b[2J\u202e", "service": "s" * 5_000}
    other = replace(FOREIGN, labels=Labels.of(names))
    burn = replace(BURN, labels=Labels.of(names, alertname="ErrorBudgetBurn"))

    assert annotations(other, "en")["summary"].isprintable()
    assert len(annotations(burn, "en")["summary"]) < 500
