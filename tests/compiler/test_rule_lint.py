"""Rules and dashboards that no linter has anything to say of."""

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


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("prometheus", []),
        ("prometheus", ["--sloth-names"]),
        ("vmalert", []),
        ("prometheus-operator", []),
        ("grafana", []),
        ("openslo", []),
    ],
    ids=str,
)
@pytest.mark.parametrize("example", ["sli", "todo", "openslo"])
def test_our_own_linter_finds_nothing_in_what_we_make(
    example: str,
    target: str,
    options: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    folder = str(ROOT / "examples" / example)
    run(["compile", "--to", target, "--out", str(tmp_path), *options, folder])
    made = [str(p) for p in tmp_path.glob("**/*.*") if p.is_file()]
    made = [each for each in made if "/." not in each]
    capsys.readouterr()

    code = run(["check", "--lint", *made, "--language", "en"])

    told = capsys.readouterr().out
    assert code == 0, told
    assert "Errors: 0. Warnings: 0." in told
    assert "Expressions: 0." not in told
