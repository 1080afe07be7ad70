"""`kizashi import-samples`, as a person and a program meet it."""

import json
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.clock import SystemClock
from kizashi.tsdb.folder import DataFolder

Capture = pytest.CaptureFixture[str]
CONFIG = """\
declarations: [shop.yaml]
scrape_configs:
  - job_name: shop
    scrape_interval: 30s
"""
SHOP = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop}
spec:
  objectives:
    - name: works
      target: 99%
      window: 30d
      ratio: {bad: 'hits_total{code="500",job="shop"}', valid: 'hits_total{job="shop"}'}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an hour of history, a sample every half minute."""
    monkeypatch.chdir(tmp_path)
    now_s = SystemClock().now_ms() // 30_000 * 30
    lines = [
        f'hits_total{{code="500",job="shop",instance="a"}} {n} {now_s - 3600 + 30 * n}\n'
        for n in range(120)
    ]
    (tmp_path / "in.om").write_text("".join(lines) + "# EOF\n")
    return tmp_path


def configure(here: Path) -> None:
    (here / "kizashi.yaml").write_text(CONFIG)
    (here / "shop.yaml").write_text(SHOP)


def test_a_person_reads_what_was_imported(here: Path, capsys: Capture):
    configure(here)
    assert run(["import-samples", "in.om"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "Samples: 120 read, 240 new, 0 already there."
    assert lines[1].startswith("up was not in the files: 120 scrapes")
    assert lines[3] == "Targets: 1 (shop/a)."
    assert lines[4] == "Objectives whose ledger was worked out: 1."


def test_a_program_reads_json_and_sees_that_nothing_is_new(here: Path, capsys: Capture):
    configure(here)
    for new in (240, 0):
        assert run(["import-samples", "in.om", "--format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["read"], told["ups"]) == (120, 120)
        assert (told["new"], told["known"]) == (new, 240 - new)
        assert told["last"] - told["first"] == 119 * 30
        assert told["targets"] == [{"job": "shop", "instance": "a"}]
        assert told["is_derived"]


def test_without_a_configuration_it_says_who_derives(here: Path, capsys: Capture):
    assert run(["import-samples", "in.om", "--language", "ja"]) == 0
    out = capsys.readouterr().out
    assert "サンプル: 読み込み 120、新規 240、保存済み 0" in out
    assert "台帳はサーバーの起動時に計算されます" in out
    assert here.joinpath("data", "samples.db").exists()


def test_a_folder_in_use_is_refused_with_what_to_do(here: Path, capsys: Capture):
    with DataFolder(here / "data"):
        assert run(["import-samples", "in.om"]) == 1
    assert "stop that process, or give another folder" in capsys.readouterr().err


def test_a_bad_line_is_named(here: Path, capsys: Capture):
    (here / "bad.om").write_text("a 1 1\na 1 99999999999\n# EOF\n")
    options = ["--job", "j", "--instance", "i"]
    assert run(["import-samples", "in.om", "bad.om", *options]) == 1
    assert "bad.om:2: the sample is stamped" in capsys.readouterr().err
    (here / "bad.om").write_text("a 1 1790000000\n# EOF\n")
    assert run(["import-samples", "bad.om"]) == 1
    assert "bad.om:1: a has no job label" in capsys.readouterr().err


def test_a_bad_configuration_imports_nothing(here: Path, capsys: Capture):
    (here / "kizashi.yaml").write_text("bogus: 1\n")
    assert run(["import-samples", "in.om"]) == 1
    err = capsys.readouterr().err
    assert "kizashi.yaml:1:1" in err
    assert "Nothing was imported" in err
    assert not (here / "data").exists()


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ([], "Name one or more"),
        (["in.om", "--interval", "0s"], "0s is not an interval"),
        (["in.om", "--interval", "x"], "x is not an interval"),
        (["in.om", "--config", "none.yaml"], "none.yaml"),
    ],
)
def test_arguments_that_make_no_sense_end_with_two(
    here: Path, capsys: Capture, tokens: list[str], said: str
):
    assert run(["import-samples", *tokens]) == 2
    assert said in capsys.readouterr().err
    assert not (here / "data").exists()
