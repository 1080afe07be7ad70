"""``kizashi alert``, asking a real server over a socket."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.alert_service import AT, PAGE_ID, TICKET_ID, firing_page
from kizashi.cli import run
from kizashi.cli.alert import as_table, badness
from kizashi.ports.alert_service import SilenceView
from kizashi.ports.tokens import Role

Capture = pytest.CaptureFixture[str]
Kizashi = Callable[..., int]


@pytest.fixture
def kizashi(running: SimpleNamespace) -> Kizashi:
    """Return a function that runs a command with an operator's token."""
    token = running.tokens.create("aya", Role.OPERATOR, now_ms=0).plaintext

    def ask(*words: str, language: str = "en") -> int:
        return run(
            [
                *words, "--server", running.url, "--token", token,
                "--language", language,
            ]
        )  # fmt: skip

    return ask


def test_each_alert_that_stands_has_a_line(kizashi: Kizashi, capsys: Capture):
    assert kizashi("alert", "list") == 0

    assert capsys.readouterr().out == (
        "SEVERITY  STATE   ALERT            OF                    SINCE"
        "                 NOTIFYING  ID\n"
        "page      firing  ErrorBudgetBurn  backend/availability"
        "  2023-11-14 22:12:30Z  yes        00000000000000a1\n"
    )


def test_the_list_is_in_the_readers_language(kizashi: Kizashi, capsys: Capture):
    assert kizashi("alert", "list", language="ja") == 0

    head, line = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["重大度", "状態"]
    assert "発報中" in line


def test_the_list_can_be_narrowed_and_may_be_empty(
    kizashi: Kizashi, capsys: Capture, running: SimpleNamespace
):
    asked = ["--state", "frozen", "--service", "backend", "--at", "1700000000"]
    assert kizashi("alert", "list", *asked) == 0

    assert capsys.readouterr().out == "No alert is pending, firing or frozen.\n"
    assert running.alert_service.asked == [("alerts", 1_700_000_000)]


def test_a_state_that_is_none_is_explained(kizashi: Kizashi, capsys: Capture):
    assert kizashi("alert", "list", "--state", "burning") == 1

    assert "pending, firing, frozen or resolved" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["list"], ["show", PAGE_ID]])
def test_json_is_what_the_server_said(
    kizashi: Kizashi, capsys: Capture, command: list[str]
):
    assert kizashi("alert", *command, "--format", "json") == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["alerts"][0] if "alerts" in found else found["alert"])["since"] == (
        AT - 60
    )


def test_an_alert_is_shown_with_its_reason(kizashi: Kizashi, capsys: Capture):
    assert kizashi("alert", "show", PAGE_ID) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["backend/availability", "ErrorBudgetBurn (page): firing"]
    assert any("12 x 625 x 0.6 = 4,500 > 9 x 100 = 900" in line for line in lines)


def test_an_alert_is_shown_with_the_silence_that_mutes_it(
    kizashi: Kizashi, capsys: Capture, running: SimpleNamespace
):
    running.alert_service.kept = [
        SilenceView(
            id="s1", matchers=(), starts=0.0, ends=1_700_003_600.0, owner="aya",
            reason="migration", created=0.0, state="active",
        )
    ]  # fmt: skip
    page = running.alert_service.details[0]
    muted = replace(page.alert, silenced_by=("s1",), held_back="silenced")
    running.alert_service.details[0] = replace(page, alert=muted)

    assert kizashi("alert", "show", PAGE_ID) == 0

    out = capsys.readouterr().out
    assert "silenced by s1 until 2023-11-14 23:13:20Z (aya): migration" in out


def test_acknowledging_an_alert_names_who(
    kizashi: Kizashi, capsys: Capture, running: SimpleNamespace
):
    assert kizashi("alert", "ack", PAGE_ID) == 0
    assert capsys.readouterr().out == (
        "ErrorBudgetBurn (page) backend/availability is acknowledged by aya: it is"
        " no longer repeated.\n"
    )
    assert kizashi("alert", "ack", PAGE_ID, "--by", "ken", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["acknowledged"] == {
        "by": "aya",
        "at": 1_700_000_020,
        "remark": "ken",
    }
    assert kizashi("alert", "list") == 0
    assert "taken by aya (ken)" in capsys.readouterr().out
    assert running.alert_service.asked[:2] == [
        ("acknowledge", PAGE_ID, "aya"),
        ("acknowledge", PAGE_ID, "aya", "ken"),
    ]


def test_ending_an_alert_wants_a_reason(
    kizashi: Kizashi, capsys: Capture, running: SimpleNamespace
):
    assert kizashi("alert", "resolve", PAGE_ID) == 2
    assert "--reason is missing" in capsys.readouterr().err
    assert kizashi("alert", "resolve", PAGE_ID, "--reason", "  ") == 1
    assert "that is not blank" in capsys.readouterr().err
    assert kizashi("alert", "resolve", PAGE_ID, "--reason", "rolled back") == 0
    assert "has ended by your word" in capsys.readouterr().out
    assert running.alert_service.asked == [("resolve", PAGE_ID, "aya", "rolled back")]
    assert kizashi("alert", "resolve", PAGE_ID, "--reason", "again") == 1
    assert "is resolved, so there is nothing" in capsys.readouterr().err


@pytest.mark.parametrize("given_id", ["nobody", "a/b", "../silences", "é"])
def test_an_alert_that_there_is_not_is_named(
    kizashi: Kizashi, capsys: Capture, given_id: str
):
    for command in (["show"], ["ack"], ["resolve", "--reason", "x"]):
        assert kizashi("alert", command[0], given_id, *command[1:]) == 1
        assert "HTTP 404" in capsys.readouterr().err


def test_without_a_token_the_way_to_one_is_told(
    running: SimpleNamespace, capsys: Capture
):
    viewer = running.tokens.create("v", Role.VIEWER, now_ms=0).plaintext
    asked = ["alert", "ack", PAGE_ID, "--server", running.url]

    assert run(asked) == 1
    told = capsys.readouterr().err
    assert "kizashi token create --role operator" in told
    assert "KIZASHI_TOKEN" in told
    assert run([*asked, "--token", viewer]) == 1
    told = capsys.readouterr().err
    assert "role viewer. Expected operator" in told
    assert "kizashi token create --role operator" in told


def test_a_server_that_is_not_there_is_named(capsys: Capture):
    assert run(["alert", "list", "--server", "http://127.0.0.1:1"]) == 1

    assert "Cannot reach http://127.0.0.1:1" in capsys.readouterr().err


def test_a_time_ago_that_is_none_is_a_mistake(capsys: Capture):
    assert run(["alert", "list", "--at", "-2hours"]) == 2

    assert "or a time ago such as -2h" in capsys.readouterr().err


def test_a_label_cannot_paint_on_the_terminal(
    kizashi: Kizashi, capsys: Capture, running: SimpleNamespace
):
    page = firing_page()
    labels = page.alert.labels | {"service": "\x1b[2J\u202eevil\n"}
    evil = replace(page.alert, labels=labels, runbook="\x1b[31m")
    running.alert_service.details = [replace(page, alert=evil)]

    for words in (["list"], ["show", PAGE_ID], ["ack", PAGE_ID]):
        assert kizashi("alert", *words) == 0
        assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)


def test_the_worst_comes_first():
    page = firing_page().alert
    order = [
        replace(page, id="1"),
        replace(page, id="2", since=1.0),
        replace(page, id="3", severity="ticket"),
        replace(page, id="4", state="frozen"),
        replace(page, id="5", state="pending"),
        replace(page, id="6", state="resolved"),
        replace(page, id="7", state="snoozed"),
    ]

    assert sorted(order[3:] + order[:3], key=badness) == order


def test_why_nobody_is_told_stands_in_the_list():
    page = firing_page().alert
    silenced = replace(page, held_back="silenced", silenced_by=("s",))
    job = replace(page, labels={"job": "api"}, since=None)

    shown = as_table([silenced, job], "en", color=True)

    assert "silenced" in shown
    assert "\x1b[1;31mfiring\x1b[0m" in shown
    assert shown.splitlines()[2].split()[3:5] == ["api", "-"]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ["list", "show", "ack", "resolve"])
def test_every_command_explains_itself(capsys: Capture, name: str, language: str):
    assert run(["alert", name, "--help", "--language", language]) == 0

    assert f"kizashi alert {name}" in capsys.readouterr().out


def test_an_alert_that_is_not_active_cannot_be_taken(kizashi: Kizashi, capsys: Capture):
    assert kizashi("alert", "ack", TICKET_ID, language="ja") == 1

    assert "引き受けることも終わらせることもできません" in capsys.readouterr().err
