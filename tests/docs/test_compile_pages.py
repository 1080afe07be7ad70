"""What guides show of `kizashi compile` is what it prints, and what it makes is sound."""

import re
import shlex
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from kizashi.cli import run

ROOT = Path(__file__).parents[2]
BY_LANGUAGE = pytest.mark.parametrize("language", ["en", "ja"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the example, as a checkout does."""
    for name in ("todo", "openslo"):
        shutil.copytree(ROOT / "examples" / name, tmp_path / "examples" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str, name: str) -> list[tuple[str, str]]:
    page = ROOT / "docs" / language / "howto" / name
    return BLOCK.findall(page.read_text("utf-8"))


def follow(
    shown: list[tuple[str, str]], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Do what a page says; what it prints must be what stands below it."""
    for (kind, text), (below, expected) in pairwise(shown):
        if kind != "sh" or below != "text":
            continue
        printed = ""
        for line in text.splitlines():
            program, *tokens = shlex.split(line)
            if program == "kizashi":
                assert run([*tokens, "--language", language]) == 0
                printed += capsys.readouterr().out
            else:
                subprocess.run([program, *tokens], check=True, capture_output=True)
        assert printed == expected


@pytest.mark.usefixtures("here")
@BY_LANGUAGE
@pytest.mark.parametrize(
    "name", ["see-dashboards.md", "run-with-the-operator.md", "use-openslo.md"]
)
def test_a_guide_is_followed_to_the_letter(
    name: str, language: str, capsys: pytest.CaptureFixture[str]
):
    follow(blocks(language, name), language, capsys)


@pytest.mark.peer("prometheus-alertmanager")
@pytest.mark.peer("prometheus-blackbox-exporter")
@BY_LANGUAGE
def test_configurations_are_compiled_and_judged_as_the_guide_says(
    here: Path, language: str, capsys: pytest.CaptureFixture[str]
):
    shown = blocks(language, "compile-configurations.md")
    (configuration,) = [text for kind, text in shown if kind == "yaml"]
    (here / "kizashi.yaml").write_text(configuration, encoding="utf-8")
    shutil.copy(here / "examples" / "todo" / "todo-api.yaml", here)

    follow(shown, language, capsys)
