"""Presets of an alert policy: one that pages for a whole day's burn alone."""

import json
from contextlib import redirect_stdout
from io import StringIO

from kinds.sort import Sort
from kizashi.cli import run
from kizashi.messages import render
from kizashi.slo.policy import PRESETS


def proof() -> None:
    """It can be asked about, and says whom it suits."""
    name = SORT.made_up
    printed = StringIO()
    with redirect_stdout(printed):
        assert run(["policy", name, "--target", "99.9%", "--format", "json"]) == 0
    outage, *_ = json.loads(printed.getvalue())["cases"]
    # 3 × 0.1 % of a day is full of errors after 259.2 seconds.
    assert (outage["severity"], outage["detection_s"]) == ("page", 259.2)
    assert render("ja", PRESETS[name].suits) == "のんびり"


SORT = Sort(
    kinds=PRESETS,
    made_up="unhurried",
    new={},
    edits={
        "src/kizashi/slo/policy.py": (
            (
                '        "2h-6h-24h": _preset(',
                '        "NAME": _preset("policy.preset.NAME", (24, "3", Severity.PAGE)),\n',
            ),
        ),
        "src/kizashi/messages/policy.py": (
            (
                '    "policy.preset.google-30d":',
                '    "policy.preset.NAME": ("At ease", "のんびり"),\n',
            ),
        ),
        **{
            f"docs/{language}/reference/policies.md": (
                ("\n<!-- end -->", "\n## NAME\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={"docs/LANGUAGE/reference/policies.md": "\n## NAME\n"},
    asked=("google-30d", "2h-6h-24h"),
    home=("slo/policy.py",),
)
