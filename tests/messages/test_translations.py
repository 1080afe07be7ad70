"""The catalogue goes to a translator and comes back."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the tables and of the script."""
    shutil.copytree(
        ROOT / "src" / "kizashi" / "messages", tmp_path / "src/kizashi/messages"
    )
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "translations", tmp_path / "scripts")
    return tmp_path


def translations(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, checkout / "scripts" / "translations", *arguments]
    return subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, check=False
    )


def tables(checkout: Path) -> dict[str, bytes]:
    folder = checkout / "src/kizashi/messages"
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


def test_what_was_not_touched_changes_nothing(checkout: Path):
    before = tables(checkout)

    assert translations(checkout, "export", "ja.po").returncode == 0
    applied = translations(checkout, "apply", "ja.po")

    assert applied.returncode == 0, applied.stderr
    assert tables(checkout) == before
    with (checkout / "ja.po").open("rb") as file:
        assert len(read_po(file)) > 500


def test_a_translators_word_lands_in_the_table(checkout: Path):
    translations(checkout, "export", "ja.po")
    po = checkout / "ja.po"
    text = po.read_text(encoding="utf-8")
    assert 'msgstr "データなし"' in text
    po.write_text(text.replace('msgstr "データなし"', 'msgstr "「無し」\\n"'), "utf-8")

    applied = translations(checkout, "apply", "ja.po")

    assert applied.stdout.startswith("changed: 1;")
    status = tables(checkout)["status.py"].decode()
    assert '"status.none": ("no data", "「無し」\\n")' in status
    assert (
        tables(checkout)["cli.py"]
        == (ROOT / "src/kizashi/messages/cli.py").read_bytes()
    )


def test_wrong_placeholders_are_refused_together_and_nothing_is_written(checkout: Path):
    translations(checkout, "export", "ja.po")
    po, before = checkout / "ja.po", tables(checkout)
    text = po.read_text(encoding="utf-8")
    text = text.replace('msgstr "使い方: {how}"', 'msgstr "使い方: {who}"')
    text = text.replace(
        'msgstr "{name} がありません。"', 'msgstr "{name がありません。"'
    )
    po.write_text(text, "utf-8")

    applied = translations(checkout, "apply", "ja.po")

    assert applied.returncode == 1
    assert "cli.usage: the English has the placeholders ['how']" in applied.stderr
    assert "cli.usage.missing" in applied.stderr
    assert tables(checkout) == before
