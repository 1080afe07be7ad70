"""Presets of golden signals: one whose requests are calls."""

import json

from kinds.sort import Sort
from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.slo.signal_presets import PRESETS

DECLARED = """
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: a}
spec:
  signals: {preset: NAME}
  objectives:
    - {name: b, target: 99%, window: 1d, boolean: {gauge: 'up{job="a"}'}}
"""
ROW = """
        "NAME": SignalPreset(
            requests="calls_total",
            saturation=(
                Saturation("dashboards.golden.cpu", Unit.SHARE, "busy{%(job)s}"),
            ),
        ),
"""


def proof() -> None:
    """A declaration may name it, and dashboards draw what it says."""
    name = SORT.made_up
    source = SourceText("a.yaml", DECLARED.replace("NAME", name))
    found = parse_declarations([source])
    assert found.problems == ()
    assert found.services[0].signals_preset == name
    target = load_target("grafana")
    made = target.compile(found.services, Configuration(), CompileOptions())
    (board,) = (f.text for f in made.files if f.path == "golden-signals-a.json")
    assert 'busy{job=~"a"}' in json.dumps(json.loads(board)).replace('\\"', '"')
    assert "calls_total" in PRESETS[name].metrics


SORT = Sort(
    kinds=PRESETS,
    made_up="calls",
    new={},
    edits={
        "src/kizashi/slo/signal_presets.py": (
            ('        "prometheus-client":', ROW.lstrip("\n")),
        ),
        **{
            f"docs/{language}/reference/declarations.md": (
                ("| `fastapi` |", "| `NAME` | `calls_total` |\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={"docs/LANGUAGE/reference/declarations.md": "\n| `NAME` |"},
    asked=("prometheus-client", "fastapi"),
    home=("slo/signal_presets.py",),
)
