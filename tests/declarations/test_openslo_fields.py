"""Every field of OpenSLO v1: what it may be, what is forgiven, and what is refused."""

from dataclasses import dataclass
from typing import Any

import pytest
from openslo_documents import (
    ABSENT,
    DOCUMENTS,
    RAW,
    THRESHOLD,
    as_yaml,
    changed,
    codes,
    metric,
    parse,
)

from kizashi.declarations.problems import ProblemLevel
from kizashi.messages import CATALOGUE, LANGUAGES, render

LONG = "x" * 64
INLINE_CONDITION = {
    "kind": "AlertCondition",
    "metadata": {"name": "inside"},
    "spec": DOCUMENTS["AlertCondition"]["spec"],
}
INLINE_POLICY = {
    "kind": "AlertPolicy",
    "metadata": {"name": "inside"},
    "spec": DOCUMENTS["AlertPolicy"]["spec"],
}
INLINE_TARGET = {
    "kind": "AlertNotificationTarget",
    "metadata": {"name": "inside"},
    "spec": {"target": "webhook"},
}
INLINE_SLI = {"metadata": {"name": "inside"}, "spec": DOCUMENTS["SLI"]["spec"]}
OBJECTIVE = "spec.objectives.0."
WINDOW = "spec.timeWindow.0."
CONDITION = "spec.condition."


@dataclass(frozen=True)
class Case:
    """One field with one value.

    `refused` is the code of the error in both readings; `forgiven` that of what is an
    error to a strict reading and a warning to a lenient one; `warned` that of a warning
    to both; none of them: it is accepted.
    """

    kind: str
    path: str
    value: Any
    refused: str | None = None
    forgiven: str | None = None
    warned: str | None = None
    spec: dict[str, Any] | None = None

    def __str__(self) -> str:
        value = "absent" if self.value is ABSENT else str(self.value)[:40]
        return f"{self.kind}.{self.path}={value}"


def every_kind(path: str, value: object, **outcome: str) -> list[Case]:
    return [Case(kind, path, value, **outcome) for kind in DOCUMENTS]


CASES = [
    # Common to all kinds.
    *every_kind("metadata.displayName", ABSENT),
    *every_kind("metadata.displayName", LONG, forgiven="openslo.long-text"),
    *every_kind("metadata.labels", {"team": "shop", "a.b-c_d": ["x", "y"]}),
    *every_kind("metadata.labels", {"-team": "shop"}, forgiven="openslo.label-key"),
    *every_kind("metadata.labels", {LONG: "a"}, forgiven="openslo.label-key"),
    *every_kind("metadata.labels", {"a": {"b": "c"}}, refused="openslo.label-value"),
    *every_kind("metadata.labels", {"a": [["b"]]}, refused="openslo.label-value"),
    *every_kind("metadata.labels", ["a"], refused="field.mapping"),
    *every_kind("metadata.annotations", {"example.com/a": "b", "plain": "c"}),
    *every_kind(
        "metadata.annotations", {"a/b/c": "d"}, forgiven="openslo.annotation-key"
    ),
    *every_kind(
        "metadata.annotations", {"-x/y": "d"}, forgiven="openslo.annotation-key"
    ),
    *every_kind(
        "metadata.annotations",
        {"openslo.com/a": "b"},
        warned="openslo.annotation-reserved",
    ),
    *every_kind("metadata.annotations", {"a": ["b"]}, refused="field.text"),
    *every_kind("metadata.colour", "red", refused="field.unknown"),
    *every_kind("metadata.displayname", "x", refused="field.unknown-near"),
    *every_kind("specs", {}, refused="field.unknown-near"),
    *every_kind("spec.descriptoin", "x", refused="field.unknown-near"),
    *every_kind("spec.description", "x" * 1_050),
    *every_kind("spec.description", "x" * 1_051, forgiven="openslo.long-text"),
    *every_kind("spec.description", ABSENT),
    *every_kind("metadata", ABSENT, refused="field.missing"),
    *every_kind("metadata.name", ABSENT, refused="field.missing"),
    *every_kind("metadata.name", "---", refused="name.form"),
    *every_kind("kind", "Sli", refused="openslo.kind"),
    *every_kind("kind", ABSENT, refused="field.missing"),
    *every_kind("apiVersion", "openslo/v1alpha", refused="openslo.version"),
    *every_kind("apiVersion", "openslo.com/v2alpha", refused="openslo.version"),
    Case("Service", "metadata.name", "Web", forgiven="openslo.name"),
    Case("Service", "spec", ABSENT, refused="field.missing"),
    # DataSource.
    Case("DataSource", "spec.type", ABSENT, refused="field.missing"),
    Case("DataSource", "spec.type", "Grafana Mimir"),
    Case("DataSource", "spec.connectionDetails", ABSENT, refused="field.missing"),
    Case("DataSource", "spec.connectionDetails", "here", refused="field.mapping"),
    Case("DataSource", "spec.connectionDetails", {"any": {"thing": [1]}}),
    # SLI.
    Case("SLI", "spec.ratioMetric", ABSENT, refused="openslo.one-of"),
    Case(
        "SLI",
        "spec.thresholdMetric",
        THRESHOLD["thresholdMetric"],
        refused="openslo.only-one",
    ),
    Case("SLI", "spec.ratioMetric.counter", "yes", refused="field.boolean"),
    Case("SLI", "spec.ratioMetric.counter", ABSENT, forgiven="openslo.counter-bare"),
    Case("SLI", "spec.ratioMetric.counter", False, forgiven="openslo.counter-bare"),
    Case(
        "SLI",
        "spec.ratioMetric.good",
        metric('sum(rate(requests_total{job="web",code!="500"}[5m]))'),
        forgiven="openslo.counter-rate",
    ),
    Case("SLI", "spec.ratioMetric.total", ABSENT, refused="openslo.one-of"),
    Case("SLI", "spec.ratioMetric.good", ABSENT, refused="openslo.one-of"),
    Case(
        "SLI",
        "spec.ratioMetric.bad",
        metric("errors_total"),
        refused="openslo.only-one",
    ),
    Case("SLI", "spec.ratioMetric.raw", metric("x_total"), refused="openslo.only-one"),
    Case("SLI", "spec.ratioMetric.rawType", "success", refused="openslo.raw-type"),
    Case("SLI", "spec.ratioMetric.goods", {}, refused="field.unknown-near"),
    Case("SLI", "spec.ratioMetric.good.metricsource", {}, refused="field.unknown-near"),
    Case("SLI", "spec.ratioMetric.good.metricSource", ABSENT, refused="field.missing"),
    Case(
        "SLI",
        "spec.ratioMetric.good.metricSource.spec",
        ABSENT,
        refused="field.missing",
    ),
    Case("SLI", "spec.ratioMetric.good.metricSource.spec", {}, refused="openslo.empty"),
    Case(
        "SLI",
        "spec.ratioMetric.good.metricSource.spec",
        {"dashboard": "x"},
        refused="openslo.no-query",
    ),
    Case(
        "SLI",
        "spec.ratioMetric.good.metricSource.spec",
        {"promql": 'requests_total{job="web",code="200"}'},
    ),
    Case(
        "SLI",
        "spec.ratioMetric.good.metricSource.type",
        "Datadog",
        refused="openslo.source-type",
    ),
    Case("SLI", "spec.ratioMetric.good.metricSource.type", ABSENT),
    Case("SLI", "spec.ratioMetric.good.metricSource.metricSourceRef", "prometheus"),
    Case(
        "SLI",
        "spec.ratioMetric.good.metricSource.metricSourceRef",
        "prometeus",
        forgiven="openslo.no-source",
    ),
    Case(
        "SLI",
        "spec.ratioMetric.good.metricSource.metricSourceRef",
        "Prometheus",
        forgiven="openslo.name",
    ),
    Case("SLI", "", None, spec=RAW),
    Case("SLI", "spec.ratioMetric.rawType", "success", spec=RAW),
    Case("SLI", "spec.ratioMetric.rawType", ABSENT, "field.missing", spec=RAW),
    Case("SLI", "spec.ratioMetric.rawType", "both", "field.choice", spec=RAW),
    Case(
        "SLI",
        "spec.ratioMetric.rawType",
        "Success",
        forgiven="openslo.letter-case",
        spec=RAW,
    ),
    Case("SLI", "spec.ratioMetric.raw", metric("errors"), "openslo.raw", spec=RAW),
    Case("SLI", "spec.ratioMetric.good", metric("x"), "openslo.raw-alone", spec=RAW),
    # SLO.
    Case("SLO", "spec.service", ABSENT, refused="field.missing"),
    Case("SLO", "spec.service", "", refused="name.form"),
    Case("SLO", "spec.service", "shop", forgiven="openslo.no-service"),
    Case("SLO", "spec.service", "webb", forgiven="openslo.no-service-near"),
    Case("SLO", "spec.indicatorRef", ABSENT, refused="openslo.one-of"),
    Case("SLO", "spec.indicatorRef", "god-requests", refused="openslo.unresolved"),
    Case("SLO", "spec.indicator", INLINE_SLI, refused="openslo.only-one"),
    Case("SLO", "spec.timeWindow", ABSENT, forgiven="openslo.no-window"),
    Case("SLO", "spec.timeWindow", [], forgiven="openslo.no-window"),
    Case("SLO", "spec.timeWindow", "30d", refused="field.list"),
    Case(
        "SLO",
        "spec.timeWindow",
        [{"duration": "30d", "isRolling": True}, {"duration": "7d", "isRolling": True}],
        forgiven="openslo.one-window",
    ),
    *(Case("SLO", WINDOW + "duration", d) for d in ("60m", "8h", "28d", "4w", "1M")),
    *(Case("SLO", WINDOW + "duration", d) for d in ("1Q", "1Y")),
    Case("SLO", WINDOW + "duration", ABSENT, refused="field.missing"),
    Case("SLO", WINDOW + "duration", "1h30m", forgiven="openslo.duration-form"),
    *(
        Case("SLO", WINDOW + "duration", d, refused="openslo.duration")
        for d in ("month", "-1d", "1.5h", "d", 30)
    ),
    Case("SLO", WINDOW + "duration", "0d", refused="objective.window-short"),
    Case("SLO", WINDOW + "duration", "2Y", refused="objective.window-long"),
    Case("SLO", WINDOW + "isRolling", ABSENT, forgiven="openslo.rolling-unsaid"),
    Case("SLO", WINDOW + "isRolling", "yes", refused="field.boolean"),
    Case("SLO", WINDOW + "isRolling", False, refused="field.missing"),
    Case("SLO", WINDOW + "calendar", {}, refused="openslo.calendar-rolling"),
    Case("SLO", WINDOW + "calendar", {"startTime": "x"}, refused="field.missing"),
    Case(
        "SLO",
        WINDOW + "calendar",
        {"startTime": "2026-01-01", "timeZone": "Asia/Tokyo"},
        refused="openslo.calendar",
    ),
    Case(
        "SLO",
        WINDOW + "calendar",
        {"startTime": "2026-01-01 00:00:00", "timeZone": "+09:00"},
        refused="openslo.calendar",
    ),
    Case(
        "SLO",
        "spec.timeWindow",
        [
            {
                "duration": "1M",
                "isRolling": False,
                "calendar": {
                    "startTime": "2026-01-01 00:00:00",
                    "timeZone": "Asia/Tokyo",
                },
            }
        ],
        refused="openslo.calendar-window",
    ),
    Case("SLO", "spec.budgetingMethod", ABSENT, refused="field.missing"),
    Case("SLO", "spec.budgetingMethod", "Events", refused="field.choice"),
    Case("SLO", "spec.budgetingMethod", "occurrences", forgiven="openslo.letter-case"),
    Case("SLO", "spec.budgetingMethod", "Timeslices", refused="field.missing"),
    Case("SLO", "spec.budgetingMethod", "RatioTimeslices", refused="openslo.method"),
    Case("SLO", "spec.objectives", ABSENT, refused="field.missing"),
    Case("SLO", "spec.objectives", [], refused="openslo.no-objective"),
    Case("SLO", OBJECTIVE + "displayName", LONG, forgiven="openslo.long-text"),
    Case("SLO", OBJECTIVE + "displayName", ABSENT),
    Case("SLO", OBJECTIVE + "op", "lt", forgiven="openslo.op-with-ratio"),
    Case("SLO", OBJECTIVE + "op", "below", refused="field.choice"),
    Case("SLO", OBJECTIVE + "value", 1, forgiven="openslo.op-with-ratio"),
    Case("SLO", OBJECTIVE + "value", "much", refused="field.number"),
    Case("SLO", OBJECTIVE + "target", ABSENT, refused="openslo.one-of"),
    Case("SLO", OBJECTIVE + "targetPercent", 99.9, refused="openslo.only-one"),
    Case("SLO", OBJECTIVE + "target", 1, refused="openslo.target-range"),
    Case("SLO", OBJECTIVE + "target", 99.9, refused="openslo.target-range"),
    Case("SLO", OBJECTIVE + "target", -0.1, refused="openslo.target-range"),
    Case("SLO", OBJECTIVE + "target", "99%", refused="field.number"),
    Case("SLO", OBJECTIVE + "target", 0, refused="objective.target-range"),
    Case("SLO", "spec.objectives", [{"targetPercent": 99.9}]),
    Case(
        "SLO",
        "spec.objectives",
        [{"targetPercent": 100}],
        refused="openslo.target-range",
    ),
    Case(
        "SLO",
        "spec.objectives",
        [{"targetPercent": -1}],
        refused="openslo.target-range",
    ),
    Case("SLO", OBJECTIVE + "timeSliceTarget", 0.95),
    Case("SLO", OBJECTIVE + "timeSliceTarget", 1),
    Case("SLO", OBJECTIVE + "timeSliceTarget", 0, refused="openslo.slice-target"),
    Case("SLO", OBJECTIVE + "timeSliceTarget", 1.1, refused="openslo.slice-target"),
    Case("SLO", OBJECTIVE + "timeSliceWindow", "5m"),
    Case("SLO", OBJECTIVE + "timeSliceWindow", 5, forgiven="openslo.number-minutes"),
    Case("SLO", OBJECTIVE + "timeSliceWindow", "soon", refused="openslo.duration"),
    Case("SLO", OBJECTIVE + "indicator", INLINE_SLI, refused="openslo.indicator-twice"),
    Case(
        "SLO",
        OBJECTIVE + "indicatorRef",
        "good-requests",
        refused="openslo.indicator-twice",
    ),
    Case("SLO", OBJECTIVE + "compositeWeight", 2, refused="openslo.weighted"),
    Case("SLO", OBJECTIVE + "compositeWeight", 0, refused="openslo.weight"),
    Case("SLO", OBJECTIVE + "colour", "x", refused="field.unknown"),
    Case("SLO", "spec.alertPolicies", ABSENT),
    Case("SLO", "spec.alertPolicies", [INLINE_POLICY]),
    Case("SLO", "spec.alertPolicies", ["fast"], forgiven="openslo.plain-ref"),
    Case("SLO", "spec.alertPolicies", ["fats"], refused="openslo.unresolved"),
    Case("SLO", "spec.alertPolicies", [["fast"]], refused="field.mapping"),
    Case("SLO", "spec.alertPolicies", [None], refused="field.mapping"),
    Case("AlertPolicy", "spec.conditions", ["burns"], forgiven="openslo.plain-ref"),
    Case("SLO", "spec.alertPolicies", [{}], refused="openslo.one-of"),
    Case(
        "SLO",
        "spec.alertPolicies",
        [{"alertPolicyRef": "fats"}],
        refused="openslo.unresolved",
    ),
    Case(
        "SLO",
        "spec.alertPolicies",
        [{"alertPolicyRef": "fast", **INLINE_POLICY}],
        refused="openslo.only-one",
    ),
    Case(
        "SLO",
        "spec.alertPolicies",
        [{**INLINE_POLICY, "kind": "AlertCondition"}],
        refused="openslo.inline-other",
    ),
    Case(
        "SLO",
        "spec.alertPolicies",
        [{k: v for k, v in INLINE_POLICY.items() if k != "kind"}],
        forgiven="openslo.inline-kind",
    ),
    # AlertPolicy.
    *(
        Case("AlertPolicy", f"spec.{key}", value, refused=refused)
        for key in ("alertWhenNoData", "alertWhenResolved")
        for value, refused in (
            (True, None),
            (False, None),
            (ABSENT, None),
            ("yes", "field.boolean"),
        )
    ),
    Case("AlertPolicy", "spec.alertWhenBreaching", ABSENT),
    Case("AlertPolicy", "spec.alertWhenBreaching", 1, refused="field.boolean"),
    Case("AlertPolicy", "spec.conditions", ABSENT, refused="field.missing"),
    Case("AlertPolicy", "spec.conditions", [], refused="openslo.no-condition"),
    Case("AlertPolicy", "spec.conditions", [INLINE_CONDITION]),
    Case(
        "AlertPolicy",
        "spec.conditions",
        [INLINE_CONDITION, {"conditionRef": "burns"}],
        forgiven="openslo.one-condition",
    ),
    Case(
        "AlertPolicy",
        "spec.conditions",
        [{"conditionRef": "burn"}],
        refused="openslo.unresolved",
    ),
    Case("AlertPolicy", "spec.notificationTargets", [INLINE_TARGET]),
    Case("AlertPolicy", "spec.notificationTargets", [], forgiven="openslo.no-target"),
    Case(
        "AlertPolicy", "spec.notificationTargets", ABSENT, forgiven="openslo.no-target"
    ),
    Case(
        "AlertPolicy",
        "spec.notificationTargets",
        [{"targetRef": "nobody"}],
        refused="openslo.unresolved",
    ),
    # AlertCondition.
    Case("AlertCondition", "spec.severity", ABSENT, refused="field.missing"),
    Case("AlertCondition", "spec.severity", "any word"),
    Case("AlertCondition", "spec.condition", ABSENT, refused="field.missing"),
    Case("AlertCondition", CONDITION + "kind", ABSENT, refused="field.missing"),
    Case("AlertCondition", CONDITION + "kind", "budget", refused="field.choice"),
    Case(
        "AlertCondition", CONDITION + "kind", "burnRate", forgiven="openslo.letter-case"
    ),
    Case("AlertCondition", CONDITION + "op", ABSENT, refused="field.missing"),
    Case("AlertCondition", CONDITION + "op", "gte"),
    Case("AlertCondition", CONDITION + "op", "lt", refused="openslo.condition-op"),
    Case("AlertCondition", CONDITION + "op", "lte", refused="openslo.condition-op"),
    Case("AlertCondition", CONDITION + "threshold", ABSENT, refused="field.missing"),
    Case("AlertCondition", CONDITION + "threshold", 0, refused="alerting.factor-zero"),
    Case(
        "AlertCondition", CONDITION + "threshold", 1000, refused="alerting.factor-dead"
    ),
    Case("AlertCondition", CONDITION + "lookbackWindow", ABSENT, "field.missing"),
    Case("AlertCondition", CONDITION + "lookbackWindow", "0h", "openslo.zero"),
    Case("AlertCondition", CONDITION + "lookbackWindow", "h", "openslo.duration"),
    Case(
        "AlertCondition", CONDITION + "lookbackWindow", "31d", "alerting.long-too-long"
    ),
    Case("AlertCondition", CONDITION + "alertAfter", ABSENT),
    Case("AlertCondition", CONDITION + "alertAfter", "0m"),
    Case("AlertCondition", CONDITION + "alertAfter", "later", "openslo.duration"),
    Case("AlertCondition", CONDITION + "alertafter", "5m", "field.unknown-near"),
    # AlertNotificationTarget.
    Case("AlertNotificationTarget", "spec.target", ABSENT, refused="field.missing"),
    Case("AlertNotificationTarget", "spec.target", ["a"], refused="field.text"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_field_is_accepted_forgiven_or_refused(case: Case):
    text = as_yaml(changed(case.kind, case.path, case.value, spec=case.spec))

    strict, lenient = parse(text, is_strict=True), parse(text)

    errors = codes(lenient.problems, ProblemLevel.ERROR)
    if case.refused is not None:
        assert case.refused in errors
        assert case.refused in codes(strict.problems, ProblemLevel.ERROR)
    else:
        assert errors == set()
        assert len(lenient.objectives) == 1
    if case.forgiven is not None:
        assert case.forgiven in codes(lenient.problems, ProblemLevel.WARNING)
        assert case.forgiven in codes(strict.problems, ProblemLevel.ERROR)
    elif case.refused is None:
        warned = set() if case.warned is None else {case.warned}
        assert codes(lenient.problems, ProblemLevel.WARNING) == warned
        assert codes(strict.problems, ProblemLevel.WARNING) == warned
        assert strict.is_usable


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_of_these_is_said_in_words_with_nothing_left_open(language: str):
    told = {}
    for case in CASES:
        text = as_yaml(changed(case.kind, case.path, case.value, spec=case.spec))
        for problem in parse(text).problems:
            assert problem.code in CATALOGUE
            told[problem.code] = render(language, problem.code, **problem.params)

    # A placeholder that no parameter filled would be left in braces.
    assert {c for c, t in told.items() if "{" in t.replace("{…}", "")} == set()
    assert all(text.count("\n") == 1 for text in told.values())
