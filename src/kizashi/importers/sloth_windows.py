"""Sloth's alert windows: how much of a budget may go before somebody is told.

Source: Sloth, API ``sloth.slok.dev/v1``, object ``AlertWindows``; the default windows
are its table for 28 and 30 days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kizashi.declarations.fields import Fields
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow, Window

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class BurnRow:
    """A pair of windows, and how much of the budget may go in the long one."""

    severity: Severity
    percent: Decimal
    short_ms: int
    long_ms: int

    def factor(self, period: Window) -> Decimal:
        """Return the burn rate that spends so much of the budget in the long window."""
        return self.percent / _PERCENT * period.length_ms / self.long_ms


def _row(severity: Severity, percent: int, short_ms: int, long_h: int) -> BurnRow:
    return BurnRow(severity, Decimal(percent), short_ms, long_h * _HOUR_MS)


DEFAULT_ROWS = (
    _row(Severity.PAGE, 2, 5 * 60_000, 1),
    _row(Severity.PAGE, 5, 30 * 60_000, 6),
    _row(Severity.TICKET, 10, 2 * _HOUR_MS, 24),
    _row(Severity.TICKET, 10, 6 * _HOUR_MS, 72),
)
#: Periods for which Sloth has windows of its own.
DEFAULT_PERIODS = tuple(RollingWindow(days * _DAY_MS) for days in (28, 30))


def read_windows(document: Fields) -> Mapping[Window, tuple[BurnRow, ...]]:
    """Return the pairs of windows by the period that they are for; none if wrong."""
    spec = document.open("spec", ("sloPeriod", "page", "ticket"))
    if spec is None:
        return {}
    errors = spec.problems.error_count
    spec.require("sloPeriod", "page", "ticket")
    period_ms = spec.duration_ms("sloPeriod")
    rows = []
    for key in ("page", "ticket"):
        both = spec.open(key, ("quick", "slow"))
        if both is None:
            continue
        both.require("quick", "slow")
        for speed in ("quick", "slow"):
            row = _read_row(both, speed, Severity(key))
            rows += [] if row is None else [row]
    if period_ms is None or spec.problems.error_count > errors:
        return {}
    return {RollingWindow(period_ms): tuple(rows)}


def _read_row(both: Fields, speed: str, severity: Severity) -> BurnRow | None:
    keys = ("errorBudgetPercent", "shortWindow", "longWindow")
    fields = both.open(speed, keys)
    if fields is None or not fields.require(*keys):
        return None
    percent = fields.decimal(keys[0])
    short_ms, long_ms = fields.duration_ms(keys[1]), fields.duration_ms(keys[2])
    if percent is None or short_ms is None or long_ms is None:
        return None
    return BurnRow(severity, percent, short_ms, long_ms)
