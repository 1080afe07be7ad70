"""The page about `kizashi import` shows what the command prints and writes."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.importers import DIALECTS
from kizashi.proof.cases import CASES

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BY_LANGUAGE = pytest.mark.parametrize("language", ["en", "ja"])


def text_of(language: str) -> str:
    return (ROOT / "docs" / language / "howto" / "import.md").read_text("utf-8")


@BY_LANGUAGE
def test_the_example_is_carried_as_the_page_says(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    given, commands, printed, written = (
        text for _, text in BLOCK.findall(text_of(language))[:4]
    )
    Path("sloth.yaml").write_text(given, encoding="utf-8")

    for line in commands.splitlines():
        assert run([*shlex.split(line)[1:], "--language", language]) == 0

    assert capsys.readouterr().out == printed
    assert Path("declarations/shop.yaml").read_text("utf-8") == written


@BY_LANGUAGE
def test_every_dialect_has_a_section(language: str):
    titles = re.findall(r"^## (.+)$", text_of(language), re.MULTILINE)
    slugs = {re.sub(r"[^a-z]+", "-", title.lower()).strip("-") for title in titles}

    assert set(DIALECTS) <= slugs


NAMES = {"slo-generator": "slo-generator", "openslo": "OpenSLO"}
DIALECT = pytest.mark.parametrize("dialect", DIALECTS)


def example(language: str, dialect: str) -> list[tuple[str, str]]:
    """Return the blocks from a dialect's file to its proof."""
    page = text_of(language)
    name = NAMES.get(dialect, dialect.capitalize())
    section = page.partition(f"\n### {name}: ")[2].partition("\n### ")[0]
    found = BLOCK.findall(section)
    return found if found[0][0] == "yaml" else [BLOCK.findall(page)[0], *found]


@BY_LANGUAGE
@DIALECT
@pytest.mark.peer("prometheus")
def test_each_dialect_goes_from_its_file_to_rules_that_promtool_runs(
    language: str,
    dialect: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    (_, given), (_, commands), (_, printed), (_, programs), *_ = example(
        language, dialect
    )
    lines = [shlex.split(line) for line in commands.splitlines()]
    Path(lines[0][-1]).write_text(given, encoding="utf-8")

    for _, *tokens in lines:
        assert run([*tokens, "--language", language]) == 0
    assert capsys.readouterr().out == printed

    if language == "en":  # Expressions know no language.
        for line in programs.splitlines():
            *command, pattern = shlex.split(line)
            files = sorted(map(str, Path().glob(pattern)))
            assert files
            subprocess.run([*command, *files], check=True, capture_output=True)


@pytest.mark.nightly
@BY_LANGUAGE
@DIALECT
@pytest.mark.peer("prometheus")
def test_the_proof_shown_is_what_the_command_prints(
    language: str,
    dialect: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    (_, given), _, _, _, (_, command), (_, shown) = example(language, dialect)
    _, *tokens = shlex.split(command)
    Path(tokens[-1]).write_text(given, encoding="utf-8")

    assert run([*tokens, "--language", language]) == 0
    assert capsys.readouterr().out.endswith(shown)


@BY_LANGUAGE
def test_every_case_is_told(language: str):
    assert set(
        re.findall(r"^\| `([a-z-]+)` \|", text_of(language), re.MULTILINE)
    ) >= set(CASES)
