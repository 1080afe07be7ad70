"""Where expressions are found, and at which line."""

import json

import pytest

from kizashi.declarations.problems import ProblemList
from kizashi.lint._base import Expression, Kind, Setting
from kizashi.lint.rules import lint
from kizashi.lint.sources import read
from kizashi.promql.reader import parse
from kizashi.promql.writer import shown

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
        assert panel.text == target["expr"]
        assert panel.filled is not None
        assert panel.filled.restored(shown(panel.tree)) == target["expr"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("rate(a[$interval])", "rate(a[5m])"),
        ("rate(a[${window:raw}])", "rate(a[5m])"),
        ("rate(a[[[window]]])", "rate(a[5m])"),
        ("max_over_time(a[$__range:$__interval])", "max_over_time(a[5m:5m])"),
        ("increase(a[${__range_s}s])", "increase(a[5m])"),
        ("a * $__range_s", "a * 300"),
        ("a offset $shift", "a offset 5m"),
        ('a{x=~"${x:regex}"}', 'a{x=~"kzv_0_kzv"}'),
        ("topk($n, a)", "topk(1, a)"),
        ("histogram_quantile($q, rate(a_bucket[5m]))", None),
        ("sum by ($by) (a)", "sum by (kzv_0_kzv) (a)"),
        ("a_$what > $limit", "a_kzv_0_kzv > kzv_1_kzv"),
    ],
)
def test_variables_become_something_that_can_be_read(written: str, read_as: str | None):
    (panel,) = expressions(panels({"expr": written}))

    if read_as is not None:
        assert str(panel.tree) == str(parse(read_as))
    assert panel.text == written


def panels(*targets: dict[str, object], **of_panel: object) -> str:
    return json.dumps({"panels": [{"title": "T", "targets": targets, **of_panel}]})


def test_what_speaks_another_language_is_left_out():
    log = '{app="shop"} |= "error"'
    rules = f"groups: [{{name: g, rules: [{{alert: A, expr: 'rate({log}[5m]) > 1'}}]}}]"

    assert expressions(rules) == []
    loki = {"type": "loki", "uid": "x"}
    assert expressions(panels({"expr": "shop", "datasource": loki})) == []
    assert expressions(panels({"expr": "shop"}, datasource=loki)) == []
    prometheus = {"type": "prometheus", "uid": "x"}
    assert len(expressions(panels({"expr": "up", "datasource": prometheus}))) == 1
    assert len(expressions(panels({"expr": "up"}, datasource="Metrics"))) == 1


def test_lists_of_objects_and_rows_of_old_dashboards_are_read():
    rule = "{alert: A, expr: up}"
    item = f"{{kind: PrometheusRule, spec: {{groups: [{{rules: [{rule}]}}]}}}}"
    old = {"schemaVersion": 14, "rows": [{"panels": [{"targets": [{"expr": "up"}]}]}]}

    assert len(expressions(f"kind: List\nitems: [{item}, {item}]")) == 2
    assert len(expressions(json.dumps(old))) == 1


def test_a_range_that_a_variable_says_is_not_held_against_anything():
    text = panels(
        {
            "expr": 'rate(a{x="$x",c="1"}[$__rate_interval]) / rate(a{x="$x"}[$__rate_interval])'
        }
    )
    held = read(text, "f.json", ProblemList())

    (finding,) = lint(Setting(held.expressions, scrape_interval_ms=300_000))

    assert finding.rule == "unsummed-ratio"
    assert finding.correction == (
        'sum(rate(a{x="$x",c="1"}[$__rate_interval]))'
        ' / sum(rate(a{x="$x"}[$__rate_interval]))'
    )


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


@pytest.mark.parametrize(
    "head",
    [
        "additionalPrometheusRulesMap:\n  shop:\n",
        "serverFiles:\n  alerting_rules.yml:\n",
        "kind: HelmRelease\nspec:\n  values:\n    additionalPrometheusRules:\n    - name: shop\n",
    ],
)
def test_rules_in_the_values_of_a_chart_are_read(head: str):
    record, alert = expressions(head + indented(RULES, 6))

    assert (record.name, alert.name) == ("shop:up:sum", "Down")


def test_files_within_files_are_read_as_far_as_people_nest_them():
    rule = json.dumps({"groups": [{"rules": [{"record": "a:b", "expr": "a"}]}]})
    found = []
    for count in (1, 3, 300):
        text = rule
        for _ in range(count):
            lines = text.replace("\n", "\n  ")
            text = f"kind: ConfigMap\ndata:\n a.yaml: |\n  {lines}"
        found.append(len(expressions(text)))

    assert found == [1, 1, 0]
