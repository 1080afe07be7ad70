"""The table of English days: next Friday, in two weeks, the 24th of December."""

import re
from datetime import UTC, date, timedelta

from ai import days
from ai.english.numerals import NUMBER, ORDINAL, ordinal_to_int, to_int
from ai.mentions import SHIELD, Frame, Part, Read, Reading, Row

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_WORDS = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)(?!\w)(?:\.(?!\w))?"
)
WEEKDAY = rf"(?P<weekday>{_WEEKDAY_WORDS})"
_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun",
    "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_LAST_MONTH = 12
_CENTURY = 2000  # of a year of two digits
_MONTH_WORDS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?!\w)\.?"
)
MONTH = rf"(?P<month>{_MONTH_WORDS})"
_DAY_NUMBER = (
    rf"(?:the\s+)?(?P<day>[0-9]{{1,2}}(?:st|nd|rd|th)?|{ORDINAL})(?!\w|:[0-9]|/)"
)
_YEAR = r"(?:,?\s+(?P<year>[0-9]{4})(?!\w))?"
#: The rest of a range: a range gives its start.
_UNTIL = rf"(?:\s*(?:to|until|till|through|-|–)\s*(?:{_MONTH_WORDS}\s+)?[0-9]{{1,2}}(?:st|nd|rd|th)?(?![\w:]))?"
_BESIDE = rf"(?:{_WEEKDAY_WORDS},?\s+)?"
_HOLIDAYS = {
    "new year's eve": (12, 31), "new year's day": (1, 1), "christmas eve": (12, 24),
    "christmas day": (12, 25), "valentine's day": (2, 14), "halloween": (10, 31),
    "boxing day": (12, 26), "independence day": (7, 4), "st. patrick's day": (3, 17),
    "veterans day": (11, 11),
}  # fmt: skip
_DAY_WORDS = {
    "today": (0, None), "tomorrow": (1, None), "tmrw": (1, None), "tmr": (1, None),
    "2morrow": (1, None), "tomorow": (1, None), "tonight": (0, Part.NIGHT),
    "tonite": (0, Part.NIGHT), "this morning": (0, Part.AM),
    "this afternoon": (0, Part.PM), "this evening": (0, Part.PM),
    "the day after tomorrow": (2, None), "day after tomorrow": (2, None),
    "the next day": (1, None), "the following day": (1, None),
}  # fmt: skip


def _row(pattern: str, read: Read) -> Row:
    return Row(re.compile(rf"(?<![\w'’-]){pattern}", re.IGNORECASE), read)


def _words(table: dict[str, object]) -> str:
    return (
        "("
        + "|".join(sorted(map(re.escape, table), key=len, reverse=True))
        + r")(?!\w)"
    )


def _weekday(written: str) -> int:
    return _WEEKDAYS.index(written[:3].lower())


def _month(written: str) -> int:
    return _MONTHS.index(written[:3].lower()) + 1


def _reading(day: date | None) -> Reading:
    """Return the day; a date that no calendar has is nothing to be read inside."""
    return Reading(day=day) if day else SHIELD


def _shield(_match: re.Match[str], _frame: Frame) -> Reading:
    return SHIELD


def _number(day: str) -> int:
    return int(day) if day.isdigit() else ordinal_to_int(day)


def _month_and_day(match: re.Match[str], frame: Frame) -> Reading:
    month, day = _month(match["month"]), _number(match["day"])
    if match["year"]:
        return _reading(days.make_date(int(match["year"]), month, day))
    return _reading(days.next_date(frame.today, month, day))


def _next_year(match: re.Match[str], frame: Frame) -> Reading:
    month, day = _month(match["month"]), _number(match["day"])
    return _reading(days.make_date(frame.today.year + 1, month, day))


def _iso(match: re.Match[str], _frame: Frame) -> Reading:
    return _reading(days.make_date(*(int(group) for group in match.groups())))


def _numeric(match: re.Match[str], frame: Frame) -> Reading | None:
    """Return 12/24 as month and day, and 24/12 as day and month."""
    first, second, year = int(match[1]), int(match[2]), match[3]
    month, day = (second, first) if first > _LAST_MONTH else (first, second)
    if not year:
        return _reading(days.next_date(frame.today, month, day))
    full = int(year) + (0 if len(year) == len("2027") else _CENTURY)
    return _reading(days.make_date(full, month, day))


def _dotted(match: re.Match[str], _frame: Frame) -> Reading:
    day, month, year = (int(group) for group in match.groups())
    return _reading(days.make_date(year, month, day))


def _ordinal_day(match: re.Match[str], frame: Frame) -> Reading | None:
    number = ordinal_to_int(match[1])
    if number not in range(1, 32):
        return None
    return _reading(days.next_day_of_month(frame.today, number))


def _weekday_of_next_week(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.weekday_of_week(frame.today, 1, _weekday(match["weekday"])))


def _weekday_of_this_week(match: re.Match[str], frame: Frame) -> Reading:
    day = days.weekday_of_week(frame.today, 0, _weekday(match["weekday"]))
    return Reading(day=max(day, frame.today))


def _coming_weekday(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.next_weekday(frame.today, _weekday(match["weekday"])))


def _weeks_from_weekday(match: re.Match[str], frame: Frame) -> Reading:
    day = days.next_weekday(frame.today, _weekday(match["weekday"]))
    return Reading(day=day + timedelta(weeks=to_int(match[1])))


def _weekday_week(match: re.Match[str], frame: Frame) -> Reading:
    day = days.next_weekday(frame.today, _weekday(match["weekday"]))
    return Reading(day=day + timedelta(weeks=1))


def _weeks_from_word(match: re.Match[str], frame: Frame) -> Reading:
    offset = {"today": 0, "now": 0, "tomorrow": 1}[match[2].lower()]
    day = frame.today + timedelta(days=offset)
    return Reading(day=day + timedelta(weeks=to_int(match[1])))


def _fortnight(match: re.Match[str], frame: Frame) -> Reading:
    offset = 1 if (match[1] or "").lower() == "tomorrow" else 0
    return Reading(day=frame.today + timedelta(days=14 + offset))


def _day_word(match: re.Match[str], frame: Frame) -> Reading:
    offset, part = _DAY_WORDS[match[1].lower()]
    return Reading(day=frame.today + timedelta(days=offset), part=part)


def _tie(_match: re.Match[str], _frame: Frame) -> Reading:
    """Return nothing of its own: the day that follows says when."""
    return Reading()


def _end_of_day(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=frame.today)


def _every_day(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=frame.today, recurs=True)


_UNITS = {
    "day": lambda day, n: day + timedelta(days=n),
    "week": lambda day, n: day + timedelta(weeks=n),
    "fortnight": lambda day, n: day + timedelta(weeks=2 * n),
    "month": days.add_months,
    "year": lambda day, n: days.add_months(day, 12 * n),
}


def _in_units(match: re.Match[str], frame: Frame) -> Reading:
    unit = match[2].lower().removesuffix("s")
    return Reading(day=_UNITS[unit](frame.today, to_int(match[1])))


def _in_time(match: re.Match[str], frame: Frame) -> Reading:
    number, unit, half = match[1].lower(), match[2].lower(), match[3]
    amount = 0.5 if number.startswith("half") else to_int(number)
    amount += 0.5 if half else 0
    delta = timedelta(hours=amount) if unit[0] == "h" else timedelta(minutes=amount)
    # In UTC: an hour from now is an hour from now, whatever the clocks do.
    return Reading(instant=frame.now.astimezone(UTC) + delta)


def _weekend(match: re.Match[str], frame: Frame) -> Reading:
    weeks = 1 if (match[1] or "").lower() == "next" else 0
    return Reading(day=max(days.weekday_of_week(frame.today, weeks, 5), frame.today))


def _this_week(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.end_of_week(frame.today))


def _next_week(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.end_of_week(frame.today, 1))


def _this_month(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.end_of_month(frame.today))


def _next_month(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.end_of_month(frame.today, 1))


def _end_of_year(match: re.Match[str], frame: Frame) -> Reading:
    year = frame.today.year + (1 if (match[1] or "").lower() == "next" else 0)
    return Reading(day=date(year, 12, 31))


def _end_of_named_month(match: re.Match[str], frame: Frame) -> Reading:
    first = days.next_month(frame.today, _month(match["month"]))
    return Reading(day=days.end_of_month(first))


def _start_of_next_month(_match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.add_months(frame.today.replace(day=1), 1))


def _nth_weekday(match: re.Match[str], frame: Frame) -> Reading:
    nth, weekday, where = match["nth"], match["weekday"], match["where"].lower()
    first = frame.today.replace(day=1)
    if where.startswith("next"):
        first = days.add_months(first, 1)
    elif match["month"]:
        first = days.next_month(frame.today, _month(match["month"]))
    return _reading(days.nth_weekday(first, ordinal_to_int(nth), _weekday(weekday)))


def _holiday(match: re.Match[str], frame: Frame) -> Reading:
    name = match[1].lower().replace("’", "'")
    return _reading(days.next_date(frame.today, *_HOLIDAYS[name]))


_HOURS = r"(hours?|hrs?|minutes?|mins?)(?!\w)"
_SPANS = r"(days?|weeks?|fortnights?|months?|years?)(?!\w)"
_CLOSE = (
    r"(?:(?:the\s+)?(?:end|close)\s+of\s+(?:the\s+)?(?:day|business)|eod|cob)(?!\w)"
)
_END_OF = r"(?:the\s+)?(?:end\s+of|month[ -]?end)\s*"

#: What only looks like a time: the past, counts, names, fractions.
_SHIELDS = (
    r"(?:since\s+|from\s+|of\s+)?yesterday(?:[’']s)?(?!\w)",
    rf"last\s+(?:week|month|year|night|weekend|{_WEEKDAY_WORDS})(?:[’']s)?(?!\w)",
    rf"{NUMBER}\s+{_SPANS}\s+ago(?!\w)",
    rf"{NUMBER}[- ](?:hour|day|week|month|minute|year)s?(?=[- ]\w)(?!\s+(?:from|before|after))",
    rf"for\s+{NUMBER}\s+(?:hours?|days?|weeks?|months?|minutes?)(?!\w)",
    r"[0-9]/[0-9]\s+(?:pound|cup|teaspoon|tablespoon|mile|inch|lb|of)s?(?!\w)",
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day(?=\.com|\s+(?:paper|newspaper|school|roast|times))",
    r"(?:sun|sat|wed)(?=screen|\s*(?:lamp|hat|cream|glasses))",
)

DATE_ROWS: tuple[Row, ...] = (
    *(_row(pattern, _shield) for pattern in _SHIELDS),
    _row(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![\w-])", _iso),
    _row(r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?(?![\w/])", _numeric),
    _row(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?![\w.])", _dotted),
    _row(
        rf"next\s+year,?\s+(?:on\s+)?{MONTH}\s+{_DAY_NUMBER}",
        _next_year,
    ),
    _row(
        rf"{MONTH}\s+{_DAY_NUMBER},?\s+(?:of\s+)?next\s+year(?!\w)",
        _next_year,
    ),
    _row(rf"{_BESIDE}{MONTH}\s+{_DAY_NUMBER}{_YEAR}{_UNTIL}", _month_and_day),
    _row(rf"{_BESIDE}{_DAY_NUMBER}\s+(?:of\s+)?{MONTH}{_YEAR}", _month_and_day),
    _row(
        rf"(?:the\s+)?(?P<nth>{ORDINAL})\s+{WEEKDAY}\s+(?:of|in)\s+(?P<where>(?:the|this|next)\s+month|{MONTH})",
        _nth_weekday,
    ),
    _row(
        rf"the\s+({ORDINAL})(?!\w|\s+\w*(?:draft|opinion|time|floor|version))",
        _ordinal_day,
    ),
    _row(
        rf"({NUMBER})\s+weeks?\s+(?:from|after)\s+(?:next\s+)?{WEEKDAY}",
        _weeks_from_weekday,
    ),
    _row(rf"({NUMBER})\s+weeks?\s+from\s+(today|now|tomorrow)(?!\w)", _weeks_from_word),
    _row(rf"{WEEKDAY}\s+week(?!\w)", _weekday_week),
    _row(r"(?:a|one)\s+fortnight(?:\s+from\s+(today|now|tomorrow))?(?!\w)", _fortnight),
    _row(rf"next\s+{WEEKDAY}", _weekday_of_next_week),
    _row(rf"{WEEKDAY}\s+next\s+week(?!\w)", _weekday_of_next_week),
    _row(rf"next\s+week\s+(?:on\s+)?{WEEKDAY}", _weekday_of_next_week),
    _row(rf"this\s+(?:coming\s+)?{WEEKDAY}", _weekday_of_this_week),
    _row(rf"(?:every|each|on|coming|by)\s+{WEEKDAY}", _coming_weekday),
    _row(rf"{WEEKDAY}(?:\s+or\s+{_WEEKDAY_WORDS})?", _coming_weekday),
    _row(_words(_DAY_WORDS), _day_word),
    _row(rf"{_CLOSE}(?=\s+(?:on\s+)?(?:{_WEEKDAY_WORDS}|tomorrow|today))", _tie),
    _row(_CLOSE, _end_of_day),
    _row(
        r"(?:every|each)\s+(?:day|morning|evening|night)(?!\w)|daily(?!\w)", _every_day
    ),
    _row(
        rf"(?:in|within)\s+(?:the\s+next\s+)?({NUMBER})\s+{_SPANS}(?:[’']\s+time)?",
        _in_units,
    ),
    _row(rf"({NUMBER})\s+{_SPANS}\s+from\s+(?:now|today)(?!\w)", _in_units),
    _row(
        rf"(?:in|within)\s+(half\s+an|{NUMBER})\s+{_HOURS}(\s+and\s+a\s+half)?",
        _in_time,
    ),
    _row(
        rf"(half\s+an|{NUMBER})\s+{_HOURS}(\s+and\s+a\s+half)?\s+from\s+now(?!\w)",
        _in_time,
    ),
    _row(r"(?:the\s+|(this|next)\s+)?weekend(?!\w)", _weekend),
    _row(rf"(?:{_END_OF}(?:the\s+|this\s+)?|this\s+)week(?!\w)", _this_week),
    _row(rf"(?:{_END_OF})?next\s+week(?!\w)", _next_week),
    _row(
        rf"(?:{_END_OF}(?:(?:the|this)\s+)?month|this\s+month|month[ -]end|eom)(?!\w)",
        _this_month,
    ),
    _row(rf"(?:{_END_OF})?next\s+month(?!\w)", _next_month),
    _row(
        r"(?:the\s+)?end\s+of\s+(?:(?:the|this|(next))\s+)?year(?!\w)|()year[ -]end(?!\w)",
        _end_of_year,
    ),
    _row(rf"(?:the\s+)?end\s+of\s+{MONTH}", _end_of_named_month),
    _row(
        r"(?:the\s+)?(?:start|beginning)\s+of\s+next\s+month(?!\w)",
        _start_of_next_month,
    ),
    _row(_words(_HOLIDAYS).replace("'", "['’]"), _holiday),
)
