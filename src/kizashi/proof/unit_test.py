"""Questions to Prometheus' own rule evaluation, written as a unit test of rules.

`promtool test rules` evaluates rules at every step over input series and compares
queries with what is expected. Asked for what cannot be, it says what it got.

Source: Prometheus, "Unit testing for rules".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kizashi.compiler.yaml_text import Yaml

RULES_FILE = "rules.yaml"
_IMPOSSIBLE: Yaml = [{"labels": "impossible", "value": 0}]
_ANSWER = re.compile(
    r'    expr: "(?P<expr>(?:[^"\\]|\\.)*)", time: [^\n]*\n'
    r"        exp: [^\n]*\n"
    r"        got: (?P<got>(?:[^\n]|\n {13,})*)"
)
_SAMPLE = re.compile(r'(\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}) ([^\s,]+)')

#: Values by series, as promtool writes them, for each query.
Answers = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules to be evaluated.

    Attributes:
        groups: As a rule file has them, in the order of evaluation.
        step_s: Seconds between two evaluations of all of them.
    """

    groups: Sequence[Mapping[str, Yaml]]
    step_s: int


@dataclass(frozen=True, slots=True)
class RuleQuery:
    """What is asked of rules at a time.

    Attributes:
        rules: The rules.
        inputs: The input series of the test.
        queries: What is asked.
        grid_s: Seconds between two values of an input series.
        at_s: When it is asked, seconds after the first value.
    """

    rules: RuleSet
    inputs: Sequence[Mapping[str, Yaml]]
    queries: Sequence[str]
    grid_s: int
    at_s: int

    def files(self) -> dict[str, str]:
        """Return the rule file and the test as JSON, which is YAML, by name."""
        groups = self.rules.groups
        test = {
            "rule_files": [RULES_FILE],
            "group_eval_order": [str(group["name"]) for group in groups],
            "evaluation_interval": f"{self.rules.step_s}s",
            "tests": [
                {
                    "interval": f"{self.grid_s}s",
                    "input_series": list(self.inputs),
                    "promql_expr_test": [
                        {
                            "expr": query,
                            "eval_time": f"{self.at_s}s",
                            "exp_samples": _IMPOSSIBLE,
                        }
                        for query in self.queries
                    ],
                }
            ],
        }
        return {
            RULES_FILE: json.dumps({"groups": list(groups)}),
            "test.yaml": json.dumps(test),
        }

    def answers(self, told: str) -> Answers | None:
        """Return what each query returned; None where promtool answers something else.

        Args:
            told: What promtool printed.
        """
        found = {
            json.loads(f'"{match["expr"]}"'): _samples(match["got"])
            for match in _ANSWER.finditer(told)
        }
        return None if set(self.queries) - found.keys() else found


def series(points: Mapping[int, float | None], grid_s: int, end_s: int) -> str:
    """Return values of an input series on a grid; None is a staleness marker."""
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


def _samples(text: str) -> dict[str, float]:
    if text.strip() == "nil":
        return {}
    return {labels: float(value) for labels, value in _SAMPLE.findall(text)}
