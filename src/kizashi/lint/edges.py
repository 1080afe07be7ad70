"""Thresholds of latency that a histogram cannot tell.

Source: Prometheus, "Histograms and summaries", "Errors of quantile estimation".
"""

from kizashi.lint import reading
from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.lint.evidence import Evidence, edges_of
from kizashi.lint.reading import Selected
from kizashi.promql import tree as promql
from kizashi.promql.writer import shown

_EDGE = "le"
_MOST_SHOWN = 16


def no_edge(expression: Expression, setting: Setting) -> Found:
    """Find buckets that are selected by an edge that the histogram does not have."""
    evidence = setting.evidence
    if evidence is None or not evidence.is_whole:
        return
    for selected in reading.selections(expression.tree):
        edges_asked = [v for n, op, v in selected.matchers if n == _EDGE and op == "="]
        edges = _edges(selected, evidence)
        if (
            len(edges_asked) != 1
            or not edges
            or edges_asked[0] in {text for _, text in edges}
        ):
            continue
        wanted = _number(edges_asked[0])
        # An objective's edge is a number; the rules made of it accept each spelling.
        is_known = expression.kind is Kind.OBJECTIVE and wanted in {e for e, _ in edges}
        if wanted is None or is_known:
            continue
        near = _nearest(wanted, edges)
        code = "threshold-without-edge"
        if wanted > _last(edges):
            code = "threshold-above-last-edge"
        yield expression.finding(
            f"lint.{code}",
            {"threshold": f'le="{edges_asked[0]}"', "metric": selected.metric},
            expression.text.replace(f'"{edges_asked[0]}"', f'"{near}"'),
            "lint.evidence.edges",
            _facts(evidence, edges, near),
        )


def quantile_limit(expression: Expression, setting: Setting) -> Found:
    """Find limits of a quantile that lie above, or between, the histogram's edges."""
    evidence = setting.evidence
    if evidence is None or not evidence.is_whole:
        return
    for comparison in reading.comparisons(expression.tree):
        value, scale = reading.unscaled(comparison.value)
        if not isinstance(value, promql.Call) or value.func != ("histogram_quantile"):
            continue
        selected = reading.only_selection(value.args[1])
        edges = _edges(selected, evidence) if selected is not None else []
        if selected is None or not edges or comparison.op not in {">", ">="}:
            continue
        limit = float(comparison.limit / scale)
        last = _last(edges)
        never = limit >= last if comparison.op == ">" else limit > last
        if not never and limit in {edge for edge, _ in edges}:
            continue
        near = _nearest(limit, edges)
        yield expression.finding(
            "lint.quantile-never-above" if never else "lint.quantile-between-edges",
            {
                "limit": shown(comparison.limit_tree),
                "metric": selected.metric,
                "last": f"{last:g}",
            },
            "",
            "lint.evidence.edges",
            _facts(evidence, edges, near),
        )


def _edges(selected: Selected, evidence: Evidence) -> list[tuple[float, str]]:
    """Return the edges of what a selector selects, whatever edge it asks for."""
    matchers = frozenset(m for m in selected.matchers if m[0] != _EDGE)
    whole = Selected(selected.metric, matchers, selected.range_s, selected.calls)
    return edges_of(evidence.of(whole) or ())


def _last(edges: list[tuple[float, str]]) -> float:
    """Return the last edge that is a number."""
    return max((edge for edge, _ in edges if edge != float("inf")), default=0.0)


def _nearest(wanted: float, edges: list[tuple[float, str]]) -> str:
    finite = [
        (abs(edge - wanted), text) for edge, text in edges if edge != float("inf")
    ]
    return min(finite)[1] if finite else ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _facts(
    evidence: Evidence, edges: list[tuple[float, str]], near: str
) -> dict[str, str]:
    shown = [text for _, text in edges[:_MOST_SHOWN]]
    more = ", …" if len(edges) > _MOST_SHOWN else ""
    return {
        "origin": evidence.origin,
        "edges": ", ".join(shown) + more,
        "nearest": near,
    }
