"""The guide "Kizashi beside your Prometheus", followed from declaration to rules."""

import re
import shlex
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
import yaml

from harness.prometheus import running_prometheus
from kizashi.cli import run
from kizashi.rules.series_names import Series

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
    compiling, testing, with_sloth, *_ = shown["sh"]
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
        "kizashi-todo-api-memory",
        "kizashi-todo-api-seed",
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


@pytest.mark.peer("prometheus")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_slices_that_are_nan_are_found_and_deleted_as_the_guide_says(
    tmp_path: Path, language: str
):
    """Of 20 slices of 10 events two are NaN, and so is the block that holds them."""
    *_, finding, deleting = blocks(language)["sh"]
    own = 'service="todo-api",objective="availability"'
    began = int(tmp_path.stat().st_mtime) - 3_600
    of_nan = [began + 60, began + 75]
    lines = ["# TYPE kizashi:slice_valid:count gauge"]
    for ts in range(began, began + 300, 15):
        value = "NaN" if ts in of_nan else 10
        lines.append(f"kizashi:slice_valid:count{{{own}}} {value} {ts}")
    lines += [
        "# TYPE kizashi:block_valid:count gauge",
        f"kizashi:block_valid:count{{{own}}} NaN {began + 210}",
        "# EOF",
    ]
    (tmp_path / "old.txt").write_text("\n".join([*lines, ""]))
    make = "promtool tsdb create-blocks-from openmetrics old.txt data"
    subprocess.run(make.split(), cwd=tmp_path, check=True, capture_output=True)

    with running_prometheus(tmp_path, {}, ["--web.enable-admin-api"]) as server:
        server.targets(lambda _: True)
        address = f"127.0.0.1:{server.port}"
        command = finding.replace("127.0.0.1:9090", address)
        found = subprocess.run(  # as a shell does it
            ["sh", "-c", command],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert found == "".join(f"NaN @[{ts}]\n" for ts in of_nan)

        for command, later in zip(
            deleting.replace("\\\n", "").splitlines(), (0, 240), strict=True
        ):
            tokens = shlex.split(command)
            sent = [b for a, b in pairwise(tokens) if a in {"--data-urlencode", "-d"}]
            form = dict(part.split("=", 1) for part in sent)
            assert int(form["end"]) - int(form["start"]) == 15 + later
            form |= {"start": str(of_nan[0]), "end": str(of_nan[-1] + later)}
            url = tokens[-1].replace("127.0.0.1:9090", address)
            httpx2.post(url, data=form).raise_for_status()
        total = f"sum_over_time(kizashi:slice_valid:count{{{own}}}[2h])"
        ((_, events),) = server.query(total)
        assert events == str(18 * 10)
        assert server.query("last_over_time(kizashi:block_valid:count[2h])") == []
