"""`kizashi demo`: what it refuses, and where it looks for what it needs."""

import socket
from pathlib import Path

import pytest

import kizashi
from kizashi.cli import run
from kizashi.runtime import demo
from kizashi.runtime.demo import find_checkout, free_port

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
        (("--api-port", "-1"), "A port is"),
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


def test_a_free_port_is_kept_and_a_taken_one_is_replaced():
    with socket.create_server((demo.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) not in {0, port}
    assert free_port(port) == port
