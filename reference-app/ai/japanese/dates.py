"""The table of Japanese days: 明日, 来週の金曜日, 月末, 12月24日, 令和9年三月三日."""

import re
from datetime import UTC, date, timedelta

from ai import days
from ai.japanese.numerals import NUMBER, to_int
from ai.mentions import SHIELD, Frame, Part, Read, Reading, Row

_WEEKDAYS = "月火水木金土日"
_WEEKDAY = rf"([{_WEEKDAYS}])曜日?"
_BESIDE = rf"(?:\s*\([{_WEEKDAYS}](?:曜日?)?(?:・祝)?\))?"  # 12月24日(木)
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_WEEKS = {"今週": 0, "来週": 1, "再来週": 2, "さ来週": 2}
_MONTHS = {"今月": 0, "来月": 1, "再来月": 2, "さ来月": 2}
_YEARS = {"今年": 0, "来年": 1, "再来年": 2}
_DAYS = {
    "今日": 0, "本日": 0, "きょう": 0, "当日": 0,
    "明日": 1, "あした": 1, "あす": 1, "翌日": 1,
    "明後日": 2, "あさって": 2,
    "明々後日": 3, "明明後日": 3, "しあさって": 3,
}  # fmt: skip
_DAY_PARTS = {
    "今夜": (0, Part.NIGHT), "今晩": (0, Part.NIGHT), "明朝": (1, Part.AM),
    "明晩": (1, Part.NIGHT), "翌朝": (1, Part.AM),
}  # fmt: skip
#: Festivals that name a day only where the sentence uses them as one.
_FESTIVALS = {
    "クリスマスイブ": (12, 24), "クリスマス・イブ": (12, 24), "クリスマス": (12, 25),
    "バレンタインデー": (2, 14), "バレンタイン": (2, 14), "ホワイトデー": (3, 14),
    "ハロウィン": (10, 31), "七夕": (7, 7), "こどもの日": (5, 5), "節分": (2, 3),
    "ひな祭り": (3, 3), "エイプリルフール": (4, 1),
}  # fmt: skip
_YEAR_ENDS = {
    "大晦日": (12, 31), "大みそか": (12, 31), "年末": (12, 31), "年内": (12, 31),
    "元日": (1, 1), "元旦": (1, 1), "年度末": (3, 31),
}  # fmt: skip
_AS_A_DAY = r"(?=\s|に|まで|は|、|,|当日|$)"


def _words(table: dict[str, object]) -> str:
    """Return a pattern for any of these words, the longest first."""
    return "(" + "|".join(sorted(map(re.escape, table), key=len, reverse=True)) + ")"


def _reading(day: date | None) -> Reading:
    """Return the day; a date that no calendar has is nothing to be read inside."""
    return Reading(day=day) if day else SHIELD


def _row(pattern: str, read: Read) -> Row:
    return Row(re.compile(pattern), read)


def _full_date(match: re.Match[str], _frame: Frame) -> Reading:
    year, month, day = (to_int(group) for group in match.groups())
    return _reading(days.make_date(year, month, day))


def _era_date(match: re.Match[str], _frame: Frame) -> Reading:
    era, year, month, day = match.groups()
    in_era = 1 if year == "元" else to_int(year)
    return _reading(days.make_date(_ERAS[era] + in_era, to_int(month), to_int(day)))


def _date_of_year(match: re.Match[str], frame: Frame) -> Reading:
    year = frame.today.year + _YEARS[match[1]]
    return _reading(days.make_date(year, to_int(match[2]), to_int(match[3])))


def _month_and_day(match: re.Match[str], frame: Frame) -> Reading:
    return _reading(days.next_date(frame.today, to_int(match[1]), to_int(match[2])))


def _day_of_month(match: re.Match[str], frame: Frame) -> Reading | None:
    day = to_int(match[1])
    return Reading(day=days.next_day_of_month(frame.today, day)) if day else None


def _day_of_named_month(match: re.Match[str], frame: Frame) -> Reading:
    first = days.add_months(frame.today.replace(day=1), _MONTHS[match[1]])
    return _reading(days.make_date(first.year, first.month, to_int(match[2])))


def _end_of_named_month(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.end_of_month(frame.today, _MONTHS.get(match[1] or "", 0)))


def _end_of_numbered_month(match: re.Match[str], frame: Frame) -> Reading:
    month = to_int(match[1])
    if month not in range(1, 13):
        return SHIELD
    return Reading(day=days.end_of_month(days.next_month(frame.today, month)))


def _start_of_month(match: re.Match[str], frame: Frame) -> Reading:
    months = _MONTHS[match[1]] if match[1] else 1
    return Reading(day=days.add_months(frame.today.replace(day=1), months))


def _nth(written: str) -> int:
    return {"最初": 1, "最後": -1, "最終": -1}.get(written) or to_int(
        written.strip("第")
    )


def _nth_of_named_month(match: re.Match[str], frame: Frame) -> Reading:
    first = days.add_months(frame.today.replace(day=1), _MONTHS[match[1]])
    weekday = _WEEKDAYS.index(match[3])
    return _reading(days.nth_weekday(first, _nth(match[2]), weekday))


def _nth_of_numbered_month(match: re.Match[str], frame: Frame) -> Reading:
    month = to_int(match[1])
    if month not in range(1, 13):
        return SHIELD
    first = days.next_month(frame.today, month)
    weekday = _WEEKDAYS.index(match[3])
    return _reading(days.nth_weekday(first, _nth(match[2]), weekday))


def _weekday_of_week(match: re.Match[str], frame: Frame) -> Reading:
    weekday = _WEEKDAYS.index(match[2])
    return Reading(day=days.weekday_of_week(frame.today, _WEEKS[match[1]], weekday))


def _weekday_weeks_later(match: re.Match[str], frame: Frame) -> Reading:
    weeks, weekday = to_int(match[1]), _WEEKDAYS.index(match[2])
    # 「二週間後の月曜日」 is the first Monday from the week before that day on.
    return Reading(day=days.weekday_of_week(frame.today, weeks, weekday))


def _next_weekday(match: re.Match[str], frame: Frame) -> Reading:
    day = days.next_weekday(frame.today, _WEEKDAYS.index(match[1]))
    return Reading(day=day)


def _weekend(match: re.Match[str], frame: Frame) -> Reading:
    saturday = days.weekday_of_week(frame.today, _WEEKS.get(match[1] or "", 0), 5)
    return Reading(day=max(saturday, frame.today))


def _end_of_week(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.end_of_week(frame.today, _WEEKS[match[1]]))


def _day_word(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=frame.today + timedelta(days=_DAYS[match[1]]))


def _day_part_word(match: re.Match[str], frame: Frame) -> Reading:
    offset, part = _DAY_PARTS[match[1]]
    return Reading(day=frame.today + timedelta(days=offset), part=part)


def _every_day(match: re.Match[str], frame: Frame) -> Reading:
    part = {"朝": Part.AM, "晩": Part.NIGHT}.get(match[1])
    return Reading(day=frame.today, part=part, recurs=True)


def _in_days(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=frame.today + timedelta(days=to_int(match[1])))


def _in_weeks(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=frame.today + timedelta(weeks=to_int(match[1])))


def _in_months(match: re.Match[str], frame: Frame) -> Reading:
    months = 6 if match[0].startswith("半年") else to_int(match[1])
    if match[2]:
        return Reading(day=days.end_of_month(frame.today, months))
    return Reading(day=days.add_months(frame.today, months))


def _in_years(match: re.Match[str], frame: Frame) -> Reading:
    return Reading(day=days.add_months(frame.today, 12 * to_int(match[1])))


def _in_hours(match: re.Match[str], frame: Frame) -> Reading:
    hours, half, minutes = match.groups()
    delta = timedelta(
        hours=to_int(hours or "0") + (0.5 if half else 0),
        minutes=to_int(minutes or "0"),
    )
    # In UTC: an hour from now is an hour from now, whatever the clocks do.
    return Reading(instant=frame.now.astimezone(UTC) + delta)


def _yearly(table: dict[str, tuple[int, int]]) -> Read:
    def read(match: re.Match[str], frame: Frame) -> Reading:
        return _reading(days.next_date(frame.today, *table[match[1]]))

    return read


def _shield(_match: re.Match[str], _frame: Frame) -> Reading:
    return SHIELD


_LATER = r"(?:後|以内|のち)"
_MONTH_SPAN = r"(?:か月|ヶ月|カ月|ケ月|ヵ月|ヵ月|箇月|月)"
_NTH = rf"(第{NUMBER}|最初|最後|最終)の?"
#: The rest of a range: a range gives its start.
_UNTIL = rf"(?:\s*(?:から|~|〜|-|–|―)\s*(?:{NUMBER}月)?{NUMBER}日{_BESIDE}(?:まで)?)?"
_UNTIL_SLASH = rf"(?:\s*(?:から|~|〜|-)\s*[0-9]{{1,2}}/[0-9]{{1,2}}{_BESIDE}(?:まで)?)?"
_OR = rf"(?:(?:か|または|もしくは)[{_WEEKDAYS}]曜日?)?"
#: What may follow a bare day of the month, so that 3日間 or 2日目 is none.
_DAY_ENDS = r"(?=\s|に|の|まで|は|、|,|から|締|午|朝|昼|夜|夕|[0-9]|$)"
_PAST = (
    rf"(?:一昨日|おととい|昨日|きのう|昨夜|昨晩|今朝|先日|(?:先々週|先週)(?:の?{_WEEKDAY})?"
    rf"|(?:先々月|先月)(?:の?{NUMBER}日)?|去年|昨年|一昨年|前日)"
)
_IDIOMS = (
    r"(?:(?:今|来|先|再来)月号|日曜大工|日曜画家|年末年始|年末調整|正月飾り|今日日|明日葉|毎日新聞"
    r"|一日一善|三日坊主|三日月|金曜ロードショー|水曜どうでしょう|土曜ドラマ|日曜劇場|月曜から夜ふかし|今日明日|クリスマス(?=の?(?:プレゼント|ケーキ|ツリー|会|カード)))"
)
#: Durations, editions and counts: numbers that name no day and no hour.
_COUNTS = (
    rf"(?:{NUMBER}(?:日間|時間目|時間(?!半?\s*{_LATER})|週間(?!{_LATER})|月号|分間|日目|泊{NUMBER}日"
    rf"|日{NUMBER}回|年間|ヶ月間|か月間|日分|日おき|時限|分の{NUMBER})|{NUMBER}時の?おやつ)"
)
_RECORDS = r"の?(?:会議|打ち合わせ|面談|講義|授業)?の?(?:録画|議事録|録音|日報の控え)"

DATE_ROWS: tuple[Row, ...] = (
    _row(_IDIOMS, _shield),
    _row(_COUNTS, _shield),
    _row(_PAST, _shield),
    _row(rf"[0-9]{{1,2}}[/月][0-9]{{1,2}}日?(?={_RECORDS})", _shield),
    _row(rf"({NUMBER})年の?({NUMBER})月({NUMBER})日{_BESIDE}{_UNTIL}", _full_date),
    _row(
        rf"(?<![0-9])([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}})(?![0-9]){_BESIDE}",
        _full_date,
    ),
    _row(
        rf"(令和|平成|昭和)({NUMBER}|元)年の?({NUMBER})月({NUMBER})日{_BESIDE}",
        _era_date,
    ),
    _row(
        rf"(?<![A-Za-z])([RHS])([0-9]{{1,2}}|元)[./年-]([0-9]{{1,2}})[./月-]([0-9]{{1,2}})日?{_BESIDE}",
        _era_date,
    ),
    _row(
        rf"{_words(_YEARS)}の?({NUMBER})月({NUMBER})日{_BESIDE}{_UNTIL}", _date_of_year
    ),
    _row(rf"({NUMBER})月({NUMBER})日{_BESIDE}{_UNTIL}", _month_and_day),
    _row(
        rf"(?<![0-9./])([0-9]{{1,2}})/([0-9]{{1,2}})(?![0-9/]){_BESIDE}{_UNTIL_SLASH}",
        _month_and_day,
    ),
    _row(rf"{_words(_MONTHS)}の?{_NTH}{_WEEKDAY}", _nth_of_named_month),
    _row(rf"({NUMBER})月の?{_NTH}{_WEEKDAY}", _nth_of_numbered_month),
    _row(rf"{_words(_MONTHS)}の?({NUMBER})日{_BESIDE}{_UNTIL}", _day_of_named_month),
    _row(
        rf"(?:{_words(_MONTHS)}(?:の?(?:末日?|月末)|いっぱい|中)?)", _end_of_named_month
    ),
    _row(r"(月末)", _end_of_named_month),
    _row(rf"({NUMBER})月(?:の?末日?|末|いっぱい|中)", _end_of_numbered_month),
    _row(rf"{_words(_MONTHS)}の?(?:月初め?|初め|頭|初日)", _start_of_month),
    _row(r"()(?:月初め?)", _start_of_month),
    _row(rf"{_words(_WEEKS)}の?{_WEEKDAY}", _weekday_of_week),
    _row(rf"({NUMBER})週間後の?{_WEEKDAY}", _weekday_weeks_later),
    _row(rf"(?:次の|今度の|毎週の?|隔週の?)?{_WEEKDAY}{_OR}{_UNTIL}", _next_weekday),
    _row(rf"{_words(_WEEKS)}の?(?:週末|末)", _weekend),
    _row(r"()(?:今度の|次の)?(?:週末|土日)", _weekend),
    _row(rf"毎月の?({NUMBER})日", _day_of_month),
    _row(rf"{_words(_WEEKS)}(?:中|いっぱい)?", _end_of_week),
    _row(rf"{_words(_DAYS)}(?:中)?", _day_word),
    _row(_words(_DAY_PARTS), _day_part_word),
    _row(r"毎(日|朝|晩)", _every_day),
    _row(rf"(半)?年{_LATER}()", lambda m, f: _in_months(m, f) if m[1] else None),
    _row(rf"({NUMBER})日{_LATER}", _in_days),
    _row(rf"({NUMBER})週間?{_LATER}", _in_weeks),
    _row(rf"({NUMBER}){_MONTH_SPAN}{_LATER}(の?(?:末日?|月末))?", _in_months),
    _row(rf"({NUMBER})年{_LATER}", _in_years),
    _row(rf"({NUMBER})時間(半)?()\s*{_LATER}", _in_hours),
    _row(rf"(?:({NUMBER})時間)?()({NUMBER})分{_LATER}", _in_hours),
    _row(_words(_YEAR_ENDS), _yearly(_YEAR_ENDS)),
    _row(_words(_FESTIVALS) + _AS_A_DAY, _yearly(_FESTIVALS)),
    _row(rf"(?<![0-9月/第])({NUMBER})日{_BESIDE}{_DAY_ENDS}", _day_of_month),
)
