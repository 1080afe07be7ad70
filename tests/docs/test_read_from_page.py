"""The guide "Read from your Prometheus", followed on a real one."""

import asyncio
import json
import re
import shlex
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest
from whole.leash import leashed

from harness.prometheus import running_prometheus
from kizashi.app.answers import SourceView
from kizashi.app.source_views import source_notes
from kizashi.messages import render

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVER = "http://127.0.0.1:9090"
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")
DEADLINE_S = 30.0
LANGUAGES = ("en", "ja")


def blocks(language: str) -> dict[str, list[str]]:
    page = ROOT / "docs" / language / "howto" / "read-from-your-prometheus.md"
    found: dict[str, list[str]] = {"sh": [], "text": [], "yaml": []}
    for kind, body in BLOCK.findall(page.read_text("utf-8")):
        found[kind].append(body)
    return found


async def kizashi(*tokens: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, "-m", "kizashi", *tokens]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    return process.returncode or 0, said.decode()


async def address_of(process: asyncio.subprocess.Process) -> str:
    """Return where a server answers, as soon as it says so."""
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        while line := await process.stdout.readline():
            if found := re.search(rb"http://[\w.:]+", line):
                return found[0].decode()
    raise AssertionError("the server ended")


@pytest.mark.anyio
@pytest.mark.peer("prometheus")
async def test_the_guide_leads_to_a_kizashi_that_reads_a_prometheus(tmp_path: Path):
    shown = {language: blocks(language) for language in LANGUAGES}
    # What is typed is the same to the letter, so one server answers for both pages.
    assert shown["en"]["yaml"] == shown["ja"]["yaml"]
    assert shown["en"]["sh"] == shown["ja"]["sh"]
    (configuration,) = shown["en"]["yaml"]
    serving, asking = shown["en"]["sh"]
    shutil.copy(ROOT / "examples" / "todo" / "todo-api.yaml", tmp_path)
    config = tmp_path / "kizashi.yaml"
    config.write_text(configuration)
    rules = tmp_path / "rules"
    compiled = await kizashi(
        *("compile", "--to", "prometheus", "--no-tests", "--out", str(rules)),
        str(config),
    )
    assert compiled[0] == 0, compiled[1]
    peer = {
        "global": {"scrape_interval": "15s"},
        "rule_files": [str(rules / "*.rules.yaml")],
    }
    with running_prometheus(tmp_path, peer) as server:
        server.targets(lambda _: True)
        url = f"http://127.0.0.1:{server.port}"
        config.write_text(configuration.replace(SERVER, url))
        program, *tokens = shlex.split(serving.replace("kizashi.yaml", str(config)))
        assert program == "kizashi"
        place = ("--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"))
        process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, "-m", "kizashi", *tokens, *place]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            own = await address_of(process)
            for language in LANGUAGES:
                status, drift = (
                    [*shlex.split(line)[1:], "--server", own, "--language", language]
                    for line in asking.splitlines()
                )
                code, said = await kizashi(*status)
                assert (code, "todo-api/availability" in said) == (0, True)
                code, said = await told(drift)
                assert code == 0, said
                expected = shown[language]["text"][0].replace(SERVER, url)
                assert TIME.sub("…", said) == TIME.sub("…", expected)
        finally:
            process.terminate()
            await process.wait()


async def told(tokens: list[str]) -> tuple[int, str]:
    """Return what the command says once the rules have been read."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            code, _ = await kizashi(*tokens)
            _, body = await kizashi(*tokens, "--format", "json")
            if json.loads(body)["at"] is not None:
                return code, (await kizashi(*tokens))[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notes_that_the_guide_shows_are_those_that_explain_prints(language: str):
    heading, *lines = blocks(language)["text"][1].splitlines()
    times = [
        "2026-10-28 09:00",
        "2026-11-12 09:00",
        "2026-11-20 14:03:15",
        "2026-11-27 09:00",
    ]
    at = [_seconds(text) for text in times]
    views = [
        SourceView(source, start, end)
        for source, start, end in zip(
            ("missing", "raw", "recorded"), at[:-1], at[1:], strict=True
        )
    ]

    notes = source_notes(views)

    assert [f"  {render(language, n.code, **n.params)}" for n in notes] == lines
    assert heading == render(language, "explain.notes")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()
