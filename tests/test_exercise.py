"""The whole story through the real parts: fault, page, end, outage, page, end."""

import subprocess
import sys

from kizashi.messages import CATALOGUE


def test_the_exercise_sees_every_step_in_its_bound_and_leaves_nothing() -> None:
    command = [
        sys.executable,
        "-m",
        "kizashi",
        "demo",
        "--exercise",
        "--language",
        "ja",
    ]
    command += ["--port", "0", "--api-port", "0"]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=180
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    steps = [line for line in ran.stdout.splitlines() if line.startswith("ok ")]
    assert len(steps) == 9
    assert CATALOGUE["exercise.good"][1] in ran.stdout
