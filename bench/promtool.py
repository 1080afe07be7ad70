"""Prometheus' own rule evaluation over made-up samples, by way of `promtool`.

`promtool test rules` evaluates rules at every step over input series and compares
queries with what is expected. Asked for what cannot be, it says what it got.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_IMPOSSIBLE = [{"labels": "impossible", "value": 0}]
_ANSWER = re.compile(
    r'    expr: "(?P<expr>(?:[^"\\]|\\.)*)", time: [^\n]*\n'
    r"        exp: [^\n]*\n"
    r"        got: (?P<got>(?:[^\n]|\n {13,})*)"
)
_SAMPLE = re.compile(r"(\{[^{}]*\}) ([^\s,]+)")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules to be evaluated.

    Attributes:
        groups: As a rule file has them, in the order of evaluation.
        step_s: Seconds between two evaluations of all of them.
    """

    groups: Sequence[Mapping[str, Any]]
    step_s: int


def series(points: Mapping[int, float | None], grid_s: int, end_s: int) -> str:
    """Values of an input series on a grid; None is a staleness marker."""
    out: list[str] = []
    gap = 0
    for at in range(0, end_s + 1, grid_s):
        if at not in points:
            gap += 1
            continue
        if gap:
            out.append(f"_x{gap}")
            gap = 0
        value = points[at]
        out.append("stale" if value is None else f"{value:.17g}")
    return " ".join(out)


def ask(
    rules: Rules,
    inputs: Sequence[Mapping[str, str]],
    queries: Sequence[str],
    *,
    grid_s: int,
    at_s: int,
) -> dict[str, dict[str, float]]:
    """What each query returns at a time: values by series, as promtool writes them."""
    test = {
        "rule_files": ["rules.yaml"],
        "group_eval_order": [str(group["name"]) for group in rules.groups],
        "evaluation_interval": f"{rules.step_s}s",
        "tests": [
            {
                "interval": f"{grid_s}s",
                "input_series": list(inputs),
                "promql_expr_test": [
                    {"expr": query, "eval_time": f"{at_s}s", "exp_samples": _IMPOSSIBLE}
                    for query in queries
                ],
            }
        ],
    }
    with tempfile.TemporaryDirectory(prefix="kz-promtool-") as name:
        folder = Path(name)
        (folder / "rules.yaml").write_text(json.dumps({"groups": list(rules.groups)}))
        (folder / "test.yaml").write_text(json.dumps(test))
        done = subprocess.run(
            ["promtool", "test", "rules", str(folder / "test.yaml")],  # noqa: S607
            capture_output=True,
            check=False,
            text=True,
        )
    found = {
        json.loads(f'"{match["expr"]}"'): _samples(match["got"])
        for match in _ANSWER.finditer(done.stdout + done.stderr)
    }
    lacking = set(queries) - found.keys()
    if lacking:
        raise RuntimeError(f"promtool: {sorted(lacking)}\n{done.stdout}{done.stderr}")
    return found


def _samples(text: str) -> dict[str, float]:
    if text.strip() == "nil":
        return {}
    return {labels: float(value) for labels, value in _SAMPLE.findall(text)}
