"""`kizashi compile`, as a person and a CI job meet it."""

import json
from pathlib import Path

import pytest

from kizashi.cli import run

GOOD = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo, owner: shop, tier: 2}
spec:
  job: todo
  objectives:
    - name: availability
      target: 99.9%
      window: 30d
      ratio: {bad: 'bad_total', valid: 'all_total'}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(GOOD)
    return tmp_path


def compile_(capsys: pytest.CaptureFixture[str], *tokens: str) -> tuple[int, str, str]:
    code = run(["compile", "--to", "prometheus", "--out", "out", *tokens])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_same_declarations_give_the_same_bytes(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    assert compile_(capsys, "a.yaml")[0] == 0
    first = {path: path.read_bytes() for path in sorted((here / "out").rglob("*.yaml"))}

    code, out, err = compile_(capsys, "a.yaml")

    assert (code, err) == (0, "")
    assert "Files changed: 0." in out
    assert first
    assert {
        path: path.read_bytes() for path in sorted((here / "out").rglob("*.yaml"))
    } == first


def test_check_writes_nothing_and_tells_by_its_exit_code(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    code, out, _ = compile_(capsys, "--check", "a.yaml")

    assert code == 1
    assert "would be written: out/todo.rules.yaml" in out
    assert not (here / "out").exists()

    compile_(capsys, "a.yaml")
    assert compile_(capsys, "--check", "a.yaml")[0] == 0


def test_diff_shows_what_would_change(here: Path, capsys: pytest.CaptureFixture[str]):
    compile_(capsys, "a.yaml")
    (here / "a.yaml").write_text(GOOD.replace("owner: shop", "owner: web"))

    code, out, _ = compile_(capsys, "--diff", "a.yaml")

    assert code == 1
    assert "-          owner: shop\n+          owner: web\n" in out
    assert "owner: shop" in (here / "out/todo.rules.yaml").read_text()


def test_a_removed_service_takes_its_files_along(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    compile_(capsys, "a.yaml")
    (here / "a.yaml").write_text(GOOD.replace("name: todo", "name: shop"))

    _, out, _ = compile_(capsys, "a.yaml")

    assert "removed: out/todo.rules.yaml" in out
    assert not (here / "out/todo.rules.yaml").exists()


def test_json_says_the_same(here: Path, capsys: pytest.CaptureFixture[str]):
    code, out, _ = compile_(capsys, "a.yaml", "--format", "json")

    told = json.loads(out)
    assert (code, told["target"], told["written"]) == (0, "prometheus", True)
    assert "todo.rules.yaml" in told["changed"]
    assert (here / "out/todo.rules.yaml").exists()


def test_problems_are_told_and_nothing_is_written(
    here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "a.yaml").write_text(GOOD.replace("99.9%", "100%"))

    code, out, err = compile_(capsys, "a.yaml")

    assert (code, out) == (1, "")
    assert err.startswith("a.yaml:8:15: a target of 100% leaves no error budget")
    assert "Nothing was written." in err
    assert not (here / "out").exists()


def test_another_persons_file_stays(here: Path, capsys: pytest.CaptureFixture[str]):
    (here / "out").mkdir()
    (here / "out/todo.rules.yaml").write_text("groups: []\n")

    code, _, err = compile_(capsys, "a.yaml", "--language", "ja")

    assert code == 1
    assert "todo.rules.yaml" in err
    assert "何も書き出していません" in err
    assert (here / "out/todo.rules.yaml").read_text() == "groups: []\n"


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (["--to", "nagios", "--out", "out", "a.yaml"], "'nagios' is no target"),
        (["--to", "prometheus", "--out", "a.yaml", "a.yaml"], "a.yaml is a file"),
        (["--to", "prometheus", "--out", "out"], "Nothing to compile"),
        (["--to", "prometheus", "--out", "out", "b.yaml"], "b.yaml"),
        (
            ["--to", "prometheus", "--out", "out", "a.yaml", "--query-offset", "x"],
            "'x' is no duration",
        ),
    ],
)
@pytest.mark.usefixtures("here")
def test_arguments_that_make_no_sense_end_with_two(
    capsys: pytest.CaptureFixture[str], tokens: list[str], said: str
):
    code = run(["compile", *tokens])

    assert code == 2
    assert said in capsys.readouterr().err
