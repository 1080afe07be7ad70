"""The table of Japanese times: 午後3時, 15時半, 三時十五分前, 正午, 25時."""

import re
from zoneinfo import ZoneInfo

from ai.days import MINUTES, NOON
from ai.japanese.numerals import NUMBER, to_int
from ai.mentions import SHIELD, Frame, Hour, Part, Read, Reading, Row

#: Broadcasters and shops count the small hours on: 25時 is one o'clock tomorrow.
_LAST_HOUR = 29
_PARTS = {
    "午前中": Part.AM, "午前": Part.AM, "午後": Part.PM, "AM": Part.AM, "PM": Part.PM,
    "am": Part.AM, "pm": Part.PM, "早朝": Part.AM, "朝": Part.AM, "お昼": Part.NOON,
    "昼過ぎ": Part.NOON, "昼": Part.NOON, "夕方": Part.PM, "夕": Part.PM,
    "夜": Part.NIGHT, "晩": Part.NIGHT, "深夜": Part.SMALL_HOURS,
    "未明": Part.SMALL_HOURS, "明け方": Part.AM,
}  # fmt: skip
_ZONES = {
    "日本": "Asia/Tokyo", "東京": "Asia/Tokyo", "ニューヨーク": "America/New_York",
    "米国東部": "America/New_York", "東部": "America/New_York",
    "ロサンゼルス": "America/Los_Angeles", "太平洋": "America/Los_Angeles",
    "米国太平洋": "America/Los_Angeles", "ロンドン": "Europe/London",
    "パリ": "Europe/Paris", "ベルリン": "Europe/Berlin", "シンガポール": "Asia/Singapore",
    "シドニー": "Australia/Sydney", "協定世界": "UTC", "世界標準": "UTC",
    "上海": "Asia/Shanghai", "北京": "Asia/Shanghai", "ソウル": "Asia/Seoul",
}  # fmt: skip
_ZONE_LETTERS = {"UTC": "UTC", "GMT": "UTC", "JST": "Asia/Tokyo"}


def _words(table: dict[str, object] | dict[str, Part] | dict[str, str]) -> str:
    return "(" + "|".join(sorted(map(re.escape, table), key=len, reverse=True)) + ")"


def _row(pattern: str, read: Read) -> Row:
    return Row(re.compile(pattern), read)


def _hour(written: str, minutes: int) -> Reading:
    hour = to_int(written)
    if hour > _LAST_HOUR or abs(minutes) >= MINUTES:
        return SHIELD
    is_exact = hour > NOON or (written[0] == "0" and hour > 0)
    return Reading(hour=Hour(hour, minutes, is_exact))


def _spoken(match: re.Match[str], _frame: Frame) -> Reading:
    hour, half, minutes, before = match.groups()
    if half:
        return _hour(hour, 30)
    sign = -1 if before else 1
    return _hour(hour, sign * to_int(minutes or "0"))


def _digital(match: re.Match[str], _frame: Frame) -> Reading:
    return _hour(match[1], int(match[2]))


def _fixed(hour: int) -> Read:
    def read(_match: re.Match[str], _frame: Frame) -> Reading:
        return Reading(hour=Hour(hour, is_exact=True))

    return read


def _part(match: re.Match[str], _frame: Frame) -> Reading:
    return Reading(part=_PARTS[match[1]])


def _named_zone(match: re.Match[str], _frame: Frame) -> Reading:
    return Reading(zone=ZoneInfo(_ZONES[match[1]]))


def _lettered_zone(match: re.Match[str], _frame: Frame) -> Reading:
    return Reading(zone=ZoneInfo(_ZONE_LETTERS[match[1]]))


_ABOUT = r"(?:ちょうど|ぴったり|ごろ|頃|すぎ|過ぎ|前後)?"
_CLOCK = rf"(?:(?:午前|午後)?{NUMBER}時(?:半|{NUMBER}分)?|[0-9]{{1,2}}:[0-9]{{2}})"
#: The rest of a range: a range gives its start.
_UNTIL = rf"(?:\s*(?:から|~|〜|-|–)\s*{_CLOCK}(?:まで)?(?:に|の)?)?"

TIME_ROWS: tuple[Row, ...] = (
    _row(
        rf"(?<![0-9])({NUMBER})時(?!間|代|点|給|期|計|刻)(?:(半)|({NUMBER})分(前)?)?{_ABOUT}{_UNTIL}",
        _spoken,
    ),
    _row(
        rf"(?<![0-9:])([0-9]{{1,2}}):([0-9]{{2}})(?::[0-9]{{2}})?(?![0-9:]){_ABOUT}{_UNTIL}",
        _digital,
    ),
    _row(r"正午", _fixed(12)),
    _row(r"真夜中", _fixed(24)),
    _row(_words(_PARTS), _part),
    _row(_words(_ZONES) + r"(?:標準)?時間(?:の|で)?", _named_zone),
    _row(rf"(?<![A-Za-z]){_words(_ZONE_LETTERS)}(?![A-Za-z])", _lettered_zone),
)
