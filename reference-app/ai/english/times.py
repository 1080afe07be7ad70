"""The table of English times: 5pm, half past six, noon, 15:00 UTC."""

import re
from zoneinfo import ZoneInfo

from ai.days import HOURS, MINUTES, NOON
from ai.english.numerals import to_int
from ai.mentions import SHIELD, Frame, Hour, Part, Read, Reading, Row

_ZONES = {
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore", "est": "Etc/GMT+5", "edt": "Etc/GMT+4",
    "et": "America/New_York", "eastern": "America/New_York", "cst": "Etc/GMT+6",
    "cdt": "Etc/GMT+5", "ct": "America/Chicago", "mst": "Etc/GMT+7",
    "mdt": "Etc/GMT+6", "pst": "Etc/GMT+8", "pdt": "Etc/GMT+7",
    "pt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
    "bst": "Etc/GMT-1", "cet": "Etc/GMT-1", "cest": "Etc/GMT-2",
}  # fmt: skip
_PARTS = {
    "in the morning": Part.AM, "morning": Part.AM, "in the afternoon": Part.PM,
    "afternoon": Part.PM, "in the evening": Part.PM, "evening": Part.PM,
    "at night": Part.NIGHT, "night": Part.NIGHT,
}  # fmt: skip
_HALF_DAY = range(1, NOON + 1)
_MERIDIEM = r"(?:\s*([ap])\.?\s?m(?:\.|(?!\w)))"
_HOUR_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_LEAD = r"(?:at|by|from|around|about|before|@)\s*"


def _row(pattern: str, read: Read) -> Row:
    return Row(re.compile(rf"(?<![\w.:/$#-]){pattern}", re.IGNORECASE), read)


def _hour(hour: int, minute: int, meridiem: str | None, *, is_padded: bool) -> Reading:
    if hour > HOURS or minute >= MINUTES or (meridiem and hour not in _HALF_DAY):
        return SHIELD
    if meridiem:
        hour = hour % NOON + (NOON if meridiem.lower() == "p" else 0)
    is_exact = bool(meridiem) or is_padded or hour > NOON
    return Reading(hour=Hour(hour, minute, is_exact))


def _digital(match: re.Match[str], _frame: Frame) -> Reading:
    hour, minute, meridiem = match["hour"], match["minute"], match["meridiem"]
    is_padded = hour[0] == "0" and hour != "0"
    return _hour(int(hour), int(minute or 0), meridiem, is_padded=is_padded)


def _range(match: re.Match[str], _frame: Frame) -> Reading:
    """Return the start of "3-5pm", which has the end's half of the day."""
    start, end, meridiem = int(match["hour"]), int(match["end"]), match["meridiem"]
    if start > end:  # 11-1pm begins in the morning
        meridiem = "a" if meridiem.lower() == "p" else "p"
    return _hour(start, int(match["minute"] or 0), meridiem, is_padded=False)


def _bare(match: re.Match[str], _frame: Frame) -> Reading:
    return _hour(to_int(match["hour"]), 0, None, is_padded=False)


def _spoken(match: re.Match[str], _frame: Frame) -> Reading:
    """Return half past six, quarter to five."""
    minutes = {"half": 30, "quarter": 15}.get(match["much"].lower())
    if minutes is None:
        minutes = to_int(match["much"])
    sign = -1 if match["way"].lower() in {"to", "till", "before"} else 1
    reading = _hour(to_int(match["hour"]), 0, match["meridiem"], is_padded=False)
    if reading.hour is None:
        return reading
    return Reading(hour=Hour(reading.hour.hour, sign * minutes, reading.hour.is_exact))


def _military(match: re.Match[str], _frame: Frame) -> Reading:
    return _hour(int(match["hour"]), int(match["minute"]), None, is_padded=True)


def _noon(_match: re.Match[str], _frame: Frame) -> Reading:
    return Reading(hour=Hour(12, is_exact=True))


def _midnight(_match: re.Match[str], _frame: Frame) -> Reading:
    # 0, so that "midnight tonight" is the one that ends today.
    return Reading(hour=Hour(0))


def _part(match: re.Match[str], _frame: Frame) -> Reading:
    return Reading(part=_PARTS[" ".join(match[1].lower().split())])


def _zone(match: re.Match[str], _frame: Frame) -> Reading:
    return Reading(zone=ZoneInfo(_ZONES[match[1].lower()]))


_TO = (
    r"(?:\s*(?:-|–|to|until|till)\s*[0-9]{1,2}(?:[:.][0-9]{2})?"
    r"(?:\s*[ap]\.?m\.?)?(?!\w))?"
)
_NUMBERS = r"(?P<hour>[0-9]{1,2})"
_ZONE_WORDS = "|".join(sorted(_ZONES, key=len, reverse=True))
_PART_WORDS = "|".join(
    word.replace(" ", r"\s+") for word in sorted(_PARTS, key=len, reverse=True)
)
_NO_UNIT = (
    r"(?!\w|[:/.][0-9]|-\w|%|\s*(?:people|persons|items|pages|percent|dollars|euros"
    r"|minutes|mins|hours|days|weeks|months|years|kg|km|miles|st|street|avenue)\b)"
)

TIME_ROWS: tuple[Row, ...] = (
    _row(
        rf"{_NUMBERS}(?:[:.](?P<minute>[0-9]{{2}}))?\s*(?:-|–|to)\s*(?P<end>[0-9]{{1,2}})(?:[:.][0-9]{{2}})?"
        r"\s*(?P<meridiem>[ap])\.?m\b\.?",
        _range,
    ),
    _row(
        rf"{_NUMBERS}(?:[:.](?P<minute>[0-9]{{2}}))?{_MERIDIEM.replace('([ap])', '(?P<meridiem>[ap])')}{_TO}",
        _digital,
    ),
    _row(
        rf"{_NUMBERS}[:h](?P<minute>[0-9]{{2}})(?::[0-9]{{2}})?(?P<meridiem>)(?![\w:]){_TO}",
        _digital,
    ),
    _row(
        rf"(?<=at\s){_NUMBERS}\.(?P<minute>[0-9]{{2}})(?P<meridiem>)(?![\w.])", _digital
    ),
    _row(
        rf"{_LEAD}(?P<core>(?P<hour>[0-9]{{1,2}}|{_HOUR_WORDS})(?:\s+o['’]clock)?{_NO_UNIT}{_TO})",
        _bare,
    ),
    _row(rf"(?P<hour>[0-9]{{1,2}}|{_HOUR_WORDS})\s+o['’]clock", _bare),
    _row(
        r"(?:a\s+)?(?P<much>half|quarter|five|ten|twenty|twenty-five|[0-9]{1,2})\s+(?P<way>past|to|till|after|before)"
        rf"\s+(?P<hour>[0-9]{{1,2}}|{_HOUR_WORDS})(?!\w)(?:\s*(?P<meridiem>[ap])\.?m\b\.?)?",
        _spoken,
    ),
    _row(r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})\s*(?:hours|hrs)(?!\w)", _military),
    _row(r"(?:12\s+)?noon(?!\w)|midday(?!\w)", _noon),
    _row(r"midnight(?!\w)", _midnight),
    _row(rf"({_PART_WORDS})(?!\w)", _part),
    _row(rf"({_ZONE_WORDS})(?!\w)(?:\s+time)?", _zone),
)
