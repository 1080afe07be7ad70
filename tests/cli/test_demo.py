"""`kizashi demo`: what it refuses, and where it looks for what it needs."""

import os
import sys
from pathlib import Path

import pytest

import kizashi
from kizashi.cli import run
from kizashi.cli.demo import find_checkout

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rate", "0"), "--rate takes"),
        (("--rate", "101"), "--rate takes"),
        (("--duration", "0s"), "--duration takes"),
        (("--duration", "25h"), "--duration takes"),
        (("--duration", "1500ms"), "--duration takes"),
        (("--duration", "soon"), "--duration takes"),
        (("--port", "65536"), "A port is"),
        (("--history", "31"), "--history takes"),
        (("--services-python", "/nowhere/python"), "The application's services"),
    ],
)
def test_bad_options_end_with_two_and_start_nothing(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
):
    assert run(["demo", *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(said)


def test_an_installed_package_says_that_the_demo_needs_a_checkout(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(kizashi, "__file__", str(tmp_path / "a/b/__init__.py"))
    assert run(["demo", "--language", "ja"]) == 2
    assert "./kz demo" in capsys.readouterr().err


def test_the_checkout_is_where_the_reference_application_is():
    assert find_checkout() == ROOT


class Became(Exception):  # noqa: N818 - it is what happened
    """What this process would have become."""


def test_the_application_is_run_with_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """The command becomes it: what it prints and how it ends are its own."""
    python = tmp_path / "python"
    python.touch()

    def become(program: str, command: list[str]) -> None:
        raise Became(program, command)

    monkeypatch.setattr(os, "execv", become)
    options = ["--duration", "90s", "--rate", "2.5", "--free-ports", "--port", "9"]
    asked = ["demo", "--language", "ja", "--services-python", str(python), *options]
    with pytest.raises(Became) as caught:
        run(asked)
    program, command = caught.value.args
    assert (program, command[0]) == (sys.executable, sys.executable)
    assert command[1:3] == [str(ROOT / "reference-app"), "demo"]
    assert command[3:] == [
        *("--language", "ja", "--rate", "2.5", "--duration", "1m30s"),
        *("--history", "30", "--python", str(python), "--port", "9", "--free-ports"),
    ]
