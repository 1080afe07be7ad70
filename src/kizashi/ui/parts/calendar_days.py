"""The days of a budget as a calendar: what each one spent."""

from collections.abc import Sequence
from dataclasses import dataclass

from kizashi.app.curves import Day
from kizashi.ui.parts.tones import day_step
from kizashi.ui.parts.words import Words


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the calendar.

    Attributes:
        label: The date, as the reader's language writes it.
        day: The day of the month.
        spent: How much of the budget it spent, as text.
        told: The sentence that is read out for it.
        step: How dark it is drawn, 0 to 5.
        weekday: Its weekday; Monday is 0.
    """

    label: str
    day: str
    spent: str
    told: str
    step: int
    weekday: int


def cell_of(day: Day, words: Words) -> DayCell:
    """Return a day as a reader sees it."""
    spent = day.spent_ratio
    shown = "–" if spent is None or not day.valid else words.pct(spent, 1)
    label = words.short_day(day.date)
    told = words.t(
        "ui.calendar.told",
        day=label,
        spent=shown,
        bad=words.num(day.bad),
        valid=words.num(day.valid),
        coverage=words.pct(day.coverage, 0),
    )
    return DayCell(
        label, str(day.date.day), shown, told, day_step(spent), day.date.weekday()
    )


def weeks(cells: Sequence[DayCell]) -> list[list[DayCell | None]]:
    """Return days in rows of a week, Monday first; None outside of the stretch."""
    if not cells:
        return []
    row: list[DayCell | None] = [None] * cells[0].weekday
    rows: list[list[DayCell | None]] = []
    for cell in cells:
        row.append(cell)
        if len(row) == 7:  # noqa: PLR2004
            rows.append(row)
            row = []
    if row:
        rows.append([*row, *[None] * (7 - len(row))])
    return rows
