"""Every documented field of each dialect stands in an example, and none is dropped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import ProblemLevel, ProblemList
from kizashi.declarations.yaml_document import (
    YamlList,
    YamlMap,
    YamlNode,
    parse_documents,
)
from kizashi.importers import load_dialect, recognise
from kizashi.importers._base import ImportOptions

EXAMPLES = Path(__file__).parent / "examples"

#: The fields that each tool documents, by the file that has them all.
DOCUMENTED = {
    "sloth.yaml": """
        version service labels slo_plugins overridePrevious chain id config priority
        slos name description objective plugins sli events error_query total_query raw
        error_ratio_query plugin options alerting annotations page_alert ticket_alert
        disable
    """,
    "sloth-kubernetes.yaml": """
        apiVersion kind metadata spec status service labels sloPlugins slos name
        description objective plugins sli events errorQuery totalQuery raw
        errorRatioQuery plugin options alerting annotations pageAlert ticketAlert
        disable processedSLOs sloPeriod page ticket quick slow errorBudgetPercent
        shortWindow longWindow
    """,
    "pyrra.yaml": """
        apiVersion kind metadata spec description target window indicator ratio errors
        metric total grouping latency success latencyNative bool_gauge alerting disabled
        burnrates burnRateType absent name absentName severities fastBurn mediumBurn
        slowBurn longTermBurn partial_response_strategy performanceOverAccuracy
        ruleOutput shortRulesLabels longRulesLabels enableDescriptionAsLabel
    """,
    "slo-generator.yaml": """
        apiVersion kind metadata name labels spec description goal backend method
        service_level_indicator error_budget_policy exporters default_exporters backends
        error_budget_policies steps burn_rate_threshold alert message_alert message_ok
        window filter_good filter_bad filter_valid operators expression threshold_bucket
    """,
    "openslo.yaml": """
        apiVersion kind metadata name displayName labels annotations spec description
        type connectionDetails thresholdMetric ratioMetric metricSource metricSourceRef
        counter total good bad raw rawType service indicator indicatorRef timeWindow
        duration isRolling calendar startTime timeZone budgetingMethod objectives op
        value target targetPercent timeSliceTarget timeSliceWindow compositeWeight
        alertPolicies alertPolicyRef alertWhenNoData alertWhenResolved
        alertWhenBreaching conditions conditionRef notificationTargets targetRef
        severity condition threshold lookbackWindow alertAfter
    """,
}
#: What no objective can be made of, and why, by the line that it stands on.
REFUSED = {
    "sloth.yaml": ["import.sloth.plugin"],
    "sloth-kubernetes.yaml": ["import.sloth.plugin"],
    "pyrra.yaml": ["import.pyrra.native"],
    "slo-generator.yaml": [],
    "openslo.yaml": [
        "openslo.calendar-window",
        "openslo.method",
        "openslo.method",
        "openslo.raw",
        "openslo.composite",
        "openslo.weighted",
        "openslo.composite",
    ],
}
CARRIED = {
    "sloth.yaml": ["orders", "searches"],
    "sloth-kubernetes.yaml": ["orders", "searches"],
    "pyrra.yaml": ["orders", "quick-orders", "reachable"],
    "slo-generator.yaml": [
        "api-orders",
        "shop-failures",
        "shop-searches",
        "shop-quick",
    ],
    "openslo.yaml": ["orders"],
}
#: Every backend and method that slo-generator documents, but Prometheus' own.
ELSEWHERE = [
    ("cloud_monitoring", "good_bad_ratio"),
    ("cloud_monitoring", "distribution_cut"),
    ("cloud_monitoring_mql", "good_bad_ratio"),
    ("cloud_monitoring_mql", "distribution_cut"),
    ("cloud_monitoring_mql", "query_sli"),
    ("cloud_service_monitoring", "basic"),
    ("cloud_service_monitoring", "good_bad_ratio"),
    ("cloud_service_monitoring", "distribution_cut"),
    ("cloud_service_monitoring", "window"),
    ("datadog", "good_bad_ratio"),
    ("datadog", "query_sli"),
    ("datadog", "query_slo"),
    ("dynatrace", "good_bad_ratio"),
    ("dynatrace", "threshold"),
    ("elasticsearch", "good_bad_ratio"),
    ("open_search", "good_bad_ratio"),
    ("splunk", "search"),
    ("custom.module.Backend", "anything"),
]


def source(name: str) -> SourceText:
    return SourceText(name, (EXAMPLES / name).read_text("utf-8"))


def keys(node: YamlNode) -> Iterator[str]:
    if isinstance(node, YamlMap):
        for entry in node.entries:
            yield entry.key
            yield from keys(entry.value)
    elif isinstance(node, YamlList):
        for item in node.items:
            yield from keys(item)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_example_has_every_documented_field_and_none_is_unknown(name: str):
    problems = ProblemList()
    found = {
        key
        for document in parse_documents(source(name).text, name, problems)
        for key in keys(document)
    }
    (dialect,) = recognise([source(name)], ProblemList())
    imported = load_dialect(dialect).carry([source(name)], ImportOptions())

    assert set(DOCUMENTED[name].split()) - found == set()
    assert [p for p in imported.problems if p.code.startswith("field.")] == []
    assert [c.name for c in imported.carried] == CARRIED[name]
    refused = [p.code for p in imported.problems if p.level is ProblemLevel.ERROR]
    assert refused == REFUSED[name]


@pytest.mark.parametrize(("backend", "method"), ELSEWHERE, ids="/".join)
def test_what_another_backend_counts_is_named_with_its_method(
    backend: str, method: str
):
    text = f"""\
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata: {{name: a}}
spec: {{goal: 0.9, backend: {backend}, method: {method}, service_level_indicator: {{}}}}
"""
    imported = load_dialect("slo-generator").carry(
        [SourceText("a.yaml", text)], ImportOptions()
    )

    (refused,) = [p for p in imported.problems if p.level is ProblemLevel.ERROR]
    assert refused.code == "import.slo-generator.backend"
    assert refused.params == {"backend": backend, "method": method}


def test_the_plugins_of_sloth_are_named_by_their_ids():
    imported = load_dialect("sloth").carry([source("sloth.yaml")], ImportOptions())

    named = [
        p.params["names"]
        for p in imported.problems
        if p.code == "import.sloth.slo-plugins"
    ]
    assert named == ["example.dev/core/labels/v1", "example.dev/core/quiet/v1"]


def test_windows_of_a_list_are_those_of_its_objectives():
    name = "sloth-kubernetes.yaml"
    imported = load_dialect("sloth").carry([source(name)], ImportOptions())

    assert {c.spec.window.length_ms for c in imported.carried} == {7 * 86_400_000}


def test_strictly_read_openslo_has_no_leniencies():
    text = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: Orders}
spec:
  service: shop
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'bad_total{job="shop"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'all_total{job="shop"}'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.999}]
"""
    openslo = load_dialect("openslo")
    lenient = openslo.carry([SourceText("a.yaml", text)], ImportOptions())
    strict = openslo.carry([SourceText("a.yaml", text)], ImportOptions(is_strict=True))

    assert [c.objective for c in lenient.carried] == ["orders"]
    named = {p.code for p in lenient.problems if p.level is ProblemLevel.WARNING}
    assert [p for p in lenient.problems if p.level is ProblemLevel.ERROR] == []
    assert (
        {p.code for p in strict.problems if p.level is ProblemLevel.ERROR}
        == named
        != set()
    )
