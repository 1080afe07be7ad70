"""The demo as a person runs it: the hand count is the ledger, and nothing stays."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

COMMAND = (sys.executable, "-m", "kizashi", "demo", "--port", "0", "--api-port", "0")
COUNT = re.compile(
    r"(\w+): the traffic counted (\d+) bad of (\d+); .* (\d+) of (\d+)\."
)


@contextmanager
def running(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            yield demo
        finally:
            demo.terminate()


def until(demo: subprocess.Popen[str], text: str) -> str:
    """Return what the demo prints, up to and with the first line that holds a text."""
    assert demo.stdout
    told = []
    for line in demo.stdout:
        told.append(line)
        if text in line:
            return "".join(told)
    raise AssertionError(f"{text!r} was never said:\n{''.join(told)}")


def test_the_ledger_holds_what_the_traffic_counted_by_hand() -> None:
    """Down to the last request: failures and slow answers are made on the way.

    A simulated past is loaded meanwhile, before the seam, and changes no count.
    """
    traffic = ("--duration", "10s", "--rate", "30", "--history", "2")
    with running(*traffic, "--language", "en") as demo:
        page = until(demo, "Ctrl-C")
        until(demo, "past is loaded")
        switch = re.search(r"http://127\.0\.0\.1:\d+/demo/faults", page)
        assert switch
        faults = {"error_share": 0.2, "latency_ms": 250, "latency_share": 0.2}
        httpx2.put(switch[0], json=faults).raise_for_status()
        told = until(demo, "nothing is left running")
        assert demo.wait(timeout=20) == 0
    counts = {
        found[1]: list(map(int, found.groups()[1:])) for found in COUNT.finditer(told)
    }
    assert set(counts) == {"availability", "latency"}, told
    for bad, valid, ledger_bad, ledger_valid in counts.values():
        assert (ledger_bad, ledger_valid) == (bad, valid)
        assert valid == 300
        assert bad >= 10  # about sixty are expected
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(switch[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's own")
def test_a_demo_that_is_killed_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Its folder is what a killed demo does leave behind.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running("--language", "en") as demo:
        until(demo, "Ctrl-C")
        listed = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text()
        children = [os.pidfd_open(int(pid)) for pid in listed.split()]
        assert len(children) >= 2  # the service and Kizashi; the traffic may be third
        demo.kill()
        for child in children:
            assert select.select([child], [], [], 10)[0], "a child outlived the demo"
            os.close(child)
