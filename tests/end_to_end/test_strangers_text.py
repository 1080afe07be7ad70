"""No text that anybody sends, or leaves in a file, ends or stops anything."""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import numpy as np
import pytest
from mutating import documents, expressions, mutated
from serving import Kizashi

from kizashi.importers import DIALECTS
from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role

pytestmark = pytest.mark.anyio

NIGHTLY = pytest.mark.nightly
HERE = Path(__file__).parent
#: Expressions of one text; a text that is too much takes its neighbours with it.
_IN_A_TEXT = 5
_MOST_MIB = 64


def as_rules(texts: list[str]) -> str:
    """Return a rule file of expressions."""
    rules = [{"record": f"a:b{n}", "expr": text} for n, text in enumerate(texts)]
    return json.dumps({"groups": [{"name": "a", "rules": rules}]})


def as_form(proof: str, text: bytes, name: str = "a.yaml") -> bytes:
    """Return a form with a file."""
    head = (
        f'--b\r\nContent-Disposition: form-data; name="proof"\r\n\r\n{proof}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file";'
        f' filename="{name}"\r\nContent-Type: text/yaml\r\n\r\n'
    )
    return head.encode() + text + b"\r\n--b--\r\n"


def memory_mib(kizashi: Kizashi, name: str = "VmRSS") -> float:
    assert kizashi.process is not None
    status = Path(f"/proc/{kizashi.process.pid}/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


@asynccontextmanager
async def probed(kizashi: Kizashi) -> AsyncIterator[list[float]]:
    """Measure the server's health meanwhile; the times are there at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "probing.py"),
        "127.0.0.1",
        str(kizashi.port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    took: list[float] = []
    try:
        yield took
    finally:
        out, _ = await process.communicate(b"")
        assert process.returncode == 0
        took += json.loads(out)


class Stranger:
    """Sends texts to a server, as an editor."""

    def __init__(self, kizashi: Kizashi) -> None:
        token = create_token(kizashi.data, "stranger", Role.EDITOR).plaintext
        self._client = kizashi.client
        self._headers = {
            "authorization": f"Bearer {token}",
            "origin": f"http://127.0.0.1:{kizashi.port}",
            "accept": "text/html",
        }
        self.proof = ""
        self.statuses: Counter[int] = Counter()

    async def begin(self) -> None:
        page = await self._client.get("/lint", headers=self._headers)
        found = re.search(r'name="proof" value="([^"]+)"', page.text)
        assert found is not None, page.text
        self.proof = found[1]

    async def send(self, page: str, body: bytes) -> None:
        """Send a form as it is; a body that is too long may be cut off."""
        kind = {"content-type": "multipart/form-data; boundary=b"}
        try:
            answer = await self._client.post(
                page, content=body, headers=self._headers | kind, timeout=60
            )
        except (httpx2.RemoteProtocolError, httpx2.WriteError):
            self.statuses[0] += 1
            return
        assert answer.status_code != 500, (page, body[:2000], answer.text[:2000])
        self.statuses[answer.status_code] += 1


@pytest.mark.own_interpreter  # how its memory grows is read
@pytest.mark.parametrize(
    ("of_expressions", "of_documents", "of_uploads", "most_ms"),
    [
        (50, 20, 20, 1000),
        pytest.param(10_000, 5_000, 2_000, 100, marks=NIGHTLY),
    ],
    ids=["few", "many"],
)
async def test_what_strangers_send_stops_nothing(
    kizashi: Kizashi,
    of_expressions: int,
    of_documents: int,
    of_uploads: int,
    most_ms: float,
):
    await kizashi.start()
    stranger = Stranger(kizashi)
    await stranger.begin()
    # The page and what it needs are loaded before anything is measured.
    good = as_form(stranger.proof, as_rules(expressions()[:1]).encode())
    for page in ("/lint", "/import"):
        await stranger.send(page, good)
    assert set(stranger.statuses) == {200}
    before = memory_mib(kizashi)

    async with probed(kizashi) as took:
        spoilt = list(mutated(expressions(), of_expressions, seed=1))
        for at in range(0, len(spoilt), _IN_A_TEXT):
            text = as_rules(spoilt[at : at + _IN_A_TEXT])
            await stranger.send("/lint", as_form(stranger.proof, text.encode()))
        for n, text in enumerate(mutated(documents(), of_documents, seed=2)):
            body = as_form(stranger.proof, text.encode("utf-8", "surrogatepass"))
            await stranger.send(("/lint", "/import")[n % 2], body)
        for n, text in enumerate(mutated(documents(), of_uploads, seed=3)):
            form = as_form(stranger.proof, text.encode("utf-8", "surrogatepass"))
            (body,) = mutated([form.decode("latin-1")], 1, seed=n)
            await stranger.send(
                ("/lint", "/import")[n % 2], body.encode("utf-8", "surrogatepass")
            )

    assert kizashi.process is not None
    assert kizashi.process.returncode is None
    p50, p99, most = np.percentile(took, [50, 99, 100])
    grown = memory_mib(kizashi, "VmHWM") - before
    told = (
        f"statuses {dict(stranger.statuses)}; health of {len(took)}: p50 {p50:.1f} ms,"
        f" p99 {p99:.1f} ms, longest {most:.1f} ms; memory +{grown:.1f} MiB"
    )
    print(told)  # noqa: T201 - the figures of a nightly run
    assert stranger.statuses[200] > 0, told
    assert not any(status >= 500 for status in stranger.statuses), told
    assert p99 <= most_ms, told
    assert grown <= _MOST_MIB, told


@pytest.mark.parametrize(
    ("of_expressions", "of_documents", "commands", "dialects"),
    [
        (100, 40, [["check", "--lint"]], ["sloth"]),
        pytest.param(
            10_000, 5_000, [["check"], ["check", "--lint"]], DIALECTS, marks=NIGHTLY
        ),
    ],
    ids=["few", "many"],
)
def test_what_lies_in_files_ends_no_command(
    tmp_path: Path,
    of_expressions: int,
    of_documents: int,
    commands: list[list[str]],
    dialects: list[str],
):
    spoilt = list(mutated(expressions(), of_expressions, seed=4))
    for at in range(0, len(spoilt), 100):
        (tmp_path / f"rules{at}.yaml").write_text(as_rules(spoilt[at : at + 100]))
    for n, text in enumerate(mutated(documents(), of_documents, seed=5)):
        path = tmp_path / f"document{n}.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    kizashi = [sys.executable, "-m", "kizashi"]

    for command in commands:
        done = subprocess.run(
            [*kizashi, *command, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr[-2000:]
        assert "Traceback" not in done.stderr, done.stderr[-2000:]
    for dialect in dialects:
        out = tmp_path / f"out-{dialect}"
        done = subprocess.run(
            [*kizashi, "import", "--from", dialect, "--out", str(out), str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr[-2000:]
        assert "Traceback" not in done.stderr, done.stderr[-2000:]
