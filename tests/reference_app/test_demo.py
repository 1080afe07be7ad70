"""The demo as a person runs it: the hand count is the ledger, and nothing stays."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from whole_demo import (
    COMMAND,
    Page,
    all_end,
    children_of,
    needs_services,
    running,
    until_told,
)

COUNT = re.compile(
    r"(\S+): the traffic counted (\d+) bad of (\d+); .* (\d+) of (\d+)\."
)
pytestmark = needs_services


def test_the_ledger_holds_what_the_traffic_counted_by_hand() -> None:
    """Down to the last request: people and guests, failures, slow and degraded answers.

    A simulated past is loaded meanwhile, before the seam, and changes no count.
    """
    traffic = ("--duration", "10s", "--rate", "30", "--history", "2")
    with running(*traffic, "--language", "en") as demo:
        page = Page(until_told(demo, "Ctrl-C"))
        faults = {"error_share": 0.2, "latency_ms": 250, "latency_share": 0.2}
        page.fault(**faults, ai_down=True)
        told = until_told(demo, "nothing is left running")
        assert demo.wait(timeout=20) == 0
    counts = {
        found[1]: list(map(int, found.groups()[1:])) for found in COUNT.finditer(told)
    }
    promised = ("availability", "latency", "full-answers")
    assert set(counts) == {f"backend/{name}" for name in promised}, told
    for bad, valid, ledger_bad, ledger_valid in counts.values():
        assert (ledger_bad, ledger_valid) == (bad, valid)
        assert bad >= 3
    # All but the pages, where there is a front door that has them.
    asked = counts["backend/latency"][1]
    assert 150 < asked <= 300
    # Degraded answers are of no account there, and all else is.
    apart = counts["backend/full-answers"][0]
    assert counts["backend/availability"][1] == asked - apart
    assert not page.file("admin-token").parent.exists()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(page.address("Kizashi"))


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's own")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_demo_that_ends_in_its_middle_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals
) -> None:
    # Its folder is what a killed demo does leave behind.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running("--language", "en") as demo:
        until_told(demo, "Kizashi is live")
        parts = children_of(demo.pid)
        assert {"kizashi", "aws"} <= parts.keys()  # the others are coming
        ends = [os.pidfd_open(pid) for pid in parts.values()]
        demo.send_signal(number)
        assert all_end(ends), "a part outlived the demo"
        for end in ends:
            os.close(end)
        code = demo.wait(timeout=30)
    if number is signal.SIGINT:
        assert code == 0
        assert list(tmp_path.glob("kizashi-demo-*")) == []


def test_the_exercise_sees_every_step_in_its_bound_and_leaves_nothing() -> None:
    """Fault, page, why, end; degraded apart from bad; outage, page, end."""
    command = [*COMMAND, "--exercise", "--language", "ja"]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=240
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    steps = [line for line in ran.stdout.splitlines() if line.startswith("ok ")]
    assert len(steps) == 15
    # What `kizashi explain` prints, in the reader's language.
    assert re.search(r"^   \| .*backend/availability", ran.stdout, re.MULTILINE)
    assert "訓練は成功です" in ran.stdout
