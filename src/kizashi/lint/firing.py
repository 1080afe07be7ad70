"""Alerts that cannot fire, fire on anything, or fall silent when it matters."""

from fractions import Fraction

import promql_parser as promql

from kizashi.lint import reading
from kizashi.lint._base import Expression, Finding, Found, Kind, Setting
from kizashi.lint.reading import Comparison, Share
from kizashi.model.durations import format_duration

_VALUED = reading.ABSENCE | {"vector"}


def dead_limit(expression: Expression, setting: Setting) -> Found:
    """Find limits that no share of a whole can exceed."""
    if expression.kind is Kind.PANEL:
        return
    for comparison, share in _shares(expression, setting):
        most = share.scale
        never = comparison.limit > most or (
            comparison.limit == most and comparison.op == ">"
        )
        if comparison.op in {">", ">="} and never:
            yield Finding(
                "lint.can-never-fire",
                expression.position,
                {
                    "limit": _text(comparison.limit),
                    "written": reading.shown(comparison.limit_tree),
                    "most": _text(most),
                },
            )


def zero_limit(expression: Expression, setting: Setting) -> Found:
    """Find limits of nothing at all: an objective of 100 %."""
    if expression.kind is Kind.PANEL:
        return
    for comparison, _ in _shares(expression, setting):
        if comparison.op == ">" and comparison.limit == 0:
            yield Finding(
                "lint.no-budget",
                expression.position,
                {"written": reading.shown(comparison.limit_tree)},
            )


def single_window(expression: Expression, setting: Setting) -> Found:
    """Find alerts on one short window, with nothing that asks for more than a blip."""
    if expression.kind is not Kind.ALERT or expression.for_ms:
        return
    found = list(_shares(expression, setting))
    is_paired = any(
        isinstance(node, promql.BinaryExpr) and reading.op(node) == "and"
        for node in reading.walk(expression.tree)
    )
    if len(found) != 1 or is_paired:
        return
    comparison, share = found[0]
    range_s = share.part.range_s
    if comparison.op not in {">", ">="} or not range_s or comparison.limit <= 0:
        return
    limit = comparison.limit / share.scale
    if limit >= 1:
        return
    # One error among this many requests is still over the limit.
    requests = -(-1 // limit) - 1 if comparison.op == ">" else 1 // limit
    yield Finding(
        "lint.single-window",
        expression.position,
        {
            "window": format_duration(round(range_s * 1000)),
            "requests": f"{requests:,}",
            "limit": _text(limit * 100),
        },
    )


def blind_to_absence(expression: Expression, setting: Setting) -> Found:
    """Find alerts on too little traffic that say nothing when there is none at all."""
    if expression.kind is not Kind.ALERT:
        return
    calls = {
        node.func.name
        for node in reading.walk(expression.tree)
        if isinstance(node, promql.Call)
    }
    if calls & _VALUED:
        return
    for comparison in reading.comparisons(expression.tree):
        selected = reading.only_selection(comparison.value)
        is_low = comparison.op in {"<", "<="} and selected is not None
        if not is_low or selected is None or not selected.is_rate:
            continue
        if selected.metric in setting.watched:
            continue
        value = reading.shown(comparison.value)
        limit = reading.shown(comparison.limit_tree)
        yield Finding(
            "lint.blind-to-absence",
            expression.position,
            {"metric": selected.metric},
            f"({value} or vector(0)) {comparison.op} {limit}",
        )


def _shares(expression: Expression, setting: Setting) -> list[tuple[Comparison, Share]]:
    """Return every comparison of a share with a number, recorded shares included."""
    found = []
    for comparison in reading.comparisons(expression.tree):
        value, scale = reading.unscaled(comparison.value)
        share = reading.share(value)
        if share is None and isinstance(value, promql.VectorSelector):
            recorded = setting.recorded(value.name or "")
            share = reading.share(recorded.tree) if recorded is not None else None
        if share is not None:
            whole = Share(share.scale * scale, share.part, share.whole, share.division)
            found.append((comparison, whole))
    return found


def _text(value: Fraction) -> str:
    return f"{float(value):.6g}"
