"""The functions and aggregations of PromQL, with the types that they take.

Source: Prometheus 3, "Query functions" and "Operators"; ``holt_winters`` is the name
that ``double_exponential_smoothing`` had before.
"""

from enum import StrEnum
from typing import NamedTuple


class ValueType(StrEnum):
    """What an expression evaluates to."""

    SCALAR = "scalar"
    STRING = "string"
    VECTOR = "vector"
    RANGE = "range"


class Signature(NamedTuple):
    """What a function takes and gives.

    Attributes:
        args: The types of its arguments; the last repeats where it takes more.
        fewest: How many it takes at least.
        most: How many it takes at most; None for any number.
        returns: What it gives.
    """

    args: tuple[ValueType, ...]
    fewest: int
    most: int | None
    returns: ValueType


_LETTERS = {
    "s": ValueType.SCALAR,
    "t": ValueType.STRING,
    "v": ValueType.VECTOR,
    "r": ValueType.RANGE,
}

#: Types of the arguments (s scalar, t string, v instant vector, r range vector), ``?``
#: behind those that may be missing, ``*`` where the last repeats; then the functions.
_VECTOR_FUNCTIONS = {
    "v": "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor"
    " histogram_avg histogram_count histogram_stddev histogram_stdvar histogram_sum ln"
    " log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp",
    "v?": "day_of_month day_of_week day_of_year days_in_month hour minute month year",
    "r": "absent_over_time avg_over_time changes count_over_time delta deriv"
    " first_over_time idelta increase irate last_over_time mad_over_time max_over_time"
    " min_over_time present_over_time rate resets stddev_over_time stdvar_over_time"
    " sum_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time"
    " ts_of_min_over_time",
    "s": "vector",
    "vs?": "round",
    "vs": "clamp_max clamp_min",
    "vss": "clamp",
    "vt*": "sort_by_label sort_by_label_desc",
    "vtss*": "histogram_quantiles",
    "vttt*": "label_join",
    "vtttt": "label_replace",
    "vv?": "info",
    "sv": "histogram_quantile",
    "ssv": "histogram_fraction",
    "sr": "quantile_over_time",
    "rs": "predict_linear",
    "rss": "double_exponential_smoothing holt_winters",
}
_SCALAR_FUNCTIONS = {"": "pi time", "v": "scalar"}


def _signature(spec: str, returns: ValueType) -> Signature:
    args = tuple(_LETTERS[letter] for letter in spec if letter in _LETTERS)
    if spec.endswith("*"):
        return Signature(args, len(args) - 1, None, returns)
    fewest = len(args) - 1 if spec.endswith("?") else len(args)
    return Signature(args, fewest, len(args), returns)


FUNCTIONS: dict[str, Signature] = {
    name: _signature(spec, returns)
    for table, returns in (
        (_VECTOR_FUNCTIONS, ValueType.VECTOR),
        (_SCALAR_FUNCTIONS, ValueType.SCALAR),
    )
    for spec, names in table.items()
    for name in names.split()
}

#: Aggregations, each with the type of the parameter in front of its vector.
AGGREGATIONS: dict[str, ValueType | None] = {
    **dict.fromkeys(("avg", "count", "group", "max", "min", "stddev", "stdvar", "sum")),
    **dict.fromkeys(
        ("bottomk", "limit_ratio", "limitk", "quantile", "topk"), ValueType.SCALAR
    ),
    "count_values": ValueType.STRING,
}
