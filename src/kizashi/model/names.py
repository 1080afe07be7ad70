"""Names of metrics and labels as PromQL writes them: plain, or between quotes.

Source: Prometheus 3, "Querying basics" and "Data model".
"""

import re

#: Keywords that are numbers.
NUMBERS = frozenset({"inf", "nan"})
#: Keywords that name no metric where an expression begins.
NO_METRICS = frozenset(
    {"bool", "on", "ignoring", "group_left", "group_right", "atan2", *NUMBERS}
)
#: Keywords that name no label in a grouping, although others do.
NO_LABELS = frozenset({"without", *NUMBERS})
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
#: The pattern of a label's name that needs no quotes.
PLAIN_LABEL = "[a-zA-Z_][a-zA-Z0-9_]*"
_LABEL = re.compile(PLAIN_LABEL)


def is_plain_metric(name: str) -> bool:
    """Return whether a metric's name stands in front of braces, without quotes."""
    return _METRIC.fullmatch(name) is not None and name.lower() not in NO_METRICS


def is_plain_label(name: str) -> bool:
    """Return whether a label's name stands in braces without quotes."""
    return _LABEL.fullmatch(name) is not None
