"""Whole OpenSLO documents, to be changed in one place."""

import copy
import json
from typing import Any

from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.problems import Problem, ProblemLevel
from kizashi.declarations.service import Declarations, parse_declarations

#: Stands for a field that is not there.
ABSENT: Any = object()


def metric(query: str, **source: object) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}, **source}}


def document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "displayName": f"The {name}"}
    return {
        "apiVersion": "openslo/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }


RATIO: dict[str, Any] = {
    "ratioMetric": {
        "counter": True,
        "good": metric('sum(requests_total{job="web",code!~"5.."})'),
        "total": metric('sum(requests_total{job="web"})'),
    }
}
RAW: dict[str, Any] = {
    "ratioMetric": {
        "counter": False,
        "raw": metric(
            'sum(rate(requests_total{job="web",code=~"5.."}[5m]))'
            ' / sum(rate(requests_total{job="web"}[5m]))'
        ),
        "rawType": "failure",
    }
}
THRESHOLD: dict[str, Any] = {"thresholdMetric": metric('queue_length{job="web"}')}

#: One document of each kind; the SLO refers to all the others.
DOCUMENTS: dict[str, dict[str, Any]] = {
    "DataSource": document(
        "DataSource",
        "prometheus",
        {
            "description": "Ours.",
            "type": "Prometheus",
            "connectionDetails": {"url": "http://prometheus.example"},
        },
    ),
    "Service": document("Service", "web", {"description": "The site."}),
    "SLI": document("SLI", "good-requests", {"description": "Good.", **RATIO}),
    "SLO": document(
        "SLO",
        "availability",
        {
            "description": "Requests succeed.",
            "service": "web",
            "indicatorRef": "good-requests",
            "timeWindow": [{"duration": "30d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "all", "target": 0.999}],
            "alertPolicies": [{"alertPolicyRef": "fast"}],
        },
    ),
    "AlertPolicy": document(
        "AlertPolicy",
        "fast",
        {
            "description": "Tell us.",
            "alertWhenNoData": True,
            "alertWhenResolved": True,
            "alertWhenBreaching": True,
            "conditions": [{"conditionRef": "burns"}],
            "notificationTargets": [{"targetRef": "on-call"}],
        },
    ),
    "AlertCondition": document(
        "AlertCondition",
        "burns",
        {
            "description": "Fast.",
            "severity": "page",
            "condition": {
                "kind": "burnrate",
                "op": "gt",
                "threshold": 14.4,
                "lookbackWindow": "1h",
                "alertAfter": "5m",
            },
        },
    ),
    "AlertNotificationTarget": document(
        "AlertNotificationTarget",
        "on-call",
        {"description": "Awake.", "target": "webhook"},
    ),
}


def changed(
    kind: str, path: str, value: object, *, spec: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return all documents, one field of one of them changed or taken away.

    Args:
        kind: The kind of the document.
        path: Keys and indices from its top, with dots between; empty for no change.
        value: The new value, or ABSENT.
        spec: Replaces what an SLI measures, before the change.
    """
    documents = copy.deepcopy(DOCUMENTS)
    if spec is not None:
        documents["SLI"]["spec"] = copy.deepcopy(spec)
    node: Any = documents[kind]
    *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
    for step in steps:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    if path and value is ABSENT:
        del node[last]
    elif path:
        node[last] = value
    return list(documents.values())


def as_yaml(documents: list[dict[str, Any]]) -> str:
    """Return documents as one file; JSON is YAML."""
    return "\n---\n".join(json.dumps(d, indent=1) for d in documents)


def parse(
    text: str, *, is_strict: bool = False, measuring: Measuring | None = None
) -> Declarations:
    return parse_declarations(
        [SourceText("a.yaml", text)], measuring, is_strict=is_strict
    )


def codes(problems: tuple[Problem, ...], *levels: ProblemLevel) -> set[str]:
    return {p.code for p in problems if p.level in levels}
