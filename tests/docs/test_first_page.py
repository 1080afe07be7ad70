"""The tutorial of the first page, run as it is written, on real processes."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from kizashi.clock import SystemClock

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / f"docs/{lang}/tutorial/your-first-page.md" for lang in ("en", "ja")]
#: The Japanese page's commands are run where running them twice does no harm.
LOCALES = ("C.UTF-8", "ja_JP.UTF-8")
DEADLINE_S = 20.0
CLOCK = SystemClock()
FENCE = re.compile(
    r"<!-- (background|write|run|look|shows|skip)(?:: ([\w.]+))? -->"
    r"|^```(\w+)\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
#: What another run may show otherwise: identities, times and counts.
VARIES = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12,32}\b|<?\d[\d,.]*")


@dataclass
class Step:
    """A marked block, and what the page says that it shows."""

    kind: str
    name: str
    text: str
    shown: str = ""


def steps(page: Path) -> list[Step]:
    """Return the marked blocks; an unmarked text block belongs to the one before."""
    found: list[Step] = []
    mark: tuple[str, str] | None = None
    for kind, name, language, text in FENCE.findall(page.read_text("utf-8")):
        if kind == "skip":
            continue
        if kind:
            mark = kind, name
        elif mark is not None:
            found.append(Step(*mark, text))
            mark = None
        elif language == "text" and found:
            found[-1].shown = text
    return found


def pattern(shown: str) -> re.Pattern[str]:
    """Return what an output must hold: line for line, but for what varies.

    A line with nothing but ``…`` stands for any lines.
    """
    lines = []
    for line in shown.splitlines():
        if line == "…":
            lines.append(r"(?:.*\n)*?")
            continue
        words = [
            "".join(
                re.escape(part) if number % 2 == 0 else r"<?[0-9a-f][0-9a-f,.]*"
                for number, part in enumerate(re.split(f"({VARIES.pattern})", word))
            )
            for word in line.split()
        ]
        lines.append(r"[ ]*" + r"[ ]+".join(words) + r"[ ]*\n")
    return re.compile("".join(lines))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Reader:
    """Someone who types what the page says, in a copy of what the page names."""

    folder: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {p: free_port() for p in ("8080", "9999", "9470")}
    )
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        exercise = "reference-app/kizashi/exercise"
        shutil.copytree(ROOT / exercise, self.folder / exercise)
        config = self.folder / exercise / "kizashi.yaml"
        config.write_text(self.ported(config.read_text("utf-8")), "utf-8")
        api = f"127.0.0.1:{self.ports['9470']}"
        python, app = sys.executable, ROOT / "reference-app"
        self.program("kz", f'shift; exec {python} {app} "$@"')
        self.program("bin/python", f'exec {python} "$@"')
        self.program(
            "bin/kizashi",
            f"""case $1 in
  serve) exec {python} -m kizashi "$@" --listen {api} ;;
  token) exec {python} -m kizashi "$@" ;;
  *) exec {python} -m kizashi "$@" --server http://{api} ;;
esac""",
        )
        (self.folder / "exported").touch()

    def program(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)

    def ported(self, text: str) -> str:
        """Return a text with the ports of this run."""
        return re.sub(
            r":(8080|9470|9999)\b|(--port |, )(8080|9999)\b",
            lambda m: f"{m[2] or ':'}{self.ports[m[1] or m[3]]}",
            text,
        )

    def environment(self, locale: str) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.defpath}:/usr/bin:/bin"
        return {"PATH": path, "LC_ALL": locale, "PYTHONUTF8": "1"}

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(self.ported(text), "utf-8")

    def begin(self, text: str, log: str) -> None:
        """Run a command in a terminal of its own."""
        with (self.folder / f"{log}.log").open("wb") as out:
            self.running.append(
                subprocess.Popen(
                    ["/bin/sh", "-c", f"exec {self.ported(text)}"],
                    cwd=self.folder,
                    env=self.environment(LOCALES[0]),
                    stdout=out,
                    stderr=out,
                )
            )

    def run(self, text: str, locale: str = LOCALES[0]) -> str:
        """Return what commands print in the one terminal that all of them share."""
        begin = f"set -e; . ./exported; LC_ALL={locale}; export LC_ALL"
        command = f"{begin}\n{self.ported(text)}\nexport -p > exported"
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environment(locale),
            capture_output=True,
            check=False,
            text=True,
        )
        return ran.stdout if ran.returncode == 0 else ran.stdout + ran.stderr

    def end(self) -> None:
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
        for process in self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    someone = Reader(tmp_path)
    yield someone
    someone.end()


def until(said: Callable[[], str], shown: str) -> None:
    """Ask again until the answer is what the page shows."""
    wanted, began = pattern(shown), CLOCK.monotonic()
    while not wanted.search(answer := said()):
        if CLOCK.monotonic() - began > DEADLINE_S:
            pytest.fail(f"the page shows\n{shown}\nand this came:\n{answer}")
        asyncio.run(CLOCK.sleep(0.2))


def test_a_reader_of_the_first_page_sees_what_it_shows(reader: Reader) -> None:
    english, japanese = map(steps, PAGES)
    assert [s.kind for s in english] == [s.kind for s in japanese]
    assert {"background", "write", "run", "look", "shows"} == {s.kind for s in english}
    for number, (step, other) in enumerate(zip(english, japanese, strict=True)):
        match step.kind:
            case "background":
                reader.begin(step.text, step.name or f"background-{number}")
            case "write":
                reader.write(step.name, step.text)
            case "run":
                said = reader.run(step.text)
                assert pattern(step.shown).search(said), said
            case "look":
                for shown, locale in zip((step, other), LOCALES, strict=True):
                    until(partial(reader.run, step.text, locale), shown.shown)
            case "shows":
                log = reader.folder / f"{step.name}.log"
                until(partial(log.read_text, "utf-8"), step.text)
    assert all(process.poll() is None for process in reader.running)


def test_the_policy_and_the_route_shown_are_those_of_the_exercise() -> None:
    folder = ROOT / "reference-app" / "kizashi" / "exercise"
    files = "".join(path.read_text("utf-8") for path in sorted(folder.iterdir()))
    for page in PAGES:
        text = page.read_text("utf-8")
        for first in ("policies:", "route:", "receivers:"):
            (line,) = re.findall(rf"^ *({first} .*)$", text, re.MULTILINE)
            assert line in files


def test_what_varies_may_and_the_rest_may_not() -> None:
    shown = pattern("STATE  ID\nfiring  01ddca8686448c42\n…\nat 10:20:09Z, 5 of 80\n")

    assert shown.search("STATE ID\nfiring 300947da5cfb87bd\nat 09:00:00Z, 1 of 2\n")
    assert shown.search("STATE ID\nfiring 300947da5cfb87bd\nx\nat 0:0:0Z, 1 of 2\n")
    assert not shown.search("STATE ID\nfrozen 300947da5cfb87bd\nat 0:0:0Z, 1 of 2\n")
    assert not shown.search("STATE ID\nx\nfiring 300947da5cfb87bd\nat 0:0:0Z, 1 of 2\n")
