"""Which tone a figure has: the colours of pages begin here and nowhere else.

Templates and scripts are told a tone; they hold no threshold. Where a budget is low,
what counts as seen and how urgent an alert is, is decided below, in `kizashi.slo`.
"""

from collections.abc import Mapping, Sequence

from kizashi.slo.budget import BudgetLevel, budget_level
from kizashi.slo.firing import is_little_seen

_BUDGET_TONES: Mapping[BudgetLevel | None, str] = {
    None: "plain",
    BudgetLevel.AMPLE: "plain",
    BudgetLevel.LOW: "warning",
    BudgetLevel.SPENT: "bad",
}
#: Shares of requests that fail from which a signal is drawn in another tone.
_BAD_ERRORS = 0.05
_WARNING_ERRORS = 0.005
#: A stretch of which more was seen is drawn as seen in full.
_WHOLE = 0.99
#: Shares of the most above which a cell of a heat map is stronger.
_HEAT_EDGES = (0.01, 0.05, 0.2, 0.5)
#: Shares of a budget above which a day of the calendar is darker.
_DAY_EDGES = (0.0, 0.01, 0.033, 0.1, 0.33)


def budget_tone(left: float | None) -> str:
    """Return the tone of what is left of a budget."""
    return _BUDGET_TONES[budget_level(left)]


def missed_tone(*, is_missed: bool) -> str:
    """Return the tone of an indicator, or of a burn rate: bad where it must not be."""
    return "bad" if is_missed else "plain"


def error_tone(ratio: float | None) -> str:
    """Return the tone of a share of requests that fail."""
    if ratio is None or ratio < _WARNING_ERRORS:
        return "plain"
    return "bad" if ratio >= _BAD_ERRORS else "warning"


def seen_tone(share: float | None) -> str:
    """Return how much of a step was seen: whole, most, little or unseen."""
    if not share:
        return "unseen"
    if share > _WHOLE:
        return "whole"
    return "little" if is_little_seen(share) else "most"


def heat_step(value: float | None, most: float) -> int:
    """Return how strong a count shows, 1 to 5: each step is a few times the last.

    Steps of the scale are powers, so that a few slow requests among many show. Nothing,
    and what is not known, is 0.
    """
    if not value or most <= 0:
        return 0
    share = value / most
    return 1 + sum(share > edge for edge in _HEAT_EDGES)


def heat_steps(rows: Sequence[Sequence[float | None]]) -> list[list[int]]:
    """Return how strong each count of a heat map shows beside the highest of them."""
    most = max((v for row in rows for v in row if v), default=0.0)
    return [[heat_step(value, most) for value in row] for row in rows]


def day_step(spent: float | None) -> int:
    """Return how dark a day of the calendar is, 0 to 5, by what it spent."""
    return 0 if not spent else sum(spent > edge for edge in _DAY_EDGES)
