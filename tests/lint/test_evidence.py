"""What is meant by a name that nobody has, and what may still come."""

import pytest

from kizashi.declarations.problems import ProblemList
from kizashi.lint._base import Setting
from kizashi.lint.evidence import Evidence, SeenSeries, is_meant, nearest
from kizashi.lint.rules import lint
from kizashi.lint.sources import read
from kizashi.model.labels import Labels


@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        ("http_request_total", "http_requests_total"),
        ("http_requests", "http_requests_total"),
        ("node_memory_MemFree", "node_memory_MemFree_bytes"),
        ("Backend", "backend"),
        ("backend-service", "backend"),
        ("backend", "todo-backend"),
        ("shopp", "shop"),
    ],
)
def test_a_name_misspelt_or_cut_is_meant(wanted: str, near: str):
    assert is_meant(wanted, near)


@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        ("sd_refresh_failures_total", "sd_kubernetes_failures_total"),
        ("probe_duration_seconds", "http_request_duration_seconds_bucket"),
        ("notifications_errors_total", "notifications_dropped_total"),
        ("a", ""),
    ],
)
def test_another_name_is_not(wanted: str, near: str):
    assert not is_meant(wanted, near)


def test_the_nearest_name_is_found_whatever_its_case():
    names = frozenset({"http_requests_total", "up"})

    assert nearest("HTTP_Requests_Total", names) == "http_requests_total"
    assert nearest("completely_different_thing", names) == ""


def evidence(*series: dict[str, str], of_server: bool = True) -> Evidence:
    seen: dict[str, list[SeenSeries]] = {}
    for one in series:
        seen.setdefault(one["__name__"], []).append(
            SeenSeries(Labels.of(one), 1.0, 1.0)
        )
    return Evidence("here", of_server, frozenset(seen), seen, jobs=None)


def found(expr: str, held: Evidence) -> list[str]:
    quoted = expr.replace("'", "''")
    text = f"groups: [{{rules: [{{alert: A, expr: '{quoted}', for: 5m}}]}}]"
    rules = read(text, "f.yml", ProblemList())
    assert rules.expressions
    return [each.rule for each in lint(Setting(rules.expressions, evidence=held))]


HTTP = {"__name__": "http_requests_total", "service": "shop", "code": "200"}


@pytest.mark.parametrize(
    "expr",
    [
        # Born with the first failure.
        "rate(http_errors_total[5m]) > 1",
        'rate(http_requests_total{code="503"}[5m]) > 1',
        'rate(http_requests_total{code=~"5.."}[5m]) > 1',
        'rate(http_requests_total{code!="500"}[5m]) > 1',
        # One of two is enough, and what takes away may be missing.
        "http_requests_total or node_boot_time_seconds",
        "http_requests_total unless on () maintenance",
        "absent(node_boot_time_seconds)",
        # Written by Prometheus itself.
        'ALERTS{alertname="B"} == 1',
        # No label is asked for.
        'rate(http_requests_total{zone=""}[5m]) > 1',
        'rate(http_requests_total{zone!="a"}[5m]) > 1',
    ],
)
def test_what_may_come_or_need_not_be_there_is_not_called_missing(expr: str):
    assert found(expr, evidence(HTTP)) == []


@pytest.mark.parametrize(
    ("expr", "rule"),
    [
        ("rate(http_requests[5m]) > 1", "metric-not-exported"),
        ("rate(nginx_errors_total[5m]) > 1", "metric-not-exported"),
        ('rate(http_requests_total{code="2xx"}[5m]) > 1', "value-not-exported"),
        ('rate(http_requests_total{code=~"[a-z]+"}[5m]) > 1', "value-not-exported"),
        ('rate(http_requests_total{service="Shop"}[5m]) > 1', "value-not-exported"),
        ('rate(http_requests_total{service=~"pay.*"}[5m]) > 1', "value-not-exported"),
        ('rate(http_requests_total{zone="a"}[5m]) > 1', "label-not-exported"),
        ('rate(http_requests_total{status!~"2.."}[5m]) > 1', "label-excludes-nothing"),
    ],
)
def test_what_can_never_match_is(expr: str, rule: str):
    assert found(expr, evidence(HTTP)) == [rule]


def test_targets_do_not_know_the_labels_of_their_scraper():
    held = evidence({"__name__": "http_requests_total", "code": "200"}, of_server=False)

    for label in ("job", "namespace", "zone", "cluster"):
        assert found(f'rate(http_requests_total{{{label}="x"}}[5m]) > 1', held) == []
    assert found("up == 0", held) == []


def test_a_label_of_another_service_does_not_help():
    other = {"__name__": "http_requests_total", "service": "ai", "status": "2xx"}
    expr = 'rate(http_requests_total{service="shop",status=~"5.."}[5m]) > 1'

    assert found(expr, evidence(HTTP, other)) == ["label-not-exported"]
