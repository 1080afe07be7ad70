"""What counters count, held against what they were seen to count."""

import re

from kizashi.lint import reading
from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.lint.evidence import (
    Evidence,
    SeenSeries,
    counted,
    shown_values,
    values_by_label,
)
from kizashi.lint.reading import Selected
from kizashi.model.durations import format_duration
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.model.regexes import any_of
from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, bare, walk
from kizashi.promql.writer import shown

#: Labels whose values are paths, or say who asks.
PATHS = (
    *("handler", "path", "route", "uri", "url", "endpoint", "http_route", "target"),
    "view",
)
_AGENTS = ("user_agent", "agent", "useragent")
_MACHINES = re.compile(
    r"/?(?:(?:-|actuator|api)/)?(?:metrics|prometheus|health(?:z|y|check)?|live(?:z|ness)?"
    r"|ready(?:z|ness)?|ping|startupz?|up|prometheus-django-metrics)/?",
    re.IGNORECASE,
)
_MACHINE_AGENTS = re.compile(
    r".*(?:kube-probe|prometheus|blackbox|elb-healthchecker|googlehc).*", re.IGNORECASE
)
#: From this part of all requests on it is worth a word.
_LEAST_PART = 0.01
#: A counter of an idle target may well stand still for a shorter time.
_LEAST_STILL_MS = 60_000
#: Extrapolation may make an increase larger than it was, by about this much.
_SLACK = 1.02
#: Of series that began within the range, a server counts so many too few or too many.
_FEW = 5
_SHARE_NAME = re.compile(
    r"avail|success|error.?rat|ratio|slo\b|sli\b|budget|percent|%|割合|率",
    re.IGNORECASE,
)
#: What a quantile is taken for each of, as a rule.
_ORDINARY = frozenset(
    [
        "le",
        "job",
        "instance",
        "pod",
        "node",
        "namespace",
        "service",
        "container",
        "cluster",
        "endpoint",
        "__name__",
        "app",
        "env",
        "environment",
        "region",
        "zone",
        "host",
    ]
)


def never_moves(expression: Expression, setting: Setting) -> Found:
    """Find rates of traffic that is none: the counter stood still all the time."""
    evidence = setting.evidence
    if evidence is None or (
        not evidence.of_server and evidence.span_ms < _LEAST_STILL_MS
    ):
        return
    for selected in _volumes(expression.tree):
        held = evidence.series.get(selected.metric, ())
        if not held or any(one.growth != 0 for one in held):
            continue
        yield expression.finding(
            "lint.counter-never-moves",
            {"metric": selected.metric},
            "",
            "lint.evidence.still",
            {
                "origin": evidence.origin,
                "count": f"{len(held):,}",
                "span": format_duration(evidence.span_ms),
            },
        )
        return


def machines(expression: Expression, setting: Setting) -> Found:
    """Find sums of requests that take in scrapes and health checks."""
    evidence = setting.evidence
    if evidence is None:
        return
    kept = _kept(expression.tree)
    for selected in reading.selections(expression.tree):
        if not selected.is_rate or "sum" not in selected.calls:
            continue
        seen = _events(selected, evidence)
        everything = counted(evidence, seen)
        values = machine_values(seen, kept)
        mine = [o for o in seen if any(o.labels.get(n) in v for n, v in values.items())]
        count = counted(evidence, mine)
        if not everything or count / everything < _LEAST_PART:
            continue
        yield expression.finding(
            "lint.machines-counted",
            {"metric": selected.metric},
            _without(expression.text, selected.metric, values),
            "lint.evidence.machines",
            {
                "origin": evidence.origin,
                "part": f"{100 * count / everything:.3g}",
                "count": f"{count:,.0f}",
                "all": f"{everything:,.0f}",
                "listed": "; ".join(
                    f"{name} = {shown_values(held)}" for name, held in values.items()
                ),
            },
        )
        return


def machine_values(seen: list[SeenSeries], kept: set[str]) -> dict[str, frozenset[str]]:
    """Return labels with the values that only machines ask for."""
    found = {}
    for label in (*PATHS, *_AGENTS):
        pattern = _MACHINES if label in PATHS else _MACHINE_AGENTS
        given = {one.labels.get(label) for one in seen}
        values = frozenset(value for value in given if pattern.fullmatch(value))
        if values and label not in kept:
            found[label] = values
    return found


def exceeds_whole(expression: Expression, setting: Setting) -> Found:
    """Find a share whose part counted more than its whole."""
    evidence = setting.evidence
    if evidence is None:
        return
    for division in reading.divisions(expression.tree):
        part = reading.only_selection(division.lhs)
        whole = reading.only_selection(division.rhs)
        if part is None or whole is None or not (part.is_rate and whole.is_rate):
            continue
        if not _is_share(expression, division) or "_sum" in part.metric:
            continue
        parts, wholes = _events(part, evidence), _events(whole, evidence)
        if not parts or not wholes:
            continue
        some, everything = counted(evidence, parts), counted(evidence, wholes)
        outside = 0.0
        if part.metric == whole.metric:
            # A bucket holds all that is in those of lower edges.
            known = {one.labels.without("le") for one in wholes}
            beyond = [one for one in parts if one.labels.without("le") not in known]
            outside = counted(evidence, beyond)
        spare = _FEW if evidence.of_server else 0
        if some <= everything * _SLACK + spare and outside <= spare:
            continue
        yield expression.finding(
            "lint.part-exceeds-whole",
            {"part": str(part), "whole": str(whole)},
            "",
            "lint.evidence.outside" if outside else "lint.evidence.exceeds",
            {
                "origin": evidence.origin,
                "part_count": f"{some:,.0f}",
                "whole_count": f"{everything:,.0f}",
                "outside": f"{outside:,.0f}",
            },
        )


def rate_of_gauge(expression: Expression, setting: Setting) -> Found:
    """Find rates of what is no counter."""
    evidence = setting.evidence
    if evidence is None:
        return
    for selected in reading.selections(expression.tree):
        if not selected.is_rate or evidence.type_of(selected.metric) != "gauge":
            continue
        yield expression.finding(
            "lint.rate-of-gauge",
            {"metric": selected.metric, "function": selected.calls[0]},
            re.sub(r"\b(?:rate|irate)\(", "deriv(", expression.text)
            if selected.calls[0] != "increase"
            else re.sub(r"\bincrease\(", "delta(", expression.text),
            "lint.evidence.gauge",
            {"origin": evidence.origin},
        )
        return


def quantile_of_each(expression: Expression, setting: Setting) -> Found:
    """Find quantiles of every route and status by itself, called the service's."""
    evidence = setting.evidence
    if evidence is None:
        return
    for node in walk(expression.tree):
        if not isinstance(node, promql.Call) or node.func != "histogram_quantile":
            continue
        inner = bare(node.args[1])
        selected = reading.only_selection(inner)
        if selected is None or not isinstance(inner, promql.Call):
            continue
        seen = evidence.of(selected) or []
        apart = _told_apart(seen)
        if not apart:
            continue
        quantile, buckets = shown(node.args[0]), shown(inner)
        summed = f"histogram_quantile({quantile}, sum by (le) ({buckets}))"
        count = len({one.labels.without("le") for one in seen})
        yield expression.finding(
            "lint.quantile-of-each-series",
            {"metric": selected.metric, "labels": ", ".join(apart)},
            shown(expression.tree).replace(shown(node), summed),
            "lint.evidence.each",
            {"origin": evidence.origin, "count": f"{count:,}"},
        )
        return


def _told_apart(seen: list[SeenSeries]) -> list[str]:
    """Return labels, beyond where series come from, of which there is more than one."""
    values = values_by_label(seen)
    return sorted(n for n, v in values.items() if len(v) > 1 and n not in _ORDINARY)


def _volumes(tree: Tree) -> list[Selected]:
    """Return what stands for all traffic: wholes, and what is asked to be much."""
    found = [reading.only_selection(d.rhs) for d in reading.divisions(tree)]
    found += [
        reading.only_selection(comparison.value)
        for comparison in reading.comparisons(tree)
        if comparison.op in {"<", "<="}
    ]
    return [s for s in found if s is not None and s.is_rate]


def _events(selected: Selected, evidence: Evidence) -> list[SeenSeries]:
    """Return the series that count events: of buckets, the one that holds them all."""
    seen = evidence.of(selected) or []
    if not selected.metric.endswith("_bucket") or any(
        name == "le" for name, _, _ in selected.matchers
    ):
        return seen
    return [one for one in seen if one.labels.get("le") == "+Inf"]


def _kept(tree: Tree) -> set[str]:
    """Return labels that an aggregation tells apart."""
    kept: set[str] = set()
    for node in walk(tree):
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
            if node.modifier.is_by:
                kept |= set(node.modifier.labels)
            else:
                kept |= {*PATHS, *_AGENTS} - set(node.modifier.labels)
    return kept


def _is_share(expression: Expression, division: Tree) -> bool:
    """Return whether a quotient is meant as a part of a whole."""
    if expression.kind is Kind.OBJECTIVE:
        return True
    for node in walk(expression.tree):
        if (
            isinstance(node, promql.BinaryExpr)
            and node.op == "-"
            and reading.number(node.lhs) == 1
            and any(inner is division for inner in walk(node.rhs))
        ):
            return True
    texts = [expression.name, *(note.text for note in expression.notes)]
    return any(_SHARE_NAME.search(text) for text in texts)


def _without(text: str, metric: str, values: dict[str, frozenset[str]]) -> str:
    """Return an expression whose selectors of a metric leave some values out."""
    added = ", ".join(_excluding(name, held) for name, held in values.items())
    pattern = re.compile(rf"(?<![\w:]){re.escape(metric)}(?![\w:])(\s*\{{)?")
    return pattern.sub(
        lambda m: f"{metric}{{{added}, " if m[1] else f"{metric}{{{added}}}", text
    ).replace(", }", "}")


def _excluding(label: str, values: frozenset[str]) -> str:
    return str(LabelMatcher(label, MatchOp.NOT_REGEX, any_of(sorted(values))))
