"""Where expressions are found, and at which line."""

import json

import pytest

from kizashi.declarations.problems import ProblemList
from kizashi.lint._base import Expression, Kind
from kizashi.lint.sources import read, without_variables

RULES = """\
groups:
  - name: shop
    rules:
      - record: shop:up:sum
        expr: sum(up)
        labels: {team: shop}
      - alert: Down
        expr: |
          sum(up)
          == 0
        for: 5m
        annotations:
          summary: Gone
"""


def expressions(text: str) -> list[Expression]:
    problems = ProblemList()
    held = read(text, "f.yaml", problems)
    assert not list(problems)
    return held.expressions


def test_rules_have_their_names_labels_waits_and_places():
    record, alert = expressions(RULES)

    assert (record.kind, record.name, record.text) == (
        Kind.RECORD,
        "shop:up:sum",
        "sum(up)",
    )
    assert record.labels == {"team": "shop"}
    assert str(record.position) == "f.yaml:5:15"
    assert (alert.kind, alert.name, alert.for_ms) == (Kind.ALERT, "Down", 300_000)
    assert str(alert.position) == "f.yaml:8:15"
    assert [(n.name, n.text) for n in alert.notes] == [("summary", "Gone")]


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}" for line in text.splitlines(keepends=True))


def test_a_prometheusrule_is_read():
    head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n"

    record, _ = expressions(head + indented(RULES, 2))

    assert record.name == "shop:up:sum"
    assert str(record.position) == "f.yaml:8:17"


def test_rules_inside_a_configmap_keep_the_lines_of_the_outer_file():
    head = (
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  notes.txt: hello\n  shop.yaml: |\n"
    )

    record, alert = expressions(head + indented(RULES, 4))

    assert record.position.line == 10
    assert alert.position.line == 13


def test_panels_of_a_dashboard_are_read_with_rows_and_variables():
    target = {"expr": 'sum(rate(a_total{job="$job"}[$__rate_interval]))'}
    inner = {"title": "Inside", "targets": [target]}
    outer = {"title": "Row", "type": "row", "panels": [inner]}
    board = {"title": "Shop", "panels": [outer, {"title": "Text"}]}

    for text in (json.dumps(board), json.dumps({"dashboard": board})):
        (panel,) = expressions(text)
        assert (panel.kind, panel.name) == (Kind.PANEL, "Inside")
        assert panel.text == 'sum(rate(a_total{job="job"}[5m]))'


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("rate(a[$interval])", "rate(a[5m])"),
        ("rate(a[${window:raw}])", "rate(a[5m])"),
        ("rate(a[[[window]]])", "rate(a[5m])"),
        ("max_over_time(a[$__range:$__interval])", "max_over_time(a[5m:5m])"),
        ('a{x=~"${x:regex}"}', 'a{x=~"x"}'),
    ],
)
def test_variables_become_something_that_can_be_read(written: str, read_as: str):
    assert without_variables(written)[0] == read_as


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "groups: none\n",
        "groups: [1, {rules: 5}, {rules: [3, {alert: A}]}]\n",
        "kind: ConfigMap\ndata: {a.yaml: {b: c}}\n",
        "kind: PrometheusRule\nspec: 5\n",
        "panels: [{targets: [{expr: {a: b}}]}]\n",
        "- 1\n",
        "",
    ],
)
def test_what_holds_no_rules_holds_none(text: str):
    assert expressions(text) == []


def test_aliases_and_merge_keys_are_written_out_and_told_once():
    text = """\
x-labels: &labels {severity: page}
groups:
  - name: g
    rules:
      - &base
        alert: A
        expr: up == 0
        labels: *labels
      - <<: *base
        alert: B
"""
    first, second = expressions(text)

    assert (first.name, second.name) == ("A", "B")
    assert first.labels == second.labels == {"severity": "page"}
    assert str(first.position) == str(second.position) == "f.yaml:7:15"
