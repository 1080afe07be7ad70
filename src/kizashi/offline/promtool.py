"""Prometheus' own rule evaluation over made-up samples, by way of `promtool`."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from kizashi.errors import PeerError
from kizashi.proof.unit_test import Answers, RuleQuery

PROGRAM = "promtool"
#: A question that takes longer is abandoned.
LONGEST_S = 300


def is_installed() -> bool:
    """Return whether there is a promtool to ask."""
    return shutil.which(PROGRAM) is not None


def ask(question: RuleQuery, timeout_s: float = LONGEST_S) -> Answers:
    """Return what each query returns: values by series, as promtool writes them.

    Raises:
        PeerError: If promtool is not installed, takes too long, or does not answer;
            holds what it said.
    """
    with tempfile.TemporaryDirectory(prefix="kz-promtool-") as name:
        folder = Path(name)
        for file, text in question.files().items():
            (folder / file).write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - no argument is of the user
                [PROGRAM, "test", "rules", str(folder / "test.yaml")],
                capture_output=True,
                check=False,
                text=True,
                timeout=timeout_s,
            )
        except FileNotFoundError:
            raise PeerError(PROGRAM) from None
        except subprocess.TimeoutExpired:
            raise PeerError(f"{PROGRAM}: {timeout_s:.0f} s") from None
    told = done.stdout + done.stderr
    answers = question.answers(told)
    if answers is None:
        raise PeerError(told.strip())
    return answers
