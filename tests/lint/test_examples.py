"""Each rule's wrong and right example: found and not found, and true in Prometheus."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kizashi.checking.evidence import of_pages
from kizashi.declarations.problems import ProblemList
from kizashi.lint._base import Setting
from kizashi.lint.evidence import Evidence
from kizashi.lint.rules import LEVELS, lint
from kizashi.lint.sources import read
from kizashi.model.durations import parse_duration
from kizashi.wire.exposition import ExpositionParser

EXAMPLES = Path(__file__).with_name("examples")
#: It is about a comment, not about an expression.
WITHOUT_EXAMPLE = {"lint.no-reason"}


def example(rule: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((EXAMPLES / f"{rule}.yaml").read_text())
    return loaded


def rules() -> list[str]:
    return sorted(path.stem for path in EXAMPLES.glob("*.yaml"))


def seen(told: dict[str, Any] | None) -> Evidence | None:
    """Return what an example says that a target exports, or a server holds."""
    if told is None:
        return None
    parser = ExpositionParser(
        max_samples=100, max_labels=9, max_label_name_bytes=99, max_label_value_bytes=99
    )
    body = told["page"].encode()
    page = parser.parse(body, "")
    still = [each.metric_name in told.get("still", ()) for each in page.layout.labels]
    before = replace(page, values=page.values * still)
    found = of_pages({"http://127.0.0.1:9100/metrics": (before, page)}, 60_000, True)
    assert found is not None
    jobs = told.get("jobs")
    return replace(
        found,
        of_server=told.get("server", False),
        jobs=None if jobs is None else frozenset(jobs),
    )


def found(
    text: str,
    options: list[str],
    evidence: dict[str, Any] | None = None,
    beside: str = "",
) -> set[str]:
    """Return the ids of what is found in a rule file, beside another one."""
    given = dict(zip(options[::2], options[1::2], strict=True))
    problems = ProblemList()
    held = read(text, "rules.yaml", problems)
    assert not list(problems)
    retention = given.get("--retention")
    setting = Setting(
        held.expressions,
        parse_duration(given.get("--scrape-interval", "15s")),
        parse_duration(retention) if retention else None,
        seen(evidence),
        routings=read(beside, "alertmanager.yml", problems).routings,
    )
    return {finding.rule for finding in [*held.findings, *lint(setting)]}


def test_every_rule_has_an_example():
    assert {f"lint.{rule}" for rule in rules()} == {*LEVELS} - WITHOUT_EXAMPLE


@pytest.mark.parametrize("rule", rules())
def test_the_wrong_one_is_found_and_the_right_one_is_not(rule: str):
    held = example(rule)

    others = held.get("options", []), held.get("evidence"), held.get("beside", "")
    assert found(held["wrong"], *others) == {rule}
    assert found(held["right"], *others) == set()


@pytest.mark.parametrize("rule", rules())
def test_what_rests_on_evidence_is_not_said_without_it(rule: str):
    held = example(rule)

    if "evidence" in held or "beside" in held:
        assert found(held["wrong"], held.get("options", [])) == set()


#: What the lint was asked to find, and the rules that do.
PROMISED = {
    "ratio of unsummed rates": ["unsummed-ratio", "average-of-shares"],
    "metric, label or label value that no target exports": [
        "metric-not-exported",
        "label-not-exported",
        "label-excludes-nothing",
        "value-not-exported",
    ],
    "job that cannot match": ["job-cannot-match"],
    "threshold without an edge or above the last edge": [
        "threshold-without-edge",
        "threshold-above-last-edge",
        "quantile-between-edges",
        "quantile-never-above",
    ],
    "range longer than retention": ["range-beyond-retention"],
    "constant counter": ["counter-never-moves"],
    "scrapes and health checks counted as traffic": ["machines-counted"],
    "success not a subset of total": ["not-a-part", "part-exceeds-whole"],
    "short window under four scrapes": ["range-too-short", "range-never-full"],
    "dead factor": ["can-never-fire"],
    "up or a probe shown as budget": ["reachable-is-no-budget"],
    "wrong text of when a budget is exhausted": ["wrong-time-to-empty"],
    "traffic alert blind to absence": ["blind-to-absence"],
    "ratio that turns NaN without traffic": [
        "silent-without-traffic",
        "average-of-shares",
        "mean-of-ratios",
        "invented-without-data",
        "empty-without-errors",
    ],
    "missing for or window pair": ["single-window", "burn-in-one-window"],
    "cgroup traps": [
        "page-cache-is-no-use",
        "limit-may-be-zero",
        "containers-counted-twice",
        "cpu-label-matches-nothing",
    ],
    "dead runbook links": ["dead-runbook"],
    "objective of 100 %": ["no-budget"],
    "several objectives on one name": ["two-of-one-name", "recorded-twice"],
    "alert that nothing routes": ["routed-nowhere"],
}


def test_everything_promised_has_its_rules():
    promised = {f"lint.{rule}" for held in PROMISED.values() for rule in held}

    assert promised <= set(LEVELS)
    assert set(LEVELS) - promised == {
        "lint.another-window",
        "lint.no-reason",
        "lint.not-promql",
        "lint.quantile-of-each-series",
        "lint.quantile-without-le",
        "lint.rate-of-gauge",
        "lint.too-large",
    }


def expressions(text: str) -> list[str]:
    groups = yaml.safe_load(text)["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def claim(expr: str, expected: object) -> dict[str, Any]:
    """Return a test of promtool that an expression has a value, or none."""
    word, _, limit = str(expected).rpartition(" than ")
    if expected == "nothing":
        return {"expr": expr, "eval_time": "", "exp_samples": []}
    if word:
        sign = {"more": ">", "less": "<"}[word]
        says = f"({expr}) {sign} {limit}"
    elif expected == "+Inf":
        says = f"({expr}) == +Inf"
    else:
        says = f"abs(({expr}) - {float(str(expected))!r}) < 1e-9"
    samples = [{"labels": "{}", "value": 1}]
    return {"expr": f"count({says})", "eval_time": "", "exp_samples": samples}


def claims(rule: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what promtool is to check, with the rule file that is loaded for it."""
    held = example(rule)
    for story, proof in held.get("proof", {}).items():
        series = [{"series": s, "values": v} for s, v in proof["series"].items()]
        for side in ("wrong", "right"):
            expr = proof.get("record") or expressions(held[side])[-1]
            test = claim(expr, proof[side]) | {"eval_time": proof["at"]}
            yield (
                held[side],
                {
                    "name": f"{rule}, {side}: {story}",
                    "interval": "1m",
                    "input_series": series,
                    "promql_expr_test": [test],
                },
            )


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="apt-get install prometheus"
)
def test_what_the_examples_claim_is_true_in_prometheus(tmp_path: Path):
    files = []
    for rule in rules():
        for number, (loaded, test) in enumerate(claims(rule)):
            own = tmp_path / f"{rule}-{number}.rules.yaml"
            own.write_text(loaded)
            path = tmp_path / f"{rule}-{number}.yaml"
            told = {
                "rule_files": [own.name],
                "evaluation_interval": "1m",
                "tests": [test],
            }
            path.write_text(yaml.safe_dump(told))
            files.append(path.name)

    done = subprocess.run(
        ["promtool", "test", "rules", *files],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(files) > 20
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="apt-get install prometheus"
)
def test_only_what_is_not_promql_fails_a_syntax_check(tmp_path: Path):
    held = {
        f"{rule}.{side}": text
        for rule in rules()
        for side in ("wrong", "right")
        if (text := example(rule)[side]).startswith("groups:")
    }
    for name, text in held.items():
        (tmp_path / name).write_text(text)
    broken = held.pop("not-promql.wrong")

    assert broken
    assert checked(tmp_path, ["not-promql.wrong"]) != 0
    assert checked(tmp_path, sorted(held)) == 0


def checked(folder: Path, names: list[str]) -> int:
    """Return what promtool ends with when it checks rule files."""
    return subprocess.run(
        ["promtool", "check", "rules", "--lint=none", *names],  # noqa: S607
        cwd=folder,
        capture_output=True,
        check=False,
    ).returncode
