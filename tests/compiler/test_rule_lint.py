"""Rules that promtool's linter has nothing to say of."""

import subprocess
from pathlib import Path

import pytest

from kizashi.cli import run

ROOT = Path(__file__).parents[2]


@pytest.mark.peer("prometheus")
@pytest.mark.parametrize("example", ["sli", "todo"])
def test_the_examples_rules_pass_every_lint(example: str, tmp_path: Path):
    """Several jobs have a TargetDown each; none is the other's duplicate."""
    folder = str(ROOT / "examples" / example)
    run(["compile", "--to", "prometheus", "--out", str(tmp_path), folder])

    told = subprocess.run(
        [  # noqa: S607 - whatever PATH offers
            "promtool",
            "check",
            "rules",
            "--lint=all",
            "--lint-fatal",
            *sorted(tmp_path.glob("*.rules.yaml")),
        ],
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, told.stderr
