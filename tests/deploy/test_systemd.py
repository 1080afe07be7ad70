"""The unit file says what the command line takes, and systemd takes the unit file."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from kizashi.cli import build_app
from kizashi.messages import LANGUAGES

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "kizashi.service"


def setting(name: str) -> list[str]:
    lines = UNIT.read_text().splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_of_the_unit_is_one_that_serve_takes(language: str) -> None:
    [command] = setting("ExecStart")
    program, *tokens = shlex.split(command)
    assert program.endswith("/kizashi")
    _, bound, _ = build_app(language, tokens).parse_args(
        tokens, exit_on_error=False, print_error=False
    )
    assert bound.arguments["listen"] == "127.0.0.1:9470"


def test_a_crash_is_followed_by_a_start_for_ever() -> None:
    assert setting("Restart") == ["always"]
    assert setting("StartLimitIntervalSec") == ["0"]


@pytest.mark.peer("systemd")
def test_systemd_finds_nothing_wrong_but_the_absent_program(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    true = shutil.which("true")
    text = UNIT.read_text().replace("/opt/kizashi/bin/kizashi", str(true))
    unit.write_text(text)
    ran = subprocess.run(
        [str(shutil.which("systemd-analyze")), "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr.replace(str(unit), "").strip() == ""


@pytest.mark.peer("systemd")
def test_what_the_unit_refuses_is_refused_and_kills_nothing() -> None:
    """Without an error number the kernel ends the process: numpy's mbind did that."""
    assert setting("SystemCallErrorNumber") == ["EPERM"]
    ran = subprocess.run(
        [str(shutil.which("systemd-analyze")), "syscall-filter", "@resources"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "mbind" in ran.stdout.split()


def test_the_guide_installs_this_unit() -> None:
    for language in LANGUAGES:
        guide = UNIT.parents[2] / "docs" / language / "howto" / "run-as-a-service.md"
        assert "install -m 0644 deploy/systemd/kizashi.service" in guide.read_text()
