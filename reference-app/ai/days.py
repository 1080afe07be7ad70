"""Arithmetic of the calendar. Weeks begin on Monday; nothing here reads a clock."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

HOURS = 24
NOON = 12
MINUTES = 60
_MONTHS = 12
_WEEK = 7
#: A leap day recurs within this many years (1896 to 1904, 2096 to 2104).
_LEAP_YEARS_APART = 8


def make_date(year: int, month: int, day: int) -> date | None:
    """Return the date, None if the calendar has no such day."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def next_date(today: date, month: int, day: int) -> date | None:
    """Return the first such date from today on, today included; None if never."""
    years = range(today.year, today.year + _LEAP_YEARS_APART + 1)
    found = (make_date(year, month, day) for year in years)
    return next((one for one in found if one and one >= today), None)


def next_day_of_month(today: date, day: int) -> date | None:
    """Return the first day of that number from today on, today included."""
    firsts = (add_months(today.replace(day=1), n) for n in range(3))
    found = (make_date(first.year, first.month, day) for first in firsts)
    return next((one for one in found if one and one >= today), None)


def next_weekday(today: date, weekday: int) -> date:
    """Return the first such day after today; 0 is Monday."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % _WEEK + 1)


def weekday_of_week(today: date, weeks: int, weekday: int) -> date:
    """Return that day of this week (0), of the next (1) and so on."""
    return today + timedelta(days=weeks * _WEEK + weekday - today.weekday())


def end_of_week(today: date, weeks: int = 0) -> date:
    """Return the Friday of a week, its Sunday if the Friday is over."""
    friday = weekday_of_week(today, weeks, 4)
    return friday if friday >= today else weekday_of_week(today, weeks, 6)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day before it."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_month(day: date, months: int = 0) -> date:
    """Return the last day of the month that is some months later."""
    first = add_months(day.replace(day=1), months)
    return first.replace(day=monthrange(first.year, first.month)[1])


def nth_weekday(first: date, nth: int, weekday: int) -> date | None:
    """Return the nth such day of the month of `first`, -1 the last; None if none."""
    days = [day for day in _month(first) if day.weekday() == weekday]
    try:
        return days[nth - 1 if nth > 0 else nth]
    except IndexError:
        return None


def next_month(today: date, month: int) -> date:
    """Return the first day of the next month of that number, this one included."""
    year = today.year if month >= today.month else today.year + 1
    return date(year, month, 1)


def _month(day: date) -> Iterator[date]:
    for number in range(1, monthrange(day.year, day.month)[1] + 1):
        yield day.replace(day=number)
