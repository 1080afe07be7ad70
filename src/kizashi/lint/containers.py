"""Traps of the container metrics that kubelets expose.

Source: Kubernetes, "Node metrics data"; cAdvisor, "Monitoring cAdvisor with Prometheus".
"""

from kizashi.lint import reading
from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, bare, walk
from kizashi.promql.writer import shown

_USAGE = "container_memory_usage_bytes"
_LIMIT = "container_spec_memory_limit_bytes"
_CPU = "container_cpu_usage_seconds_total"
_OTHERS = ("container_spec_", "kube_pod_container_")
_TELLING_APART = frozenset({"container", "image", "name", "id", "container_name"})


def page_cache(expression: Expression, _setting: Setting) -> Found:
    """Find memory in use that counts what the kernel would give back."""
    is_full = expression.kind is Kind.ALERT or any(
        True for _ in reading.divisions(expression.tree)
    )
    for selected in reading.selections(expression.tree):
        if selected.metric == _USAGE and is_full:
            text = expression.text.replace(_USAGE, "container_memory_working_set_bytes")
            yield expression.finding("lint.page-cache-is-no-use", {}, text)
            return


def no_limit(expression: Expression, _setting: Setting) -> Found:
    """Find a division by a limit that is 0 where there is none."""
    for division in reading.divisions(expression.tree):
        limit = bare(division.rhs)
        selected = reading.only_selection(limit)
        has_guard = any(
            isinstance(node, promql.BinaryExpr) and node.op in {">", "!="}
            for node in walk(limit)
        )
        if selected is None or selected.metric != _LIMIT or has_guard:
            continue
        guarded = f"({shown(limit)} > 0)"
        yield expression.finding(
            "lint.limit-may-be-zero",
            {"metric": _LIMIT},
            reading.with_part(expression.tree, limit, guarded),
        )


def counted_twice(expression: Expression, _setting: Setting) -> Found:
    """Find sums over a pod's containers that take in the sum of them as well."""
    if reading.kept_labels(expression.tree) & _TELLING_APART:
        return
    for selected in reading.selections(expression.tree):
        if selected.metric != _CPU or "sum" not in selected.calls:
            continue
        if {name for name, _, _ in selected.matchers} & _TELLING_APART:
            continue
        matchers = [f'{n}{o}"{v}"' for n, o, v in sorted(selected.matchers)]
        inner = ", ".join([*matchers, 'container!=""'])
        yield expression.finding(
            "lint.containers-counted-twice",
            {"metric": _CPU, "selector": f"{_CPU}{{{inner}}}"},
        )
        return


def cpu_label(expression: Expression, _setting: Setting) -> Found:
    """Find quotients of CPU time and a limit whose labels never agree.

    The kubelet gives the time a label ``cpu``, and nothing else has one.
    """
    for division in reading.divisions(expression.tree):
        if division.modifier is not None and division.modifier.matching is not None:
            continue
        left, right = bare(division.lhs), bare(division.rhs)
        for time, other in ((left, right), (right, left)):
            selected = reading.only_selection(time)
            if selected is None or selected.metric != _CPU or not selected.is_rate:
                continue
            others = {s.metric for s in reading.selections(other)}
            is_plain = not _aggregates(time) and not _aggregates(other)
            if not is_plain or not others or any(m == _CPU for m in others):
                continue
            if not all(m.startswith(_OTHERS) for m in others):
                continue
            summed = f"sum without (cpu) ({shown(time)})"
            text = shown(expression.tree)
            yield expression.finding(
                "lint.cpu-label-matches-nothing",
                {"metric": ", ".join(sorted(others))},
                text.replace(shown(time), summed, 1),
            )
            return


def _aggregates(tree: Tree) -> bool:
    return any(isinstance(n, promql.AggregateExpr) for n in walk(tree))
