"""The guide "Kizashi beside your Prometheus", followed from declaration to rules."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from kizashi.cli import run
from kizashi.compiler.series_names import Series
from kizashi.testing.prometheus import running_prometheus

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = "beside-your-prometheus.md"


def blocks(language: str, folder: str = "howto", name: str = PAGE) -> dict[str, list]:
    text = (ROOT / "docs" / language / folder / name).read_text("utf-8")
    found: dict[str, list] = {"sh": [], "text": [], "yaml": []}
    for kind, body in BLOCK.findall(text):
        found[kind].append(body)
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "examples" / "todo", tmp_path / "examples" / "todo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.peer("prometheus")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_guide_leads_to_rules_that_a_real_prometheus_runs(
    here: Path, language: str, capsys: pytest.CaptureFixture[str]
):
    shown = blocks(language)
    compiling, testing, with_sloth = shown["sh"]
    for line in compiling.splitlines():
        program, *tokens = shlex.split(line)
        assert program == "kizashi"
        assert run([*tokens, "--language", language]) == 0
    assert capsys.readouterr().out == shown["text"][0]

    for line in testing.splitlines():
        done = subprocess.run(  # as a shell does it, patterns and all
            ["sh", "-c", line],  # noqa: S607
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    (configuration,) = shown["yaml"]
    with running_prometheus(here, yaml.safe_load(configuration)) as server:
        server.targets(lambda found: found["activeTargets"])
        groups = server.get("rules")["groups"]
    assert {group["name"] for group in groups} == {
        "kizashi-targets",
        "kizashi-todo-api",
        "kizashi-todo-api-about",
        "kizashi-todo-api-slow",
    }
    assert run([*shlex.split(with_sloth)[1:], "--language", language]) == 0
    assert (
        "slo:sli_error:ratio_rate30d" in Path("rules/todo-api.rules.yaml").read_text()
    )


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_series_that_rules_record_is_on_the_reference_page(language: str):
    page = ROOT / "docs" / language / "reference" / "recorded-series.md"
    text = page.read_text("utf-8")

    assert [name for name in Series if f"| `{name}` |" not in text] == []
