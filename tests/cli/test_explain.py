"""``kizashi explain``, asking a real server over a socket."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from kizashi.app.answers import NoteView
from kizashi.cli import run
from kizashi.cli._base import UsageError, time_query
from kizashi.ports.alert_service import SilenceView

Capture = pytest.CaptureFixture[str]

FIGURES = """\
backend/availability: target 99.9% over 30d, as of 2023-11-14 22:13:30Z (live)

Figures
  sli = (valid - bad) / valid = (1000 - 2) / 1000 = 0.998
    bad 2, valid 1,000; 86,400 of 172,800 slices seen; 2023-10-15 22:13:30Z to 2023-11-14 22:13:30Z
  counted: bad: errors{service="backend"}

Notes
  There is nothing at /x. /kizashi/v1/openapi.json lists every path.

ErrorBudgetBurn (page): firing
"""


def ask(running: SimpleNamespace, *words: str) -> int:
    return run(["explain", *words, "--server", running.url])


def test_figures_come_first_then_each_alert(running: SimpleNamespace, capsys: Capture):
    assert ask(running, "backend/availability") == 0

    out = capsys.readouterr().out
    assert out.startswith(FIGURES)
    titles = [
        line for line in out.splitlines() if line.startswith(("Error", "DataLoss"))
    ]
    assert titles == [
        "ErrorBudgetBurn (page): firing",
        "ErrorBudgetBurn (ticket): inactive",
        "DataLoss (page): inactive",
    ]
    assert "half of 5m, the shortest window" in out


def test_it_speaks_japanese(running: SimpleNamespace, capsys: Capture):
    assert ask(running, "backend/availability", "--language", "ja") == 0

    out = capsys.readouterr().out
    assert "目標値 99.9%、期間 30d、2023-11-14 22:13:30Z 現在 (計測中)" in out
    assert "  sli = (有効 − 悪い) ÷ 有効 = (1000 - 2) / 1000 = 0.998\n" in out
    assert "ErrorBudgetBurn (page): 発報中" in out
    assert "1h/5m の両方のウィンドウで係数を超え" in out


def test_no_data_is_said_in_words(running: SimpleNamespace, capsys: Capture):
    view = running.answers.views[0]
    figure = replace(view.explain[0], value=None, result="(0 - 0) / 0 = no data")
    running.answers.views = (replace(view, explain=(figure,), notes=()),)

    assert ask(running, "backend/availability", "--language", "ja") == 0

    assert "= (0 - 0) / 0 = データなし\n" in capsys.readouterr().out


def test_impossible_figures_are_said_first_and_have_no_value(
    running: SimpleNamespace, capsys: Capture
):
    view = running.answers.views[0]
    figure = replace(view.explain[0], value=None, result="(90 - -36) / 90 = invalid")
    told = {"good": "126", "bad": "-36", "valid": "90", "largest": "14", "window": "1h"}
    fault = NoteView("invalid.good-above-valid", told)
    running.answers.views = (
        replace(view, state="invalid", fault=fault, explain=(figure,), notes=()),
    )

    assert ask(running, "backend/availability") == 0

    head, why, _, _, sli = capsys.readouterr().out.splitlines()[:5]
    assert head.endswith("(invalid)")
    assert why == (
        "126 good events of 90 valid ones in 1h are impossible; requests in flight"
        " explain 14 at the most. Let valid count every event that good counts."
    )
    assert sli.endswith("= (90 - -36) / 90 = invalid")


def test_a_past_time_is_asked_for(running: SimpleNamespace, capsys: Capture):
    assert ask(running, "backend/availability", "--at", "2023-11-14 22:13:20Z") == 0

    assert "as of 2023-11-14 22:13:20Z" in capsys.readouterr().out
    assert running.answers.asked == [("objective", 1_700_000_000)]
    assert running.alert_service.asked == [
        ("objective_alerts", "backend", "availability", 1_700_000_000)
    ]


def test_a_time_ago_may_follow_the_option(running: SimpleNamespace):
    assert ask(running, "backend/availability", "--at", "-2h") == 0

    ((_, at),) = running.answers.asked
    assert isinstance(at, float)


@pytest.mark.parametrize(
    ("at", "query"),
    [
        (None, ""),
        ("-2h", "?at=1699992820.000"),
        ("-1h30m", "?at=1699994620.000"),
        ("-60y", "?at=0.000"),
        ("1700000000", "?at=1700000000"),
        ("2023-11-14T22:13:20+09:00", "?at=2023-11-14T22%3A13%3A20%2B09%3A00"),
        ("2023-11-14 22:13:20Z", "?at=2023-11-14T22%3A13%3A20Z"),
    ],
)
def test_a_time_becomes_a_query(at: str | None, query: str):
    assert time_query(at, 1_700_000_020.0, "en") == query


@pytest.mark.parametrize("at", ["-", "-2", "-x", "--2h", "-2h ago"])
def test_a_time_ago_that_is_none_is_explained(at: str):
    with pytest.raises(UsageError, match="a time ago such as -2h"):
        time_query(at, 1_700_000_020.0, "en")


def test_a_time_that_the_server_refuses_is_explained(
    running: SimpleNamespace, capsys: Capture
):
    assert ask(running, "backend/availability", "--at", "noon") == 1

    assert "Parameter at is 'noon'. Expected a time" in capsys.readouterr().err


def test_json_holds_both_answers(running: SimpleNamespace, capsys: Capture):
    assert ask(running, "backend/availability", "--format", "json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["objective"]["sli"] == 0.998
    assert [d["alert"]["state"] for d in found["alerts"]] == [
        "firing", "inactive", "inactive",
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["backend", "/availability", "backend/", ""])
def test_what_names_no_objective_is_a_mistake(
    running: SimpleNamespace, capsys: Capture, what: str
):
    assert ask(running, what) == 2

    assert "Expected SERVICE/OBJECTIVE" in capsys.readouterr().err


def test_an_objective_that_there_is_not_is_named(
    running: SimpleNamespace, capsys: Capture
):
    assert ask(running, "backend/nothing") == 1

    assert "There is no objective 'nothing'" in capsys.readouterr().err


def test_silences_that_mute_an_alert_are_told_with_their_reason(
    running: SimpleNamespace, capsys: Capture
):
    silence = SilenceView(
        id="s1", matchers=(), starts=0.0, ends=1_700_003_600.0, owner="aya",
        reason="migration", created=0.0, state="active",
    )  # fmt: skip
    running.alert_service.kept = [silence]
    page = running.alert_service.details[0]
    alert = replace(page.alert, silenced_by=("s1", "gone"), held_back="silenced")
    running.alert_service.details[0] = replace(page, alert=alert)

    assert ask(running, "backend/availability") == 0

    out = capsys.readouterr().out
    assert "silenced by s1 until 2023-11-14 23:13:20Z (aya): migration" in out
    assert "silenced by gone, which has ended since" in out


def test_an_answer_cannot_paint_on_the_terminal(
    running: SimpleNamespace, capsys: Capture
):
    page = running.alert_service.details[0]
    (event, *_) = page.history
    evil = replace(event, why={"\x1b[2J": "\u202e\n", "list": [1, {"a": "\x1b"}]})
    running.alert_service.details[0] = replace(page, history=(evil,))
    view = running.answers.views[0]
    figure = replace(view.explain[0], query="\x1b[31mx")
    running.answers.views = (replace(view, explain=(figure,)),)

    assert ask(running, "backend/availability") == 0

    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)
