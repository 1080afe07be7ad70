"""Alerts that cannot fire, fire on anything, or fall silent when it matters."""

import re
from fractions import Fraction

from kizashi.lint import reading
from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.lint.reading import LimitComparison, Share
from kizashi.model.durations import format_duration
from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, walk
from kizashi.promql.writer import shown
from kizashi.slo.budget import lasts_ms, spent_ratio

_VALUED = reading.ABSENCE | {"vector"}
#: Labels that tell answers that users like from others.
_OUTCOMES = frozenset(
    [
        "status",
        "status_code",
        "code",
        "http_status",
        "http_status_code",
        "grpc_code",
        "outcome",
    ]
)
_SUCCESS = re.compile(r"avail|succe|error|fail|slo\b|sli\b", re.IGNORECASE)
MONTH_MS = 30 * 86_400_000
#: Parts of a month's budget. Source: SRE Workbook, chapter 5, which pages at 2 %.
_LEAST_SPENT = Fraction(1, 100)
_ENOUGH = Fraction(2, 100)


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
            yield expression.finding(
                "lint.can-never-fire",
                {
                    "limit": _text(comparison.limit),
                    "written": shown(comparison.limit_tree),
                    "most": _text(most),
                },
            )


def zero_limit(expression: Expression, setting: Setting) -> Found:
    """Find limits of nothing at all: an objective of 100 %."""
    if expression.kind is Kind.PANEL:
        return
    for comparison, _ in _shares(expression, setting):
        if comparison.op == ">" and comparison.limit == 0:
            yield expression.finding(
                "lint.no-budget", {"written": shown(comparison.limit_tree)}
            )


def single_window(expression: Expression, setting: Setting) -> Found:
    """Find alerts on one short window, with nothing that asks for more than a blip."""
    if expression.kind is not Kind.ALERT or expression.for_ms:
        return
    found = list(_shares(expression, setting))
    is_paired = any(
        isinstance(node, promql.BinaryExpr) and node.op == "and"
        for node in walk(expression.tree)
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
    yield expression.finding(
        "lint.single-window",
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
        node.func for node in walk(expression.tree) if isinstance(node, promql.Call)
    }
    if calls & _VALUED:
        return
    for comparison in reading.comparisons(expression.tree):
        selected = reading.only_selection(comparison.value)
        is_low = comparison.op in {"<", "<="} and selected is not None
        if not is_low or selected is None or not selected.is_rate:
            continue
        # Those who watch the targets themselves are told when they go.
        if selected.metric in setting.watched or setting.has_watched_targets(selected):
            continue
        value = shown(comparison.value)
        valued = f"({value} or vector(0))"
        # Beside series with labels, the 0 of nothing would stand there always.
        alone = reading.is_labelless(comparison.value)
        yield expression.finding(
            "lint.blind-to-absence",
            {"metric": selected.metric},
            reading.with_part(expression.tree, comparison.value, valued)
            if alone
            else "",
        )


def silent_without_traffic(expression: Expression, setting: Setting) -> Found:
    """Find alerts on a low share of good events: of none at all it is no number."""
    if expression.kind is not Kind.ALERT:
        return
    for comparison in reading.comparisons(expression.tree):
        if comparison.op not in {"<", "<="}:
            continue
        share = reading.share(comparison.value) or _missing_share(comparison.value)
        if share is None or share.whole.metric in setting.watched:
            continue
        told_apart = {n for n, _, _ in share.part.matchers - share.whole.matchers}
        if not (told_apart & _OUTCOMES or _SUCCESS.search(expression.name)):
            # How often a cache is hit says nothing where nobody asks.
            continue
        yield expression.finding(
            "lint.silent-without-traffic",
            {"metric": share.whole.metric},
            f"{expression.text} or absent({share.whole})",
        )
        return


def one_burn_window(expression: Expression, _setting: Setting) -> Found:
    """Find burn rates over one short window: nearly nothing of the budget is spent."""
    if expression.kind is not Kind.ALERT:
        return
    factor = reading.burn_factor(expression.tree)
    found = list(reading.selections(expression.tree))
    ranges = {selected.range_s for selected in found if selected.is_rate}
    is_share = any(True for _ in reading.divisions(expression.tree))
    if factor is None or len(ranges) != 1 or not is_share:
        return
    if not all(selected.is_rate for selected in found):
        return
    range_ms = round((ranges.pop() or 0) * 1000)
    spent = spent_ratio(factor, range_ms, MONTH_MS)
    if not 0 < spent < _LEAST_SPENT:
        return
    yield expression.finding(
        "lint.burn-in-one-window",
        {
            "factor": f"{float(factor):g}",
            "window": format_duration(range_ms),
            "spent": f"{float(spent * 100):.2g}",
            "long": format_duration(
                round(_ENOUGH * lasts_ms(factor, MONTH_MS) / 60_000) * 60_000
            ),
        },
    )


def _shares(
    expression: Expression, setting: Setting
) -> list[tuple[LimitComparison, Share]]:
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


def _missing_share(tree: Tree) -> Share | None:
    """Return the share that is taken from all, as in ``1 - bad / total``."""
    tree, _ = reading.unscaled(tree)
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "-":
        return None
    return None if reading.number(tree.lhs) is None else reading.share(tree.rhs)


def _text(value: Fraction) -> str:
    return f"{float(value):.6g}"
