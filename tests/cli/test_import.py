"""`kizashi import`, as a person and a CI job meet it."""

import json
from pathlib import Path

import pytest

from kizashi.cli import run

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
