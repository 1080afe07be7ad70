"""The same rules load in the real vmalert, which refuses those of Prometheus."""

import subprocess
from pathlib import Path

import pytest
import yaml

from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations

pytestmark = pytest.mark.peer("victoria-metrics")

SERVICE = Path(__file__).parents[2] / "examples" / "todo" / "todo-api.yaml"


def write(folder: Path, target: str) -> list[Path]:
    """Compile the example for a target; return its rule files."""
    declared = parse_declarations([SourceText("todo.yaml", SERVICE.read_text())])
    compiled = load_target(target).compile(
        declared.services, Configuration(), CompileOptions()
    )
    for file in compiled.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return sorted(folder.glob("*.rules.yaml"))


def vmalert(files: list[Path]) -> subprocess.CompletedProcess[str]:
    """Let vmalert read rule files and evaluate none."""
    return subprocess.run(
        ["vmalert", "-dryRun", *(f"-rule={file}" for file in files)],  # noqa: S607
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_vmalert_takes_its_own_target(tmp_path: Path):
    files = write(tmp_path, "vmalert")

    done = vmalert(files)

    assert (done.returncode, len(files)) == (0, 3), done.stderr


def test_vmalert_refuses_the_rules_of_prometheus(tmp_path: Path):
    done = vmalert(write(tmp_path, "prometheus"))

    assert done.returncode != 0
    assert "query_offset" in done.stderr


def test_only_the_name_of_the_offset_differs(tmp_path: Path):
    ours = write(tmp_path / "v", "vmalert")
    theirs = write(tmp_path / "p", "prometheus")

    for one, other in zip(ours, theirs, strict=True):
        text = other.read_text().replace("query_offset:", "eval_delay:")
        assert yaml.safe_load(one.read_text()) == yaml.safe_load(text)
