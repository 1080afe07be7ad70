"""Names that rules need for themselves are no counters' and no counters' labels."""

from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.declarations.problems import ProblemLevel
from kizashi.declarations.service import SourceText, parse_declarations

SERVICE = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo}
spec:
  job: todo
  objectives:
    - {name: works, target: 99%, window: 30d, INDICATOR}
"""
OPENSLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: works}
spec:
  service: todo
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: works}
    spec:
      ratioMetric:
        bad: {metricSource: {type: Prometheus, spec: {query: bad_total}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'all_total{kizashi_counter="x"}'}}}
  objectives: [{target: 0.99}]
"""


def declared(indicator: str) -> str:
    return SERVICE.replace("INDICATOR", indicator)


@pytest.mark.parametrize(
    ("indicator", "code"),
    [
        ("ratio: {bad: 'b{kizashi_counter=\"x\"}', valid: v}", "reserved.label"),
        ("ratio: {good: g, valid: 'v{kizashi_counter!=\"\"}'}", "reserved.label"),
        ("ratio: {good: g, valid: 'v{kizashi_counter=~\".+\"}'}", "reserved.label"),
        (
            "latency: {histogram: h, below: 1s, match: '{kizashi_counter=\"x\"}'}",
            "reserved.label",
        ),
        ("ratio: {bad: b, valid: 'kizashi:seed_series:value'}", "reserved.metric"),
        ("ratio: {bad: 'kizashi:slice_bad:count', valid: v}", "reserved.metric"),
        # Counters without the label; one that may lack it; samples of gauges.
        ("ratio: {bad: 'b{kizashi_counter=\"\"}', valid: v}", None),
        ("ratio: {bad: 'b{kizashi_counter!=\"x\"}', valid: v}", None),
        ("boolean: {gauge: 'g{kizashi_counter=\"x\"}'}", None),
        ("boolean: {gauge: 'kizashi:pair_held:bool'}", None),
    ],
)
def test_a_counter_with_a_name_that_rules_need_is_an_error(
    indicator: str, code: str | None
):
    problems = parse_declarations([SourceText("a.yaml", declared(indicator))]).problems

    assert [(p.level, p.code) for p in problems] == (
        [] if code is None else [(ProblemLevel.ERROR, code)]
    )


def test_openslo_documents_are_held_to_it():
    problems = parse_declarations([SourceText("a.yaml", OPENSLO)]).problems

    assert "reserved.label" in [p.code for p in problems]


@pytest.mark.parametrize("command", [("check",), ("compile", "--to", "prometheus")])
def test_commands_refuse_it_with_one_sentence_and_what_to_do(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file, out = tmp_path / "a.yaml", tmp_path / "out"
    file.write_text(declared("ratio: {bad: b, valid: 'v{kizashi_counter=\"x\"}'}"))
    more = ("--out", str(out)) if command[0] == "compile" else ()

    code = run([*command, str(file), *more])

    said = "".join(capsys.readouterr())
    assert code == 1
    assert "a.yaml:7:14: " in said
    assert 'counters of v{kizashi_counter="x"} carry the label' in said
    assert 'kizashi_counter=""' in said
    assert not out.exists()
