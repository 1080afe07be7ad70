"""``kizashi status``, asking a real server over a socket."""

import io
import json
import os
import pty
import socket
import termios
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from kizashi.app.answers import NoteView
from kizashi.cli import run
from kizashi.cli.status import (
    Budget,
    BurnRate,
    PairWindows,
    StatusAlert,
    StatusNote,
    StatusObjective,
    as_table,
    badness,
    burn_text,
    empty_text,
    percent,
)
from kizashi.cli.text.terminal import columns_of
from kizashi.ports.tokens import Role
from kizashi.slo.standing import Burning

LINES = """\
OBJECTIVE             TARGET      NOW  WINDOW     LEFT  MINUTES         BURN  EMPTY IN  COVERAGE  STATE    EVENTS  ALERTS
backend/availability   99.9%   99.80%     30d  -100.0%    -43.2  100 (1h/5m)     spent       50%  live      1,000  page firing
検索/応答時間          99.9%  no data     30d        -        -            -         -        0%  unknown       0  -
"""
Capture = pytest.CaptureFixture[str]


closed_to_strangers = pytest.mark.parametrize("running", ["other"], indirect=True)


def test_each_objective_has_a_line_the_worst_first(
    running: SimpleNamespace, capsys: Capture
):
    assert run(["status", "--server", running.url]) == 0

    assert capsys.readouterr().out == LINES


NARROW = """\
OBJECTIVE                 NOW     LEFT         BURN  COVERAGE  ALERTS
backend/availability   99.80%  -100.0%  100 (1h/5m)       50%  page firing
検索/応答時間         no data        -            -        0%  -

Left out to fit this terminal: EVENTS, MINUTES, WINDOW, TARGET, STATE, EMPTY IN. \
A wider one or --format json shows everything.
"""


@pytest.mark.parametrize(
    ("columns", "shown"), [(80, NARROW), (126, LINES), (None, LINES)]
)
def test_a_narrow_terminal_is_shown_what_matters(
    running: SimpleNamespace,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    columns: int | None,
    shown: str,
):
    monkeypatch.setattr("kizashi.cli.status.columns_of", lambda _: columns)

    assert run(["status", "--server", running.url]) == 0

    assert capsys.readouterr().out == shown


def test_a_terminal_says_how_wide_it_is():
    main, side = pty.openpty()
    termios.tcsetwinsize(side, (24, 80))
    with os.fdopen(side, "w") as terminal:
        assert columns_of(terminal) == 80
        termios.tcsetwinsize(main, (24, 0))
        assert columns_of(terminal) is None
    os.close(main)
    assert columns_of(io.StringIO()) is None


def test_the_line_is_in_the_readers_language(running: SimpleNamespace, capsys: Capture):
    assert run(["status", "--server", running.url, "--language", "ja"]) == 0

    head, first, _ = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["目標", "目標値", "現在"]
    assert first.split()[-2:] == ["page", "発報中"]


def test_json_is_what_the_server_said(running: SimpleNamespace, capsys: Capture):
    assert run(["status", "--server", f"{running.url}/", "--format", "json"]) == 0

    found = json.loads(capsys.readouterr().out)["objectives"]
    assert [o["service"] for o in found] == ["backend", "検索"]
    assert found[0]["budget"]["remaining"] == -1


def test_a_time_past_can_be_asked_for(running: SimpleNamespace, capsys: Capture):
    asked = ["--at", "2026-11-25 12:00:00Z", "--format", "json"]
    assert run(["status", "--server", running.url, *asked]) == 0

    found = json.loads(capsys.readouterr().out)["objectives"]
    assert {o["at"] for o in found} == {1_795_608_000}


def test_rules_are_compared_as_they_are_now(running: SimpleNamespace, capsys: Capture):
    assert run(["status", "--server", running.url, "--drift", "--at", "-1h"]) == 2

    assert "leave --at out" in capsys.readouterr().err


def test_no_objective_is_said_so(running: SimpleNamespace, capsys: Capture):
    running.answers.views = ()

    assert run(["status", "--server", running.url]) == 0

    assert capsys.readouterr().out.startswith("No objective is declared.")


def test_figures_that_damage_touches_are_not_shown_without_its_note(
    running: SimpleNamespace, capsys: Capture
):
    params = {"rows": "3", "start": "10:00", "end": "12:00"}
    view = running.answers.views[0]
    noted = replace(view, notes=(NoteView("ledger.damaged.samples", params),))
    running.answers.views = (noted,)

    assert run(["status", "--server", running.url]) == 0

    told = capsys.readouterr().out.splitlines()[2]
    name = f"{view.service}/{view.objective}: "
    assert told.startswith(f"{name}Stored samples from 10:00 to 12:00 are damaged")


def test_a_name_cannot_paint_on_the_terminal(running: SimpleNamespace, capsys: Capture):
    evil = replace(running.answers.views[0], service="\x1b[2J\u202eevil\n")
    running.answers.views = (evil,)

    assert run(["status", "--server", running.url]) == 0

    out = capsys.readouterr().out
    assert len(out.splitlines()) == 2
    assert not {"\x1b", "\u202e"} & set(out)


@closed_to_strangers
def test_a_token_may_come_from_the_environment(
    running: SimpleNamespace, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    issued = running.tokens.create("t", Role.VIEWER, now_ms=0)
    asked = ["status", "--server", running.url]

    assert run(asked) == 1
    err = capsys.readouterr().err
    assert "wants a token" in err
    assert "--token or in KIZASHI_TOKEN" in err
    assert run([*asked, "--token", issued.plaintext]) == 0
    monkeypatch.setenv("KIZASHI_TOKEN", issued.plaintext)
    assert run(asked) == 0
    monkeypatch.setenv("KIZASHI_TOKEN", "kz_wrong")
    capsys.readouterr()
    assert run([*asked, "--language", "ja"]) == 1
    assert "このトークンは登録されていないか" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_named_with_what_to_do(capsys: Capture):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert run(["status", "--server", f"http://127.0.0.1:{port}"]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"Cannot reach http://127.0.0.1:{port}: nothing listens there. Start"
        " `kizashi serve`, or name the server with --server.\n"
    )


@pytest.mark.parametrize(
    "server",
    [
        "ftp://x", "127.0.0.1:9470", "http://", "http://u:p@h", "http://h:99999",
        "http://h?x=1", "http://[::1", "", "http://a..b",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(capsys: Capture, server: str):
    assert run(["status", "--server", server]) == 1

    assert "is not the address of a server" in capsys.readouterr().err


def _ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


ANSWERS = {
    "html": (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "as Kizashi does"),
    "other json": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "as Kizashi does",
    ),
    "error": (b"HTTP/1.1 502 X\r\nContent-Length: 3\r\n\r\nbad", "(HTTP 502)"),
    "refusal": (
        b"HTTP/1.1 503 X\r\nContent-Length: 37\r\n\r\n"
        b'{"error":{"message":"not just now. "}}'[: 37 + 100],
        "HTTP 503",
    ),
    "nested": (_ok(b'{"x":%b}' % (b"[" * 9_000 + b"]" * 9_000)), "as Kizashi does"),
    "no utf-8": (_ok(b'{"objectives":[{"service":"\xff"}]}'), "as Kizashi does"),
    "nested refusal": (
        b"HTTP/1.1 502 X\r\n\r\n" + b'{"x":%b' % (b"[" * 9_000),
        "(HTTP 502)",
    ),
    "no http": (b"SSH-2.0-OpenSSH_9\r\n", "Cannot reach"),
    "nothing": (b"", "Cannot reach"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_is_no_kizashi_is_named(capsys: Capture, kind: str):
    content, said = ANSWERS[kind]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_once() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(content)

        thread = threading.Thread(target=answer_once)
        thread.start()
        port = listening.getsockname()[1]
        assert run(["status", "--server", f"http://127.0.0.1:{port}"]) == 1
        thread.join(timeout=10)

    assert said in capsys.readouterr().err


def objective(name: str, **changes: object) -> StatusObjective:
    values: dict[str, object] = {
        "service": "s",
        "objective": name,
        "target": 0.999,
        "window": "30d",
        "valid": 10,
        "sli": 1.0,
        "coverage": 1.0,
        "state": "live",
        "budget": Budget(1.0, 43.2, None),
        "burn_rates": (),
        "alerts": (),
    }
    return StatusObjective(**(values | changes))  # type: ignore[arg-type]


def test_the_worst_is_what_the_pages_put_first():
    fast = (StatusAlert("page", "inactive", (PairWindows("3d", "1h"),)),)
    order = [
        objective("pages", alerts=(StatusAlert("page", "firing"),)),
        objective("frozen", alerts=(StatusAlert("page", "frozen"),)),
        objective("ticket", alerts=(StatusAlert("ticket", "firing"),)),
        objective("odd", state="invalid", budget=Budget(None, None, None)),
        objective("broken", state="broken"),
        objective("no data", sli=None, state="unknown",
                  budget=Budget(None, None, None)),
        objective("spent", budget=Budget(0.0, 0.0, 0.0)),
        objective("burns", alerts=fast,
                  burn_rates=(BurnRate("1h", 2.0), BurnRate("3d", 3.0))),
        objective("little left", budget=Budget(0.05, 1.0, 60.0)),
        objective("calm", alerts=(StatusAlert("page", "inactive"),)),
    ]  # fmt: skip

    shuffled = order[4:] + order[:4]

    assert sorted(shuffled, key=badness) == order


@pytest.mark.parametrize(
    ("ratio", "decimals", "text"),
    [
        (1.0, 2, "100.00%"),
        (0.99999, 2, "99.99%"),
        (0.999999999, 0, "99%"),
        (0.9995, 3, "99.950%"),
        (0.29, 0, "29%"),
        (0.0, 1, "0.0%"),
        (0.0001, 1, "0.0%"),
        (-0.00001, 1, "-0.1%"),
        (-12.5, 1, "-1,250.0%"),
    ],
)
def test_a_percentage_never_flatters(ratio: float, decimals: int, text: str):
    assert percent(ratio, decimals) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0, "spent"),
        (0.5, "500 ms"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (86_399, "23 h 59 min"),
        (86_400 * 40 + 3_600 * 5, "40 d 5 h"),
    ],
)
def test_a_time_to_empty_has_two_units(seconds: float | None, text: str):
    assert empty_text(seconds, "en") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00 (1h/5m)"),
        (1.005, "1.00 (1h/5m)"),
        (14.4, "14.4 (1h/5m)"),
        (7200, "7,200 (1h/5m)"),
    ],
)
def test_a_burn_rate_names_the_windows_that_have_it(value: float, text: str):
    assert burn_text(Burning(value, "1h", "5m")) == text


def test_without_a_burn_rate_there_is_a_dash():
    assert burn_text(None) == "-"


def test_a_burn_is_what_both_windows_of_a_pair_agree_on():
    # 10 in an hour of which the last five minutes are well; 7 and 8 in six hours.
    pairs = (PairWindows("1h", "5m"), PairWindows("6h", "30m"))
    rates = (("1h", 10.0), ("5m", 0.0), ("6h", 8.0), ("30m", 7.0))
    view = objective(
        "x",
        alerts=(StatusAlert("page", "firing", pairs),),
        burn_rates=tuple(BurnRate(window, value) for window, value in rates),
    )

    assert "7.00 (6h/30m)" in as_table([view], "en")


def test_an_alert_state_from_a_newer_server_is_shown_as_it_is():
    shown = as_table([objective("x", alerts=(StatusAlert("page", "snoozed"),))], "en")

    assert shown.endswith("page snoozed")


def test_colour_says_nothing_that_words_do_not_say():
    views = [
        objective("pages", alerts=(StatusAlert("page", "firing"),), sli=0.5),
        objective("dark", coverage=0.1, state="broken"),
    ]

    colored = as_table(views, "en", color=True)

    assert "\x1b[1;31mpage firing\x1b[0m" in colored
    assert "\x1b" not in as_table(views, "en")


def test_a_target_is_shown_with_the_decimals_it_has():
    shown = as_table([objective("x", target=0.99995, sli=0.999964)], "en")

    assert "99.995%  99.9964%" in shown


@pytest.mark.parametrize(("language", "word"), [("en", "Usage"), ("ja", "使い方")])
def test_help_is_in_both_languages(capsys: Capture, language: str, word: str):
    assert run(["status", "--help", "--language", language]) == 0

    assert capsys.readouterr().out.startswith(word)


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Simulated"), ("ja", "シミュレーション")]
)
def test_what_a_demo_made_up_is_marked(language: str, word: str):
    made_up = objective("latency", simulated_until=1_700_000_000.0)

    table = as_table([objective("availability"), made_up], language)
    head, real, marked, empty, told = (
        table.splitlines()[:1]
        + sorted(table.splitlines()[1:3], key=lambda line: "*" in line)
        + table.splitlines()[3:]
    )

    assert head
    assert "*" not in real
    assert "s/latency *" in marked
    assert empty == ""
    assert told.startswith(f"* {word}")
    assert "2023-11-14 22:13:20Z" in told


@pytest.mark.parametrize(("language", "word"), [("en", " invalid "), ("ja", " 無効 ")])
def test_impossible_figures_come_before_sound_ones_and_name_their_reason(
    language: str, word: str
):
    nothing = Budget(None, None, None)
    why = StatusNote("126 good events of 90 valid ones are impossible.")
    odd = objective("odd", state="invalid", sli=None, budget=nothing, fault=why)

    table = as_table([objective("well"), odd], language).splitlines()

    assert table[1].startswith("s/odd")
    assert word in f"{table[1]} "
    assert "%" not in table[1].split("30d")[1].replace("100%", "")
    assert table[-1] == f"s/odd: {why.text}"


@pytest.mark.parametrize(
    ("left", "tone"), [(0.3, "32"), (0.2, "33"), (0.0, "1;31"), (-1.0, "1;31")]
)
def test_a_budget_is_low_below_a_quarter_as_it_is_on_the_pages(left: float, tone: str):
    view = objective("x")
    view.budget.remaining_ratio = left

    shown = f"{100 * left:.1f}%"
    assert f"\x1b[{tone}m{shown}\x1b[0m" in as_table([view], "en", color=True)
