"""What guides show of commands that need no server is what these print."""

import re
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.messages import render

DOCS = Path(__file__).parents[2] / "docs"
BY_LANGUAGE = pytest.mark.parametrize("language", ["en", "ja"])


def page(language: str, name: str) -> str:
    return (DOCS / language / "howto" / name).read_text("utf-8")


@BY_LANGUAGE
def test_the_policy_shown_is_what_the_command_prints(
    language: str, capsys: pytest.CaptureFixture[str]
):
    text = page(language, "choose-a-policy.md")
    (shown,) = re.findall(r"^```text\n(.*?)^…$", text, re.MULTILINE | re.DOTALL)

    run(["policy", "google-30d", "--target", "99.9%", "--language", language])

    assert capsys.readouterr().out.startswith(shown)


def test_little_traffic_makes_a_page_as_late_as_the_guide_says(
    capsys: pytest.CaptureFixture[str],
):
    text = page("en", "choose-a-policy.md")
    (line,) = re.findall(r"^kizashi (policy .* --rate .*)$", text, re.MULTILINE)

    run([*line.split(), "--language", "en"])

    (row,) = re.findall(
        r"^ *100% .* page +(.*)$", capsys.readouterr().out, re.MULTILINE
    )
    assert row.startswith("2m 30s")


@BY_LANGUAGE
def test_a_backup_and_its_way_back_say_what_the_guide_shows(language: str):
    text = page(language, "back-up-and-restore.md")
    saved, restored = re.findall(
        r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    to, data = "/srv/backup/kizashi-2026-11-24", "/var/lib/kizashi"

    figures = {"count": 2, "bytes": "278,528"}
    assert saved == render(language, "backup.done", to=to, **figures) + "\n"
    assert restored == render(language, "restore.done", data=data, **figures) + "\n"
