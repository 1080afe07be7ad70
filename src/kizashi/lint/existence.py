"""Metrics, labels, values and jobs that rules ask for and nobody has."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher

from kizashi.lint import reading
from kizashi.lint._base import Expression, Finding, Found, Setting
from kizashi.lint.evidence import (
    Evidence,
    as_matcher,
    is_meant,
    is_of_the_scraper,
    nearest,
    nearest_label,
    shown_values,
    values_by_label,
)
from kizashi.lint.reading import Selected
from kizashi.lint.variables import has_variable
from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, walk

JOB = "job"
#: Labels that say where a series comes from. What runs has a series of its own all the
#: time, so a value that no series has is nobody's; other values may be yet to come.
_PLACES = frozenset(
    [
        "job",
        "instance",
        "service",
        "namespace",
        "app",
        "application",
        "container",
        "pod",
        "deployment",
        "cluster",
        "env",
        "environment",
        "region",
        "zone",
        "node",
        "host",
    ]
)
#: Labels whose values a metric has all at once, or never.
_CLOSED = _PLACES | {"quantile"}
#: Values of a fixed form, and what else has that form.
_FORMS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\d{3}"), tuple(map(str, range(100, 600)))),
    (re.compile(r"[1-5]xx"), tuple(f"{n}xx" for n in range(1, 6))),
)
_FAILURES = re.compile(
    r"fail|error|drop|reject|miss|retr|exceed|timeout|timed_out|oom|evict|panic|exception"
    r"|abort|denied|invalid|duplicate|out_of|corrupt|lost|conflict|cancel|throttl|crash"
)
_TYPO = 0.8
_SHORTEST_TYPO = 5


def missing(expression: Expression, setting: Setting) -> Found:
    """Find selectors that select nothing of what there is."""
    evidence = setting.evidence
    if evidence is None or not evidence.is_whole:
        return
    told: set[tuple[str, ...]] = set()
    for selected in _asked(expression, setting, evidence):
        for about, finding in _of(selected, expression, evidence):
            if about not in told:
                told.add(about)
                yield finding


def unmatched_job(expression: Expression, setting: Setting) -> Found:
    """Find jobs that nobody scrapes."""
    evidence = setting.evidence
    names, facts = None, {}
    if evidence is not None and evidence.jobs is not None:
        names, facts = evidence.jobs, {"origin": evidence.origin}
    elif setting.jobs is not None:
        names, facts = setting.jobs.names, {"origin": setting.jobs.file}
    if not names:
        return
    told = set()
    for selected in reading.selections(expression.tree):
        for name, op, value in sorted(selected.matchers):
            matcher = as_matcher(name, op, value)
            if name != JOB or matcher is None or matcher.matches_value(""):
                continue
            if has_variable(value) or any(map(matcher.matches_value, names)):
                continue
            if str(matcher) in told or setting.recorded(selected.metric):
                continue
            told.add(str(matcher))
            near = nearest(value, names)
            yield expression.finding(
                "lint.job-cannot-match",
                {"matcher": str(matcher)},
                _replaced(expression.text, value, near, op),
                "lint.evidence.jobs",
                facts | {"count": str(len(names)), "listed": shown_values(names)},
            )


def _asked(
    expression: Expression, setting: Setting, evidence: Evidence
) -> Iterator[Selected]:
    """Yield the selectors that must select something for the expression to work."""
    excused = _excused(expression.tree, evidence.names)
    for selected in reading.selections(expression.tree):
        metric = selected.metric
        if not metric or metric in excused or reading.ABSENCE & set(selected.calls):
            continue
        is_recorded = setting.recorded(metric) is not None or (
            ":" in metric and not evidence.of_server
        )
        is_scrapers = is_of_the_scraper(metric) and not evidence.of_server
        if not (is_recorded or is_scrapers or metric.startswith("ALERTS")):
            yield selected


def _excused(tree: Tree, names: frozenset[str]) -> set[str]:
    """Return metrics that may be missing: something else stands in their place."""
    excused: set[str] = set()
    for node in walk(tree):
        if not isinstance(node, promql.BinaryExpr):
            continue
        sides = [
            {s.metric for s in reading.selections(n)} for n in (node.lhs, node.rhs)
        ]
        if node.op == "or" and any(side & names for side in sides):
            excused |= sides[0] | sides[1]
        if node.op == "unless":
            excused |= sides[1]
    return excused


def _of(
    selected: Selected, expression: Expression, evidence: Evidence
) -> Iterator[tuple[tuple[str, ...], Finding]]:
    """Yield what is missing of a selector, with what it is about."""
    metric = selected.metric
    if metric not in evidence.names:
        if has_variable(metric):
            return
        near = nearest(metric, evidence.names)
        if not is_meant(metric, near) and _may_come(metric, evidence.names):
            return
        yield (
            (metric,),
            expression.finding(
                "lint.metric-not-exported",
                {"metric": metric},
                _renamed(expression.text, metric, near),
                "lint.evidence.metric-nearest" if near else "lint.evidence.metric",
                {
                    "origin": evidence.origin,
                    "count": f"{len(evidence.names):,}",
                    "nearest": near,
                },
            ),
        )
        return
    known = _labels_at(selected, evidence)
    if not known:
        return
    for name, op, value in sorted(selected.matchers):
        if has_variable(value):
            continue
        if name not in known:
            finding = _label((name, op, value), known, selected, expression, evidence)
        else:
            finding = _value((name, op, value), known, selected, expression, evidence)
        if finding is not None:
            yield (metric, name, value), finding


def _may_come(metric: str, names: frozenset[str]) -> bool:
    """Return whether a counter may be born with the first failure that it counts.

    Clients do not show counters with labels before that; but whatever exports it shows
    others of the same family.
    """
    family = f"{metric.partition('_')[0]}_"
    is_there = any(name.startswith(family) for name in names)
    return is_there and _FAILURES.search(metric) is not None


def _labels_at(selected: Selected, evidence: Evidence) -> Mapping[str, frozenset[str]]:
    """Return the labels of a metric where a selector looks for it.

    One service may have a label that another one lacks.
    """
    places = frozenset(m for m in selected.matchers if m[0] in _PLACES)
    there = evidence.of(replace(selected, matchers=places)) if places else None
    if not there:
        return evidence.labels_of(selected.metric)
    return values_by_label(there)


def _label(
    asked: tuple[str, str, str],
    labels: Mapping[str, frozenset[str]],
    selected: Selected,
    expression: Expression,
    evidence: Evidence,
) -> Finding | None:
    """Return the finding that a label is none of a metric's, None where it may be."""
    name, op, value = asked
    known = frozenset(labels) - {"__name__"}
    near = nearest_label(name, known - {JOB, "instance", "le"})
    matcher = as_matcher(name, op, value)
    if matcher is None or (op == "=" and not value):
        return None
    selects_all = matcher.matches_value("")
    if not near and (selects_all or not evidence.of_server):
        return None
    if name in _PLACES and not evidence.of_server:
        return None
    return expression.finding(
        "lint.label-excludes-nothing" if selects_all else "lint.label-not-exported",
        {"label": name, "metric": selected.metric, "matcher": str(matcher)},
        _relabelled(expression.text, name, near),
        "lint.evidence.labels",
        {"origin": evidence.origin, "listed": ", ".join(sorted(known))},
    )


def _value(
    asked: tuple[str, str, str],
    labels: Mapping[str, frozenset[str]],
    selected: Selected,
    expression: Expression,
    evidence: Evidence,
) -> Finding | None:
    """Return the finding that a value is none of a label's, None where it may come."""
    name, op, value = asked
    matcher = as_matcher(name, op, value)
    values = labels[name]
    if matcher is None or matcher.matches_value("") or name == "le":
        return None
    if any(map(matcher.matches_value, values)):
        return None
    if name == JOB and evidence.jobs is not None:
        known_job = any(map(matcher.matches_value, evidence.jobs))
        if not known_job:
            return None
    near = nearest(value, values) if op == "=" else ""
    if not (
        name in _CLOSED
        or _cannot_come(value, op, values)
        or _has_other_form(matcher.matches_value, values)
    ):
        return None
    return expression.finding(
        "lint.value-not-exported",
        {"metric": selected.metric, "matcher": str(matcher)},
        _replaced(expression.text, value, near, op),
        "lint.evidence.values",
        {
            "origin": evidence.origin,
            "label": name,
            "count": f"{len(values):,}",
            "listed": shown_values(values),
        },
    )


def _cannot_come(value: str, op: str, values: frozenset[str]) -> bool:
    """Return whether a value is another one, misspelt."""
    if op != "=" or value.isdecimal():
        return False
    if any(value.lower() == other.lower() for other in values):
        return True
    return len(value) >= _SHORTEST_TYPO and any(
        SequenceMatcher(None, value, other).ratio() >= _TYPO
        for other in values
        if not any(c.isdigit() for c in other)
    )


def _has_other_form(matches: Callable[[str], bool], values: frozenset[str]) -> bool:
    """Return whether no value of the form that a label's values have could match."""
    for form, possible in _FORMS:
        if values and all(map(form.fullmatch, values)):
            return not any(map(matches, possible))
    return False


def _renamed(text: str, name: str, near: str) -> str:
    if not is_meant(name, near):
        return ""
    return re.sub(rf"(?<![\w:]){re.escape(name)}(?![\w:])", near, text)


def _relabelled(text: str, name: str, near: str) -> str:
    pattern = rf"(?<![\w:]){re.escape(name)}(?=\s*(?:=|!=|=~|!~))"
    return re.sub(pattern, near, text) if near else ""


def _replaced(text: str, value: str, near: str, op: str) -> str:
    if op != "=" or not is_meant(value, near):
        return ""
    return text.replace(f'"{value}"', f'"{near}"').replace(f"'{value}'", f"'{near}'")
