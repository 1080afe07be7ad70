"""Rules that are right as they stand: nothing is found in them."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from kizashi.declarations.problems import ProblemList
from kizashi.lint._base import Setting
from kizashi.lint.rules import lint
from kizashi.lint.sources import read

BAD = 'sum by (job) (rate(http_requests_total{code=~"5.."}[%s]))'
ALL = "sum by (job) (rate(http_requests_total[%s]))"
SHARE = f"({BAD} / {ALL})"


def share(window: str) -> str:
    return SHARE % (window, window)


SOUND = {
    "two windows": f"{share('1h')} > (14.4 * 0.001) and {share('5m')} > (14.4 * 0.001)",
    "a mean of a summary": "rate(wait_seconds_sum[5m]) / rate(wait_seconds_count[5m])",
    "different metrics": "rate(cache_hits_total[5m]) / rate(cache_misses_total[5m])",
    "two parts of one metric": 'sum(rate(a_total{code="500"}[5m])) / sum(rate(a_total{code="200"}[5m])) > 3',
    "a gauge's mean": "avg_over_time(queue_length[1h]) > 100",
    "reachability as itself": 'avg_over_time(up{job="shop"}[5m]) < 0.5',
    "a quantile": "histogram_quantile(0.99, sum by (le) (rate(x_seconds_bucket[5m]))) > 1",
    "a quantile that keeps all but the host": "histogram_quantile(0.99, sum without (instance) (rate(x_seconds_bucket[5m]))) > 1",
    "matching by hand": 'rate(a_total{code="500"}[5m]) / on (instance) group_left () sum by (instance) (rate(a_total[5m]))',
    "a working set": 'sum by (pod) (container_memory_working_set_bytes{container!=""}) > 1e9',
    "cpu by container": 'sum by (pod) (rate(container_cpu_usage_seconds_total{image!=""}[5m])) > 1',
    "too little traffic, watched": "sum(rate(orders_total[10m])) < 1 or absent(orders_total)",
    "disk in a day": "predict_linear(node_filesystem_avail_bytes[6h], 86400) < 0",
    "a share above half": f"{share('5m')} > 0.5",
    "all errors": f"{share('1h')} >= 1",
    "an availability that knows no errors": f"1 - (({BAD % '5m'} or 0 * {ALL % '5m'}) / {ALL % '5m'}) < 0.9",
    "certificates": "probe_ssl_earliest_cert_expiry - time() < 86400 * 14",
    "a deadman": "vector(1)",
}


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_found_in_a_sound_alert(name: str):
    rule = {
        "alert": "A",
        "expr": SOUND[name],
        "for": "5m",
        "annotations": {"runbook_url": "https://wiki.kizashi.dev/a"},
    }
    text = yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]})
    problems = ProblemList()

    held = read(text, "f.yaml", problems)
    found = lint(Setting(held.expressions, 15_000, 15 * 86_400_000))

    assert not held.findings
    assert found == []


def test_nothing_is_found_in_sound_rules_of_common_styles():
    """Mixins, chains of recordings, burn rates in pairs, machines, databases."""
    expressions = []
    for path in sorted(Path(__file__).with_name("sound").glob("*.yaml")):
        problems = ProblemList()
        held = read(path.read_text(), path.name, problems)
        assert not list(problems)
        assert not held.findings
        expressions += held.expressions

    found = lint(Setting(expressions, 15_000, 60 * 86_400_000))

    assert len(expressions) + len(SOUND) > 90
    assert [f"{each.position} {each.rule}" for each in found] == []


@pytest.mark.peer("prometheus")
def test_prometheus_accepts_them_too():
    files = sorted(Path(__file__).with_name("sound").glob("*.yaml"))
    told = subprocess.run(
        ["promtool", "check", "rules", *files],  # noqa: S607 - whatever PATH offers
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, told.stderr


def test_titles_of_what_a_chart_spans_are_no_claims():
    expr = "sum(rate(a_total[5m]))"
    for title in ("Requests, last 7 days", "Requests over the last 24 hours", "28d"):
        text = json.dumps({"panels": [{"title": title, "targets": [{"expr": expr}]}]})
        held = read(text, "f.json", ProblemList())

        assert lint(Setting(held.expressions, 15_000)) == []


@pytest.mark.parametrize(
    ("watched", "is_found"),
    [
        ('absent(up{job="shop"})', False),
        ("absent(up)", False),
        ('absent(up{job="pay"})', True),
        ('up{job="shop"} == 0', True),
    ],
)
def test_too_little_traffic_is_fine_where_its_targets_are_watched(
    watched: str, is_found: bool
):
    rules = [
        {"alert": "A", "expr": 'sum(rate(a_total{job="shop"}[5m])) < 1', "for": "5m"},
        {"alert": "B", "expr": watched, "for": "5m"},
    ]
    text = json.dumps({"groups": [{"name": "g", "rules": rules}]})
    held = read(text, "f.yml", ProblemList())

    found = [each.rule for each in lint(Setting(held.expressions, 15_000))]

    assert found == (["blind-to-absence"] if is_found else [])
