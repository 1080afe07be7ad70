"""The command of a checkout: what it says where it cannot do what it was told."""

import shutil
import subprocess
from pathlib import Path

KZ = Path(__file__).parents[1] / "kz"


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(folder / "kz"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def test_an_unknown_command_is_named_beside_the_known_ones():
    code, said = run(KZ.parent, "tset")

    assert code == 2
    assert "kz: there is no command tset" in said
    assert "./kz test" in said


def test_a_checkout_that_cannot_be_written_says_what_to_do(tmp_path: Path):
    shutil.copy(KZ, tmp_path / "kz")
    (tmp_path / "requirements").mkdir()
    for name in ("boot", "run"):
        (tmp_path / "requirements" / f"{name}.txt").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".kz").touch()

    code, said = run(tmp_path, "serve")

    assert code == 2
    assert f"may not write {tmp_path}/.kz" in said
    assert f"cp -R '{tmp_path}'" in said
