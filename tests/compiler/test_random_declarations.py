"""Whatever is declared, the unit tests of its rules pass in the real promtool."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from random_declarations import declaration

from kizashi.compiler import load_target

pytestmark = pytest.mark.peer("prometheus")

#: So many are judged by one promtool.
AT_ONCE = 20


def check(folder: Path, seeds: Iterable[int], *, is_dear: bool) -> None:
    """Let promtool run the unit tests of declarations; each must have some.

    Args:
        folder: Where they go.
        seeds: The declarations.
        is_dear: Whether they may be dear, and all their stories are told.
    """
    tests = []
    for seed in seeds:
        drawn = declaration(seed, is_dear=is_dear)
        compiled = load_target("prometheus").compile(
            drawn.services, drawn.configuration, drawn.options
        )
        own = folder / str(seed)
        for file in compiled.files:
            path = own / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text)
        stories, limits, figures = (
            [str(path) for path in own.glob(f"tests/*.{name}.test.yaml")]
            for name in ("stories", "*limits", "figures")
        )
        # Some series is found for each, and each pair has its limit tried.
        assert stories, drawn.text
        assert limits, drawn.text
        if not is_dear:
            _keep_a_third(Path(stories[0]), seed)
        tests += stories + limits + figures
    done = subprocess.run(
        ["promtool", "test", "rules", *tests],  # noqa: S607 - the peer that PATH offers
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _keep_a_third(path: Path, number: int) -> None:
    """Leave every third story in a file of unit tests, beginning with one of three."""
    head, *stories = path.read_text().split("\n  - name: ")
    kept = stories[number % 3 :: 3] or stories
    path.write_text("\n  - name: ".join([head, *kept]) + "\n")


@pytest.mark.parametrize("first", [0, pytest.param(AT_ONCE, marks=pytest.mark.nightly)])
def test_the_unit_tests_of_random_declarations_pass(tmp_path: Path, first: int):
    check(tmp_path, range(first, first + AT_ONCE), is_dear=False)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(1_000, 1_500, AT_ONCE))
def test_the_unit_tests_of_many_random_declarations_pass(tmp_path: Path, first: int):
    check(tmp_path, range(first, first + AT_ONCE), is_dear=True)
