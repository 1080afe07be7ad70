"""Ranges that hold too few samples, or more than the server remembers."""

from kizashi.lint import reading
from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.model.durations import format_duration
from kizashi.promql import tree as promql
from kizashi.promql.tree import walk

#: A range of this many scrapes outlives a failed one. Source: Prometheus,
#: "Querying basics", and ``$__rate_interval`` of Grafana.
FEWEST_SCRAPES = 4
_NEEDED = 2


def too_short(expression: Expression, setting: Setting) -> Found:
    """Find ranges that hold fewer than four scrapes."""
    interval_ms = setting.scrape_interval_ms
    if interval_ms is None or expression.kind is Kind.OBJECTIVE:
        # The windows of an objective are checked where it is declared.
        return
    if expression.has_open_range:
        return
    for name, range_ms in sorted(set(_ranges(expression))):
        scrapes = range_ms / interval_ms
        if scrapes >= FEWEST_SCRAPES:
            continue
        empty = scrapes < _NEEDED
        yield expression.finding(
            "lint.range-never-full" if empty else "lint.range-too-short",
            {
                "function": name,
                "range": format_duration(range_ms),
                "interval": format_duration(interval_ms),
                "scrapes": f"{scrapes:.3g}",
                "fewest": format_duration(FEWEST_SCRAPES * interval_ms),
            },
        )


def too_long(expression: Expression, setting: Setting) -> Found:
    """Find ranges that begin before the oldest sample."""
    if setting.retention_ms is None:
        return
    longest = reading.longest_range_ms(expression.tree)
    if longest > setting.retention_ms:
        yield expression.finding(
            "lint.range-beyond-retention",
            {
                "range": format_duration(longest),
                "retention": format_duration(setting.retention_ms),
            },
            evidence="lint.evidence.retention" if setting.retention_told_by else "",
            facts={"origin": setting.retention_told_by},
        )


def _ranges(expression: Expression) -> list[tuple[str, int]]:
    """Return function and range of every rate over plain samples."""
    found = []
    for node in walk(expression.tree):
        if not isinstance(node, promql.Call) or node.func not in (
            reading.OF_TWO_SAMPLES
        ):
            continue
        argument = node.args[0]
        if isinstance(argument, promql.MatrixSelector):
            found.append((node.func, argument.range_ms))
    return found
