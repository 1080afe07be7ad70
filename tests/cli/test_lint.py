"""``kizashi check --lint``: what people and programs read."""

import json
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.lint.rules import LEVELS

WRONG = """\
groups:
  - name: shop
    rules:
      - alert: Errors
        expr: rate(a_total{code="500"}[5m]) / rate(a_total[5m]) > 0.05
        for: 5m
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(WRONG)
    return path


def lint(*arguments: object) -> int:
    return run(["check", "--lint", *map(str, arguments)])


def test_a_finding_says_where_what_happens_and_what_to_write(
    rules: Path, capsys: pytest.CaptureFixture[str]
):
    assert lint(rules) == 1

    said = capsys.readouterr().out
    assert f"{rules}:5:15: error: " in said
    assert "[unsummed-ratio]" in said
    assert "what happens: Each series finds only itself" in said
    assert (
        '        sum(rate(a_total{code="500"}[5m])) / sum(rate(a_total[5m])) > 0.05\n'
        in said
    )
    assert said.endswith("Files: 1. Expressions: 1. Errors: 1. Warnings: 0.\n")


def test_a_japanese_reader_reads_japanese(
    rules: Path, capsys: pytest.CaptureFixture[str]
):
    assert lint(rules, "--language", "ja") == 1

    said = capsys.readouterr().out
    assert "エラー" in said
    assert "対応: 両辺をそれぞれ sum してから割ってください。" in said


def test_json_holds_everything(rules: Path, capsys: pytest.CaptureFixture[str]):
    assert lint(rules, "--format", "json") == 1

    answer = json.loads(capsys.readouterr().out)
    (finding,) = answer["findings"]
    assert (finding["rule"], finding["line"], finding["col"]) == (
        "unsummed-ratio",
        5,
        15,
    )
    assert finding["correction"].startswith("sum(rate(")
    assert (answer["errors"], answer["expressions"]) == (1, 1)


def test_github_shows_it_beside_the_line(
    rules: Path, capsys: pytest.CaptureFixture[str]
):
    assert lint(rules, "--format", "github") == 1

    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("::error file=")
    assert ",line=5,col=15,title=unsummed-ratio::" in line


def test_sarif_is_one_run_with_its_rules(
    rules: Path, capsys: pytest.CaptureFixture[str]
):
    assert lint(rules, "--format", "sarif") == 1

    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    (run_,) = log["runs"]
    (result,) = run_["results"]
    assert run_["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == (
        "unsummed-ratio"
    )
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 5, "startColumn": 15}
    assert run_["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []}
    ]


def test_a_reason_keeps_a_finding_back(rules: Path, capsys: pytest.CaptureFixture[str]):
    told = WRONG.replace(
        "        expr:",
        "        # kizashi:ignore unsummed-ratio one series only\n        expr:",
    )
    rules.write_text(told)

    assert lint(rules) == 0
    assert "Suppressed: 1." in capsys.readouterr().out

    rules.write_text(told.replace(" one series only", ""))
    assert lint(rules) == 1
    said = capsys.readouterr().out
    assert "[unsummed-ratio]" in said
    assert "[no-reason]" in said


def test_what_the_baseline_holds_is_counted_and_not_shown(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    baseline = tmp_path / "known.json"

    assert lint(rules, "--baseline", baseline, "--write-baseline") == 0
    capsys.readouterr()
    rules.write_text(f"# moved\n{WRONG}")
    assert lint(rules, "--baseline", baseline) == 0
    assert "In the baseline: 1." in capsys.readouterr().out

    rules.write_text(WRONG.replace("0.05", "0.05 and up == 1").replace("5m]", "6m]"))
    assert lint(rules, "--baseline", baseline) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--format", "sarif", "."],
        ["check", "--retention", "15d", "."],
        ["check", "--lint", "--write-baseline", "."],
        ["check", "--lint", "--retention", "soon", "."],
    ],
)
def test_options_that_make_no_sense_are_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
):
    assert run(arguments) == 2
    assert capsys.readouterr().err


def test_a_baseline_that_is_none_is_said(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "known.json").write_text("[]")

    assert lint(rules, "--baseline", tmp_path / "known.json") == 2
    assert "is no baseline" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "broken.yaml").write_text("groups: [\n")

    assert lint(tmp_path) == 1
    assert "broken.yaml:" in capsys.readouterr().out


def test_each_finding_has_three_lines_in_both_languages():
    from kizashi.messages import CATALOGUE

    for rule in LEVELS:
        for text in CATALOGUE[rule]:
            assert text.count("\n") == 2, rule
