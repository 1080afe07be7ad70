"""Numbers, times and durations as each language writes them.

One row of `_WRITINGS` holds what a language does in its own way. Percentages, dates
and marks between thousands are those of the Unicode CLDR; durations are written in
the units' symbols in English and in words in Japanese, with a space between them.

Whatever is shown as left or as passed is rounded down: one failure is never 100%, and
nobody is promised a minute that there is not. What both languages write alike, numbers,
per cents and sizes, takes no language.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from types import MappingProxyType

#: What stands where there is no value.
NONE = "–"

_SECOND_MS = 1_000
#: The end of the year 9999: no later time can be shown.
_LAST_MS = 253_402_300_799_000
_SIZES_MS = (86_400_000, 3_600_000, 60_000, _SECOND_MS, 1)
#: Most decimals of a number whose decimals nobody asked for.
_DECIMALS = 3
_KILO = 1_000
_TWO_DECIMALS_BELOW = 10
_ONE_DECIMAL_BELOW = 100
#: Holds every float to its last digit.
_EXACT = Context(prec=1_100)


@dataclass(frozen=True, slots=True)
class _Writing:
    """How one language writes.

    Attributes:
        units: Patterns for days, hours, minutes, seconds and milliseconds.
        gap: What stands between two sentences.
        ago: Pattern for a time that has passed; `later` for one to come.
        just_now: Less than a second away.
        day: Pattern for a date.
        short_day: The same without the year.
        weekdays: Monday first, short.
        months: January first; what stands in a date.
        moment: Pattern for a date with its time and zone.
    """

    units: tuple[str, str, str, str, str]
    gap: str
    ago: str
    later: str
    just_now: str
    day: str
    short_day: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    moment: str


_WRITINGS: Mapping[str, _Writing] = MappingProxyType(
    {
        "en": _Writing(
            units=("{n} d", "{n} h", "{n} min", "{n} s", "{n} ms"),
            gap=" ",
            ago="{length} ago",
            later="in {length}",
            just_now="just now",
            day="{day} {month} {year}",
            short_day="{weekday} {day} {month}",
            weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
            months=(
                *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
                *("Jul", "Aug", "Sept", "Oct", "Nov", "Dec"),
            ),
            moment="{day}, {clock} {zone}",
        ),
        "ja": _Writing(
            units=("{n} 日", "{n} 時間", "{n} 分", "{n} 秒", "{n} ミリ秒"),
            gap="",
            ago="{length}前",
            later="{length}後",
            just_now="たった今",
            day="{year}年{month}月{day}日",
            short_day="{month}月{day}日({weekday})",
            weekdays=("月", "火", "水", "木", "金", "土", "日"),
            months=tuple(str(month) for month in range(1, 13)),
            moment="{day} {clock} {zone}",
        ),
    }
)


def _writing(language: str) -> _Writing:
    return _WRITINGS.get(language, _WRITINGS["en"])


def number(value: Fraction | Decimal | float, decimals: int | None = None) -> str:
    """Return a number with marks between thousands: ``1,234.5``.

    Args:
        value: Finite; NaN and infinities give `NONE`, for they are no numbers.
        decimals: How many, rounded half to even; by default those that it has, three
            at most.
    """
    if isinstance(value, Decimal | float) and not math.isfinite(value):
        return NONE
    exact = value if isinstance(value, Fraction) else Decimal(value)
    places = _DECIMALS if decimals is None else decimals
    rounded = _decimal(exact, places, ROUND_HALF_EVEN)
    if decimals is None:
        rounded = rounded.normalize()
    return f"{rounded:,f}"


def floored(value: Fraction | Decimal | float, decimals: int = 1) -> str:
    """Return a number rounded down, towards less, with marks between thousands."""
    if isinstance(value, Decimal | float) and not math.isfinite(value):
        return NONE
    exact = value if isinstance(value, Fraction) else Decimal(str(value))
    return f"{_decimal(exact, decimals, ROUND_FLOOR):,f}"


def percent(ratio: Fraction | Decimal | float, decimals: int | None = None) -> str:
    """Return a ratio in per cent: 0.9995 is ``99.95%``.

    Args:
        ratio: Finite; NaN and infinities give `NONE`.
        decimals: How many, rounded down; by default those that the ratio has.

    Source: Unicode CLDR, the percent pattern ``#,##0%`` of ``en`` and ``ja``.
    """
    if isinstance(ratio, Decimal | float) and not math.isfinite(ratio):
        return NONE
    if isinstance(ratio, Fraction):
        whole = ratio * 100
        return f"{number(whole) if decimals is None else floored(whole, decimals)}%"
    exact = Decimal(str(ratio)).scaleb(2, _EXACT)
    if decimals is not None:
        return f"{floored(exact, decimals)}%"
    return f"{exact.normalize():,f}%"


def share(ratio: float | None, decimals: int = 1) -> str:
    """Return a share in per cent, rounded down; never 0 % of something.

    So every face writes what is left of a budget, and how much was seen. No share is
    `NONE`.
    """
    if ratio is None:
        return NONE
    least = 10 ** -(decimals + 2)
    if 0 < ratio < least:
        return f"<{percent(least, decimals)}"
    return percent(ratio, decimals)


def indicator(ratio: float | None, target: float) -> str:
    """Return a share of good events with one decimal more than its target has."""
    exponent = Decimal(str(target)).scaleb(2).normalize().as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return share(ratio, decimals + 1)


def decimals_of(value: float, most: int = 2) -> int:
    """Return how many decimals a number of this size is worth: three digits in all."""
    if abs(value) < _TWO_DECIMALS_BELOW:
        return most
    return min(most, 1) if abs(value) < _ONE_DECIMAL_BELOW else 0


def times(rate: float | None) -> str:
    """Return a burn rate as every face writes it, with three digits or more."""
    if rate is None or not math.isfinite(rate):
        return NONE
    return number(rate, decimals_of(rate))


def _decimal(value: Fraction | Decimal, places: int, rounding: str) -> Decimal:
    """Return a number as a decimal of so many places, rounded once."""
    if isinstance(value, Decimal):
        rounded = value.quantize(
            Decimal(1).scaleb(-places), rounding=rounding, context=_EXACT
        )
        return rounded or abs(rounded)
    scaled = value * 10**places
    whole = (
        math.floor(scaled) if rounding == ROUND_FLOOR else round(scaled)
    )  # Fraction rounds half to even
    # A zero has no sign: nobody owes minus nothing.
    return Decimal(whole).scaleb(-places) if whole else Decimal(0).scaleb(-places)


def duration(language: str, seconds: float | Fraction, units: int = 2) -> str:
    """Return a length of time in its largest units, rounded down: ``3 d 4 h``.

    Args:
        language: One of the catalogue's.
        seconds: From 0 on; less than a second is told in milliseconds, else seconds
            are whole. NaN and infinities give `NONE`, a negative length counts as 0.
        units: How many units to tell at most; those that are zero are left out.
    """
    if isinstance(seconds, float) and not math.isfinite(seconds):
        return NONE
    patterns = _writing(language).units
    rest_ms = max(math.floor(Fraction(str(seconds)) * _SECOND_MS), 0)
    if rest_ms == 0:
        return patterns[3].format(n=0)
    if rest_ms >= _SECOND_MS:
        rest_ms -= rest_ms % _SECOND_MS
    first = next(i for i, size in enumerate(_SIZES_MS) if rest_ms >= size)
    parts: list[str] = []
    told = zip(patterns, _SIZES_MS, strict=True)
    for pattern, size in list(told)[first : first + units]:
        count, rest_ms = divmod(rest_ms, size)
        if count:
            parts.append(pattern.format(n=f"{count:,}"))
    return " ".join(parts)


def relative(language: str, seconds_ago: float) -> str:
    """Return how far a time lies back, in one unit: ``3 min ago``; ``in 3 min`` if ahead.

    Args:
        language: One of the catalogue's.
        seconds_ago: Negative for a time to come.
    """
    writing = _writing(language)
    if not math.isfinite(seconds_ago):
        return NONE
    if abs(seconds_ago) < 1:
        return writing.just_now
    length = duration(language, abs(seconds_ago), units=1)
    return (writing.ago if seconds_ago > 0 else writing.later).format(length=length)


def day(language: str, when: date) -> str:
    """Return a date: ``27 Nov 2026``, ``2026年11月27日``."""
    writing = _writing(language)
    month = writing.months[when.month - 1]
    return writing.day.format(day=when.day, month=month, year=when.year)


def short_day(language: str, when: date) -> str:
    """Return a date of this year: ``Fri 27 Nov``, ``11月27日(金)``."""
    writing = _writing(language)
    return writing.short_day.format(
        day=when.day,
        month=writing.months[when.month - 1],
        weekday=writing.weekdays[when.weekday()],
    )


def moment(
    language: str, unix_s: float, zone: tzinfo, *, with_seconds: bool = False
) -> str:
    """Return a time with its zone: ``27 Nov 2026, 12:00 JST``.

    Args:
        language: One of the catalogue's.
        unix_s: Unix seconds; what is not shown of it is cut off.
        zone: Whose clock to read.
        with_seconds: Whether to tell the seconds.
    """
    when = datetime.fromtimestamp(math.floor(unix_s), zone)
    clock = when.strftime("%H:%M:%S" if with_seconds else "%H:%M")
    return _writing(language).moment.format(
        day=day(language, when), clock=clock, zone=zone_name(when)
    )


def zone_name(when: datetime) -> str:
    """Return the short name of a time's zone, ``UTC+09:00`` where it has none."""
    name = when.tzname() or ""
    if name and name[0].isalpha() and not name.startswith("UTC+"):
        return name
    offset = when.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}" if offset else "UTC"


def utc(ms: int) -> str:
    """Return a time as texts without a zone of their reader show it."""
    ms = min(max(ms, 0), _LAST_MS)
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"


def size(count: int) -> str:
    """Return a number of bytes in the largest unit it fills, rounded: ``1.5 MB``.

    Source: IEC 80000-13; kB, MB, GB and TB are powers of 1,000.
    """
    value = Fraction(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < _KILO:
            return f"{number(value, 0 if unit == 'B' else 1)} {unit}"
        value /= _KILO
    return f"{number(value, 1)} TB"


def sentences(language: str, texts: Iterable[str]) -> str:
    """Return sentences one after the other, those that are empty left out."""
    return _writing(language).gap.join(text for text in texts if text)
