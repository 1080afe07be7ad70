"""What the recorded series of an objective are called.

A name says what is counted and never how long: the window is the label ``window``, so
that a dashboard outlives a change of the window. Every series carries ``service`` and
``objective``.

Rules, unit tests, dashboards and readers of the series use these names from
here and from nowhere else.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

from kizashi.model.labels import escape_value

SERVICE: Final = "service"
OBJECTIVE: Final = "objective"
SEVERITY: Final = "severity"
WINDOW: Final = "window"
SHORT: Final = "short"

#: The labels that say which objective a series is of.
IDENTITY: Final = (SERVICE, OBJECTIVE)


class Series(StrEnum):
    """The recorded series, by what they hold.

    SLICE_… have one sample a slice, BLOCK_… one a block of slices, WINDOW_… one for
    each window of the objective, told apart by the label ``window``. PAIR_HELD has one
    for each pair, told apart by ``severity``, ``window`` (the long one) and ``short``.
    """

    SLICE_BAD = "kizashi:slice_bad:count"
    SLICE_VALID = "kizashi:slice_valid:count"
    SLICE_SEEN = "kizashi:slice_seen:ratio"
    SLICE_ABSENT = "kizashi:slice_absent:bool"
    VANISHED = "kizashi:vanished_series:value"
    MEMORY_COMPLETE = "kizashi:memory_complete:bool"
    SEED = "kizashi:seed_series:value"
    SEED_DONE = "kizashi:seed_done:bool"
    TARGET_CHANGED = "kizashi:target_changed:bool"
    BLOCK_BAD = "kizashi:block_bad:count"
    BLOCK_VALID = "kizashi:block_valid:count"
    BLOCK_SEEN = "kizashi:block_seen:slices"
    BLOCK_LARGEST = "kizashi:block_largest:count"
    TARGET_ALTERNATES = "kizashi:target_alternates:bool"
    WINDOW_BAD = "kizashi:window_bad:count"
    WINDOW_VALID = "kizashi:window_valid:count"
    WINDOW_COVERAGE = "kizashi:window_coverage:ratio"
    PAIR_HELD = "kizashi:pair_held:bool"
    PAIR_REMEMBERED = "kizashi:pair_remembered:bool"
    BUDGET_REMAINING = "kizashi:budget_remaining:ratio"
    TARGET = "kizashi:objective_target:ratio"
    PERIOD = "kizashi:objective_window:seconds"
    INFO = "kizashi:objective_info"


def select(name: str, **labels: str) -> str:
    """Return a selector of a recorded series, labels in the order given."""
    inner = ",".join([f'{key}="{_escaped(v)}"' for key, v in labels.items()])
    return f"{name}{{{inner}}}"


_escaped = lru_cache(maxsize=4096)(escape_value)
