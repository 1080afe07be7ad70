"""Quotients that do not show the share that they are meant to show."""

from fractions import Fraction

from kizashi.lint import reading
from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.model.durations import format_duration
from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, bare, walk
from kizashi.promql.writer import shown

#: Aggregations of which one NaN makes a NaN.
_POISONED = frozenset({"avg", "sum", "stddev", "stdvar"})
_MEANS = frozenset({"avg_over_time", "sum_over_time"})


def unsummed(expression: Expression, _setting: Setting) -> Found:
    """Find quotients that divide each series by itself.

    Vector matching pairs series with equal labels. A part that is picked by a label
    finds, in the whole, only itself: the quotient is 1 whatever the traffic.
    """
    for division in reading.divisions(expression.tree):
        left, right = bare(division.lhs), bare(division.rhs)
        if not (_is_bare_rate(left) and _is_bare_rate(right)):
            continue
        part, whole = reading.only_selection(left), reading.only_selection(right)
        if part is None or whole is None or part.metric != whole.metric:
            continue
        if division.modifier is not None and division.modifier.matching is not None:
            continue
        if part.matchers == whole.matchers or part.range_s != whole.range_s:
            continue
        yield expression.finding(
            "lint.unsummed-ratio",
            {"left": shown(left), "right": shown(right)},
            reading.with_part(
                expression.tree,
                division,
                f"sum({shown(left)}) / sum({shown(right)})",
            ),
        )


def not_a_part(expression: Expression, _setting: Setting) -> Found:
    """Find a share whose part is not among its whole."""
    for division in reading.divisions(expression.tree):
        part = reading.only_selection(division.lhs)
        whole = reading.only_selection(division.rhs)
        if part is None or whole is None or not part.metric:
            continue
        is_share = part.metric == whole.metric and part.is_rate and whole.is_rate
        missing = whole.matchers - part.matchers
        extra = part.matchers - whole.matchers
        # Both sides asking for something of the same label is a ratio of two parts.
        if not is_share or not missing or not extra:
            continue
        if {name for name, _, _ in missing} & {name for name, _, _ in extra}:
            continue
        asked = ", ".join(f'{n}{o}"{v}"' for n, o, v in sorted(missing))
        yield expression.finding(
            "lint.not-a-part", {"matchers": asked, "left": part.metric}
        )


def mean_of_ratios(expression: Expression, setting: Setting) -> Found:
    """Find the average of ratios over time, which weighs a quiet minute like a busy one."""
    for node in walk(expression.tree):
        if not isinstance(node, promql.Call) or node.func not in _MEANS:
            continue
        inner, name = _averaged(node, setting)
        over = node.args[0]
        if inner is None or not isinstance(
            over, promql.MatrixSelector | promql.SubqueryExpr
        ):
            continue
        range_s = over.range_ms / 1000
        yield expression.finding(
            "lint.mean-of-ratios",
            {"ratio": name, "window": _window(range_s)},
            reading.with_part(expression.tree, node, _over(inner, range_s)),
        )


def average_of_shares(expression: Expression, _setting: Setting) -> Found:
    """Find sums and means over shares of series: one that is idle makes them NaN."""
    for node in walk(expression.tree):
        if not isinstance(node, promql.AggregateExpr) or node.op not in _POISONED:
            continue
        inner, _ = reading.unscaled(node.expr)
        if not isinstance(inner, promql.BinaryExpr) or inner.op != "/":
            continue
        part = reading.only_selection(inner.lhs)
        whole = reading.only_selection(inner.rhs)
        if part is None or whole is None or not (part.is_rate and whole.is_rate):
            continue
        by = _modifier(node)
        left, right = (_unaggregated(side) for side in (inner.lhs, inner.rhs))
        yield expression.finding(
            "lint.average-of-shares",
            {"function": node.op, "ratio": shown(inner)},
            reading.with_part(
                expression.tree, node, f"sum{by} ({left}) / sum{by} ({right})"
            ),
        )
        return


def invented(expression: Expression, _setting: Setting) -> Found:
    """Find shares that show a figure where there are no data at all."""
    for division in reading.divisions(expression.tree):
        part, whole = _default(division.lhs), _default(division.rhs)
        if part is None or whole is None or not whole[1]:
            continue
        yield expression.finding(
            "lint.invented-without-data",
            {"shown": f"{_plain(float(part[1]))} / {_plain(float(whole[1]))}"},
            reading.with_part(expression.tree, division.rhs, shown(whole[0])),
        )
        return


def no_errors_yet(expression: Expression, _setting: Setting) -> Found:
    """Find ``1 - bad / total`` that is empty until the first error ever."""
    if expression.kind is Kind.ALERT:
        return
    for node in walk(expression.tree):
        if not isinstance(node, promql.BinaryExpr) or node.op != "-":
            continue
        if reading.number(node.lhs) is None:
            continue
        share = reading.share(node.rhs)
        if share is None or share.part.matchers == share.whole.matchers:
            continue
        bad, total = (
            shown(share.division.lhs),
            shown(share.division.rhs),
        )
        scale = "" if share.scale == 1 else f"{_plain(float(share.scale))} * "
        yield expression.finding(
            "lint.empty-without-errors",
            {"bad": bad},
            reading.with_part(
                expression.tree,
                node,
                f"{shown(node.lhs)} - {scale}({bad} or 0 * {total}) / {total}",
            ),
        )


def quantile_without_le(expression: Expression, _setting: Setting) -> Found:
    """Find a quantile of buckets whose edges were summed away."""
    for node in walk(expression.tree):
        if not isinstance(node, promql.Call) or node.func != "histogram_quantile":
            continue
        inner = bare(node.args[1])
        if not isinstance(inner, promql.AggregateExpr):
            continue
        selected = reading.only_selection(inner)
        if selected is None or not selected.metric.endswith("_bucket"):
            continue
        if _keeps(inner, "le"):
            continue
        labels = [] if inner.modifier is None else list(inner.modifier.labels)
        by = ", ".join(sorted({*labels, "le"}) if _is_by(inner) else ["le"])
        quantile, buckets = shown(node.args[0]), shown(inner.expr)
        yield expression.finding(
            "lint.quantile-without-le",
            {"buckets": selected.metric},
            reading.with_part(
                expression.tree,
                node,
                f"histogram_quantile({quantile}, sum by ({by}) ({buckets}))",
            ),
        )


def _is_bare_rate(tree: Tree) -> bool:
    return isinstance(tree, promql.Call) and tree.func in reading.RATES


def _averaged(node: promql.Call, setting: Setting) -> tuple[Tree | None, str]:
    """Return the quotient that a function averages, and what it is called."""
    argument = node.args[0]
    if isinstance(argument, promql.SubqueryExpr):
        inner = bare(argument.expr)
        return (inner, shown(inner)) if reading.share(inner) else (None, "")
    if not isinstance(argument, promql.MatrixSelector):
        return None, ""
    name = argument.vector_selector.name or ""
    recorded = setting.recorded(name)
    if recorded is None or reading.share(recorded.tree) is None:
        return None, ""
    return recorded.tree, name


def _over(ratio: Tree, range_s: float) -> str:
    """Return a share over a window of its own."""
    share = reading.share(ratio)
    if share is None or share.part.range_s is None:
        return ""
    window = _window(range_s)
    sides = [bare(share.division.lhs), bare(share.division.rhs)]
    short = f"[{_window(share.part.range_s)}]"
    texts = [shown(s).replace(short, f"[{window}]") for s in sides]
    return " / ".join(t.replace("rate(", "increase(") for t in texts)


def _default(tree: Tree) -> tuple[Tree, Fraction] | None:
    """Return what stands before ``or vector(…)``, and the number in it."""
    tree = bare(tree)
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "or":
        return None
    other = bare(tree.rhs)
    if not isinstance(other, promql.Call) or other.func != "vector":
        return None
    number = reading.number(other.args[0])
    return None if number is None else (tree.lhs, number)


def _modifier(tree: promql.AggregateExpr) -> str:
    if tree.modifier is None:
        return ""
    word = "by" if _is_by(tree) else "without"
    return f" {word} ({', '.join(tree.modifier.labels)})"


def _unaggregated(tree: Tree) -> str:
    """Return what a sum sums, or what stands there where it is none."""
    tree = bare(tree)
    if isinstance(tree, promql.AggregateExpr) and reading.is_summed(tree):
        return shown(tree.expr)
    return shown(tree)


def _keeps(tree: promql.AggregateExpr, label: str) -> bool:
    if tree.modifier is None:
        return False
    return (label in tree.modifier.labels) is _is_by(tree)


def _is_by(tree: promql.AggregateExpr) -> bool:
    return tree.modifier is not None and tree.modifier.is_by


def _window(seconds: float) -> str:
    return format_duration(round(seconds * 1000))


def _plain(value: float) -> str:
    return f"{value:g}"
