"""What guides show of `kizashi compile` is what it prints, and what it makes is sound."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from harness.kubernetes import running_kubernetes
from harness.ruler import running_ruler
from kizashi.cli import run

ROOT = Path(__file__).parents[2]
BY_LANGUAGE = pytest.mark.parametrize("language", ["en", "ja"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the example, as a checkout does."""
    for name in ("todo", "openslo"):
        shutil.copytree(ROOT / "examples" / name, tmp_path / "examples" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str, name: str) -> list[tuple[str, str]]:
    page = ROOT / "docs" / language / "howto" / name
    return BLOCK.findall(page.read_text("utf-8"))


def follow(
    shown: list[tuple[str, str]], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Do what a page says; what it prints must be what stands below it."""
    for (kind, text), (below, expected) in pairwise(shown):
        if kind != "sh" or below != "text":
            continue
        printed = ""
        for line in text.splitlines():
            program, *tokens = shlex.split(line)
            if program == "kizashi":
                assert run([*tokens, "--language", language]) == 0
                printed += capsys.readouterr().out
            else:
                subprocess.run([program, *tokens], check=True, capture_output=True)
        assert printed == expected


@pytest.mark.usefixtures("here")
@BY_LANGUAGE
@pytest.mark.parametrize(
    "name", ["see-dashboards.md", "run-with-the-operator.md", "use-openslo.md"]
)
def test_a_guide_is_followed_to_the_letter(
    name: str, language: str, capsys: pytest.CaptureFixture[str]
):
    follow(blocks(language, name), language, capsys)


@pytest.mark.peer("prometheus-alertmanager")
@pytest.mark.peer("prometheus-blackbox-exporter")
@BY_LANGUAGE
def test_configurations_are_compiled_and_judged_as_the_guide_says(
    here: Path, language: str, capsys: pytest.CaptureFixture[str]
):
    shown = blocks(language, "compile-configurations.md")
    (configuration,) = [text for kind, text in shown if kind == "yaml"]
    (here / "kizashi.yaml").write_text(configuration, encoding="utf-8")
    shutil.copy(here / "examples" / "todo" / "todo-api.yaml", here)

    follow(shown, language, capsys)


def pushes(language: str, name: str) -> list[list[str]]:
    """Return the command lines of a page that push, one list of tokens each."""
    return [
        shlex.split(line)[1:]
        for kind, text in blocks(language, name)
        if kind == "sh"
        for line in text.splitlines()
        if line.startswith("kizashi ") and " --push " in line
    ]


async def code_of(tokens: list[str]) -> int:
    """Return how a command ends; it has an event loop of its own."""
    return await asyncio.to_thread(run, tokens)


@pytest.mark.anyio
@pytest.mark.usefixtures("here")
@BY_LANGUAGE
async def test_pushing_to_a_ruler_is_followed(language: str):
    looking, pushing = pushes(language, "push-rules.md")

    async with running_ruler() as ruler:

        def there(line: list[str]) -> list[str]:
            address = "https://mimir.example/prometheus"
            return [ruler.url() if token == address else token for token in line]

        assert await code_of(there(looking)) == 1, "everything is new"
        assert ruler.rules == {}
        assert await code_of(there(pushing)) == 0
        assert ruler.rules["team-a", "kizashi"]
        assert await code_of(there(looking)) == 0, "nothing is left to do"


@pytest.mark.anyio
@BY_LANGUAGE
async def test_pushing_to_a_cluster_is_followed(
    language: str, here: Path, monkeypatch: pytest.MonkeyPatch
):
    looking, pushing = pushes(language, "run-with-the-operator.md")
    config = here / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(config))

    async with running_kubernetes("prometheusrules", "scrapeconfigs") as cluster:
        cluster.namespaces.add("monitoring")
        config.write_text(json.dumps(cluster.kubeconfig))

        assert await code_of(looking) == 1
        assert cluster.objects == {}
        assert await code_of(pushing) == 0
        assert {place[1] for place in cluster.objects} == {
            "prometheusrules",
            "scrapeconfigs",
        }
        assert await code_of(looking) == 0
