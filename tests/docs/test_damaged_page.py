"""The guide for damaged files, run on a folder that is."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from harness.damaging import BAD, HOUR, NOW, House, Opened, flip_chunk, write_history
from kizashi.cli import run
from kizashi.offline.backup import back_up
from kizashi.statedb.database import open_state

DOCS = Path(__file__).parents[2] / "docs"
DATA, BACKUPS = "/var/lib/kizashi", "/srv/backup"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_command_does_what_the_guide_says(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    text = (DOCS / language / "howto" / "when-files-are-damaged.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    (shown,) = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    folder = tmp_path / "lib"
    folder.mkdir()
    house = House(write_history(folder) / "samples.db")
    house.figures()
    open_state(folder, NOW).close()
    back_up(folder, tmp_path / "backup" / "kizashi-2026-11-24")
    flip_chunk(house, BAD, NOW - 20 * HOUR)

    def here(line: str) -> str:
        return line.replace(DATA, str(folder)).replace(
            BACKUPS, str(tmp_path / "backup")
        )

    codes = []
    for command in commands:
        program, *rest = shlex.split(here(command))
        if program == "mv":
            codes.append(0)
            shutil.move(*rest)
            continue
        capsys.readouterr()
        codes.append(run([*rest, "--language", language]))
        if command == f"kizashi verify --data {DATA}":
            assert capsys.readouterr().out == here(shown)
    # Damaged; a sound backup; moved, restored; salvaged, restored, and still damaged.
    assert codes == [1, 0, 0, 0, 0, 0, 1]
    for data, coverage in ((folder, 1.0), (Path(f"{folder}.salvaged"), 0.95)):
        with Opened(data / "samples.db") as opened:
            [view] = opened.answers.objectives()
        assert view.coverage >= coverage
