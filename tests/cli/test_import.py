"""`kizashi import`, as a person and a CI job meet it."""

import json
import re
from pathlib import Path

import pytest

from kizashi.cli import import_declarations, run
from kizashi.proof.cases import story_of

SLOTH = """\
version: prometheus/v1
service: shop
slos:
  - name: orders
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(bad_total{job="shop"}[{{.window}}]))
        total_query: sum(rate(all_total{job="shop"}[{{.window}}]))
  - name: other
    objective: 99
    sli: {plugin: {id: a}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(SLOTH)
    return tmp_path


def import_(capsys: pytest.CaptureFixture[str], *tokens: str) -> tuple[int, str, str]:
    code = run(["import", "--from", "sloth", *tokens])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_can_be_carried_is_written_and_the_rest_fails_the_run(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    code, out, err = import_(capsys, "--out", "out", "a.yaml")

    assert (code, err) == (1, "")
    assert "a.yaml:4:11: carried: orders is shop/orders in shop.yaml" in out
    assert "a.yaml:12:19: error: the indicator is the plugin a" in out
    assert "Objectives carried: 1. Errors: 1. Warnings: 0. Notes: 0." in out
    assert [p.name for p in (here / "out").iterdir()] == ["shop.yaml"]
    assert run(["check", "out"]) == 0


@pytest.mark.usefixtures("here")
def test_without_a_folder_the_declarations_alone_are_printed(
    capsys: pytest.CaptureFixture[str],
):
    _, out, err = import_(capsys, "a.yaml")

    assert out.startswith("# Imported from sloth: a.yaml\napiVersion: kizashi.dev/v1\n")
    assert "carried: orders" in err


@pytest.mark.usefixtures("here")
def test_an_account_for_programs_holds_everything(capsys: pytest.CaptureFixture[str]):
    code, out, _ = import_(capsys, "--format", "json", "--language", "ja", "a.yaml")

    told = json.loads(out)
    assert code == 1
    assert told["carried"] == [
        {
            "file": "a.yaml",
            "line": 4,
            "col": 11,
            "name": "orders",
            "service": "shop",
            "objective": "orders",
            "path": "shop.yaml",
        }
    ]
    assert list(told["files"]) == ["shop.yaml"]
    (problem,) = told["problems"]
    assert (problem["code"], problem["line"]) == ("import.sloth.plugin", 12)
    assert problem["message"].startswith("指標がプラグイン a で")


def test_what_was_changed_by_hand_is_never_overwritten(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    import_(capsys, "--out", "out", "a.yaml")
    written = here / "out" / "shop.yaml"
    first = written.read_text()
    assert import_(capsys, "--out", "out", "a.yaml")[0] == 1
    assert written.read_text() == first

    written.write_text(first.replace("99.9", "99.8"))
    code, out, err = import_(capsys, "--out", "out", "a.yaml")

    assert (code, out) == (1, "")
    assert "Nothing was written: these files say something else already: shop" in err
    assert "99.8" in written.read_text()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["--from", "sloht", "a.yaml"], "'sloht' is nothing that can be read"),
        (["--from", "sloth"], "Nothing to import"),
        (["--from", "sloth", "b.yaml"], "b.yaml"),
        (["--from", "sloth", "--window", "x", "a.yaml"], "'x' is no duration"),
        (["--from", "sloth", "--out", "a.yaml", "a.yaml"], "a.yaml is a file"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    tokens: list[str], told: str, capsys: pytest.CaptureFixture[str]
):
    assert run(["import", *tokens]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_the_files_themselves_say_which_tool_they_are_for(
    capsys: pytest.CaptureFixture[str],
):
    assert run(["import", "--out", "out", "a.yaml"]) == 1

    assert capsys.readouterr().out.startswith("Read as sloth (Sloth: its files")


@pytest.mark.usefixtures("here")
def test_files_of_two_tools_are_asked_about(capsys: pytest.CaptureFixture[str]):
    Path("b.yaml").write_text("apiVersion: openslo/v1\nkind: Service\n")
    Path("c.yaml").write_text("a: b\n")

    assert run(["import", "a.yaml", "b.yaml"]) == 2
    assert "sloth: a.yaml; openslo: b.yaml" in capsys.readouterr().err
    assert run(["import", "c.yaml"]) == 2
    assert "None of the files says which tool" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_what_is_no_yaml_is_told_with_its_place(capsys: pytest.CaptureFixture[str]):
    Path("b.yaml").write_text("a: [1\n")

    assert run(["import", "b.yaml"]) == 1
    assert "b.yaml:2:1: error: not YAML" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["--case", "gap"], "Give --prove as well"),
        (["--prove", "--case", "gab"], "'gab' is no case. There are: bursty"),
    ],
)
@pytest.mark.usefixtures("here")
def test_cases_that_make_no_sense_are_refused(
    tokens: list[str], told: str, capsys: pytest.CaptureFixture[str]
):
    assert run(["import", "a.yaml", *tokens]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_without_prometheus_nothing_is_proved_and_it_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "")

    assert run(["import", "a.yaml", "--prove"]) == 2
    assert "sudo apt-get install prometheus" in capsys.readouterr().err


@pytest.mark.peer("prometheus")
def test_a_proof_stands_behind_the_account_and_in_the_document(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    # A case in under an hour.
    monkeypatch.setattr(import_declarations, "story_of", lambda c: story_of(c, 240))
    (here / "a.yaml").write_text(SLOTH[: SLOTH.index("  - name: other")])
    proving = ["--prove", "--case", "never-failed", "a.yaml"]

    code, out, _ = import_(capsys, "--out", "out", *proving)
    assert code == 0
    assert "shop/orders in the case never-failed: " in out
    assert re.search(r"30d +0 % \(0 of 2,880\) +no number +no number +0 %, as it", out)
    assert "Why: no failure has happened yet" in out
    assert "Kizashi's numbers are the truth in 1." in out

    _, out, _ = import_(capsys, "--format", "json", *proving)
    (proof,) = json.loads(out)["proofs"]
    assert proof["windows"][-1]["truth"] == {"bad": 0, "valid": 2_880, "share": 0}
    assert proof["windows"][-1]["why_code"] == "prove.why.no-series"
    assert {w["is_true"] for w in proof["windows"]} == {True}
