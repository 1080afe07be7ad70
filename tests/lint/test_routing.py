"""Which receivers an alert comes to, as amtool finds them."""

import subprocess
from pathlib import Path

import pytest

from kizashi.declarations.problems import ProblemList
from kizashi.lint._base import Finding, Setting
from kizashi.lint.labelling import KnownLabels
from kizashi.lint.routing import receivers
from kizashi.lint.rules import lint
from kizashi.lint.sources import read

CONFIGURATION = """\
route:
  receiver: nobody
  routes:
    - matchers: ['alertname="Watchdog"']
      receiver: deadman
    - matchers: ['severity="page"', team=~"shop|pay"]
      receiver: pager
      continue: true
    - matchers: ['severity=~"page|ticket"']
      receiver: board
      routes:
        - match: {team: pay}
          receiver: "null"
        - match_re: {team: 'sh.*'}
        - matchers: ['{zone!="",zone!~"eu-.*"}']
          receiver: overseas
    - matchers: [owner = data]
      receiver: empty
receivers:
  - name: nobody
  - {name: "null"}
  - {name: empty, webhook_configs: []}
  - {name: deadman, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}
  - {name: pager, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}
  - {name: board, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}
  - {name: overseas, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}
"""
LABELS = [
    {},
    {"alertname": "Watchdog"},
    {"severity": "page"},
    {"severity": "page", "team": "shop"},
    {"severity": "page", "team": "pay"},
    {"severity": "ticket", "team": "shop"},
    {"severity": "ticket", "team": "pay"},
    {"severity": "ticket", "team": "other"},
    {"severity": "ticket", "zone": "us-1"},
    {"severity": "ticket", "zone": "eu-1"},
    {"severity": "info", "owner": "data"},
]


def routing(text: str = CONFIGURATION):
    problems = ProblemList()
    (found,) = read(text, "alertmanager.yml", problems).routings
    assert not list(problems)
    return found


@pytest.mark.peer("prometheus-alertmanager")
@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_where_all_labels_are_known_it_is_what_amtool_says(
    labels: dict[str, str], tmp_path: Path
):
    path = tmp_path / "alertmanager.yml"
    path.write_text(CONFIGURATION)
    asked = [f"{name}={value}" for name, value in labels.items()]
    told = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={path}", *asked],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr

    reached = receivers(routing().root, KnownLabels(labels, frozenset()))

    assert [each.receiver for each in reached] == told.stdout.strip().split(",")


def found(rule: str, configuration: str = CONFIGURATION) -> list[Finding]:
    text = f"groups: [{{name: g, rules: [{rule}]}}]"
    held = read(text, "rules.yml", ProblemList())
    assert held.expressions
    return lint(Setting(held.expressions, routings=[routing(configuration)]))


@pytest.mark.parametrize(
    "rule",
    [
        "{alert: A, expr: 'sum(x) > 1', labels: {severity: critical}}",
        "{alert: A, expr: 'up == 0'}",
        "{alert: A, expr: 'up == 0', labels: {severity: info, owner: data}}",
        "{alert: A, expr: 'absent(up{job=\"a\"})', labels: {severity: warning}}",
    ],
)
def test_an_alert_that_comes_to_nobody_is_found(rule: str):
    (finding,) = found(rule)

    assert finding.rule == "routed-nowhere"


@pytest.mark.parametrize(
    "rule",
    [
        # Somebody is told.
        "{alert: A, expr: 'up == 0', labels: {severity: page}}",
        "{alert: Watchdog, expr: 'vector(1)'}",
        # The owner of the series may be one that a route asks for.
        "{alert: A, expr: 'up == 0', labels: {severity: '{{ $labels.severity }}'}}",
        # Sent to nobody on purpose.
        "{alert: A, expr: 'up == 0', labels: {severity: ticket, team: pay}}",
    ],
)
def test_an_alert_that_may_reach_somebody_is_not(rule: str):
    assert found(rule) == []


def test_an_alert_that_is_named_in_a_route_to_nobody_is_meant():
    named = CONFIGURATION.replace("receiver: deadman", "receiver: nobody")

    assert found("{alert: Watchdog, expr: 'vector(1)'}", named) == []


def test_labels_that_series_may_have_are_not_held_against_an_alert():
    configuration = """\
route: {receiver: nobody, routes: [{match: {team: shop}, receiver: shop}]}
receivers: [{name: nobody}, {name: shop, log_configs: [{}]}]
"""

    assert found("{alert: A, expr: 'up == 0'}", configuration) == []
    assert found("{alert: A, expr: 'sum by (team) (up) == 0'}", configuration) == []
    assert found("{alert: A, expr: 'sum by (job) (up) == 0'}", configuration)
    assert found("{alert: A, expr: 'up{team=\"shop\"} == 0'}", configuration) == []
    assert found("{alert: A, expr: 'up{team=\"pay\"} == 0'}", configuration)
