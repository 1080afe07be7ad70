"""The page about `kizashi import` shows what the command prints and writes."""

import re
import shlex
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.importers import DIALECTS

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
