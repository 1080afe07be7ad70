"""``kizashi silence``, asking a real server over a socket."""

import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from kizashi.cli import run
from kizashi.ports.alert_service import DamagedSilencesView
from kizashi.ports.tokens import Role

Capture = pytest.CaptureFixture[str]
Kizashi = Callable[..., int]
ID = "0000000000000001"


@pytest.fixture
def kizashi(running: SimpleNamespace) -> Kizashi:
    """Return a function that runs ``kizashi silence`` with an operator's token."""
    token = running.tokens.create("aya", Role.OPERATOR, now_ms=0).plaintext

    def ask(*words: str, language: str = "en") -> int:
        return run(
            [
                "silence", *words, "--server", running.url, "--token", token,
                "--language", language,
            ]
        )  # fmt: skip

    return ask


def test_an_objective_is_silenced_for_a_while_and_again_heard(
    kizashi: Kizashi, capsys: Capture
):
    words = ["backend/availability", "--reason", "移行", "--for", "2h"]
    assert kizashi("add", *words) == 0
    assert capsys.readouterr().out == (
        f"Silence {ID} holds until 2023-11-15 00:13:40Z. Alerts that stand and are"
        " muted by it: 1.\n"
    )
    assert kizashi("list") == 0
    assert capsys.readouterr().out == (
        "STATE   MATCHERS                                     FROM                 "
        " UNTIL                 MUTES  OWNER  REASON  ID\n"
        'active  service="backend", objective="availability"  2023-11-14 22:13:40Z '
        " 2023-11-15 00:13:40Z      1  aya    移行    0000000000000001\n"
    )
    assert kizashi("end", ID, language="ja") == 0
    assert capsys.readouterr().out == f"サイレンス {ID} を終えました。\n"
    assert kizashi("list") == 0
    assert capsys.readouterr().out == "No silence is in force.\n"


def test_matchers_an_end_and_an_owner_reach_the_server(
    kizashi: Kizashi, capsys: Capture, running: SimpleNamespace
):
    words = ["--matcher", "severity=page", "--matcher", "service=~b.*"]
    when = ["--until", "2023-11-15 00:00:00Z"]
    assert (
        kizashi(
            "add", *words, *when, "--reason", "x", "--owner", "ken", "--format", "json"
        )
        == 0
    )

    made = json.loads(capsys.readouterr().out)
    assert made["owner"] == "ken"
    assert made["ends"] == 1_700_006_400
    assert made["matchers"] == [
        {"name": "severity", "op": "=", "value": "page"},
        {"name": "service", "op": "=~", "value": "b.*"},
    ]
    assert [s.id for s in running.alert_service.kept] == [ID]
    assert kizashi("list", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["silences"] == [made]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--reason", "x", "--for", "1h"], "either an objective or matchers"),
        (["a/b", "--matcher", "c=d", "--reason", "x", "--for", "1h"], "and not both"),
        (["a/b", "--reason", "x"], "--for, or until when with --until"),
        (["a/b", "--reason", "x", "--for", "1h", "--until", "5"], "and not both"),
        (["a/b", "--for", "1h"], "--reason is missing"),
    ],
)
def test_arguments_that_make_no_sense_are_explained(
    kizashi: Kizashi, capsys: Capture, words: list[str], said: str
):
    assert kizashi("add", *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backend/nothing", "--for", "1h"], "There is no objective 'nothing'"),
        (["backend", "--for", "1h"], "an objective as service/objective"),
        (["backend/availability", "--for", "1 hour"], "such as 30s, 5m or 1h"),
        (["backend/availability", "--until", "noon"], "RFC 3339"),
        (["backend/availability", "--until", "1700000000"], "in the future"),
        (["--matcher", "severity", "--for", "1h"], 'such as severity="page"'),
        (["--matcher", "a=~.*", "--for", "1h"], "silence everything"),
    ],
)
def test_what_the_server_refuses_is_told(
    kizashi: Kizashi, capsys: Capture, words: list[str], said: str
):
    assert kizashi("add", *words, "--reason", "x") == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "silences that mute nothing: 2, the first found 2023-11-14 22:00:00Z"),
        ("ja", "サイレンスが 2 件あります (最初に見つかったのは 2023-11-14 22:00:00Z)"),
    ],
)
def test_silences_that_are_damaged_are_told_of_with_what_to_do(
    kizashi: Kizashi,
    capsys: Capture,
    running: SimpleNamespace,
    language: str,
    said: str,
):
    running.alert_service.damaged = DamagedSilencesView(2, 1_699_999_200.5)

    assert kizashi("list", language=language) == 0
    error = capsys.readouterr().err
    assert said in error
    assert "`kizashi verify`" in error
    assert kizashi("list", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"silences": [], "damaged": {"count": 2, "since": 1_699_999_200.5}}


def test_a_silence_that_there_is_not_is_named(kizashi: Kizashi, capsys: Capture):
    assert kizashi("end", "nobody") == 1
    assert "There is no silence 'nobody' to end" in capsys.readouterr().err


def test_silencing_wants_an_operator(running: SimpleNamespace, capsys: Capture):
    words = ["silence", "add", "backend/availability", "--reason", "x", "--for", "1h"]

    assert run([*words, "--server", running.url, "--language", "ja"]) == 1

    assert "kizashi token create --role operator" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ["add", "list", "end"])
def test_every_command_explains_itself(capsys: Capture, name: str, language: str):
    assert run(["silence", name, "--help", "--language", language]) == 0

    assert f"kizashi silence {name}" in capsys.readouterr().out
