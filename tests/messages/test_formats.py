"""Numbers, times and durations, beside the Unicode CLDR's own patterns."""

import math
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from hypothesis import given, strategies as st

from kizashi.messages import formats

TOKYO = ZoneInfo("Asia/Tokyo")
#: 2026-11-27 03:00:05 UTC.
NOON_IN_TOKYO = 1_795_748_405
LANGUAGES = ["en", "ja"]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, None, "1,234.5"),
        (0, None, "0"),
        (-0.0001, 2, "0.00"),
        (1_234_567, None, "1,234,567"),
        (Fraction(2, 3), None, "0.667"),
        (Decimal("0.0005"), None, "0"),
        (2.5, 0, "2"),
        (3.5, 0, "4"),
        (100, 1, "100.0"),
        (-1234.5, None, "-1,234.5"),
        (math.nan, None, "–"),
        (math.inf, 2, "–"),
    ],
)
def test_a_number_has_marks_between_thousands(
    value: float, decimals: int | None, text: str
):
    assert formats.number(value, decimals) == text


@pytest.mark.parametrize(
    ("ratio", "decimals", "text"),
    [
        (0.9995, None, "99.95%"),
        (0.9995, 2, "99.95%"),
        (Decimal("0.99995"), None, "99.995%"),
        (0.1 + 0.2, 1, "30.0%"),
        # One failure in a million is never a hundred per cent.
        (0.999999, 3, "99.999%"),
        (-0.5, 1, "-50.0%"),
        (12.5, 0, "1,250%"),
        (Fraction(1, 3), 2, "33.33%"),
        (Fraction(1, 3), None, "33.333%"),
        (math.nan, 1, "–"),
    ],
)
def test_a_ratio_is_shown_in_per_cent_and_rounded_down(
    ratio: float, decimals: int | None, text: str
):
    assert formats.percent(ratio, decimals) == text


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_numbers_are_written_as_the_cldr_has_them(scaled: int, decimals: int):
    value = Decimal(scaled).scaleb(-decimals)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")

    for locale in ("en", "ja"):
        expected = format_decimal(value, pattern, locale=locale)
        assert formats.number(value, decimals) == expected
        assert formats.floored(value, decimals) == expected


@given(st.integers(0, 10**6))
def test_per_cents_are_written_as_the_cldr_has_them(millionths: int):
    ratio = Decimal(millionths) / 10**6

    for locale in ("en", "ja"):
        assert formats.percent(ratio) == format_percent(
            ratio, locale=locale, decimal_quantization=False
        )


@given(st.floats(0, 1), st.integers(0, 6))
def test_a_rounded_ratio_is_never_more_than_the_ratio(ratio: float, decimals: int):
    shown = Fraction(formats.percent(ratio, decimals).rstrip("%")) / 100

    assert shown <= Fraction(str(ratio))
    assert Fraction(str(ratio)) - shown < Fraction(1, 10 ** (decimals + 2))


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_dates_are_written_as_the_cldr_has_them(when: date):
    assert formats.day("en", when) == format_date(when, "d MMM y", locale="en_GB")
    assert formats.day("ja", when) == format_date(when, "long", locale="ja")
    assert formats.short_day("en", when) == format_date(
        when, "EEE d MMM", locale="en_GB"
    )
    assert formats.short_day("ja", when) == format_skeleton("MMMEd", when, locale="ja")


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (0, "0 s", "0 秒"),
        (0.2, "200 ms", "200 ミリ秒"),
        (0.9999, "999 ms", "999 ミリ秒"),
        (59.9, "59 s", "59 秒"),
        (60, "1 min", "1 分"),
        (3599, "59 min 59 s", "59 分 59 秒"),
        (3605, "1 h", "1 時間"),
        (273_600, "3 d 4 h", "3 日 4 時間"),
        (90_061, "1 d 1 h", "1 日 1 時間"),
        (86_400 * 12_345, "12,345 d", "12,345 日"),
        (-3, "0 s", "0 秒"),
        (math.inf, "–", "–"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(
    seconds: float, english: str, japanese: str
):
    assert formats.duration("en", seconds) == english
    assert formats.duration("ja", seconds) == japanese


@given(st.integers(1, 10**9), st.integers(1, 4))
def test_a_duration_never_tells_more_than_there_is(seconds: int, units: int):
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = formats.duration("en", seconds, units).replace(",", "").split()

    told = sum(
        int(count) * sizes[unit]
        for count, unit in zip(words[::2], words[1::2], strict=True)
    )

    assert 0 < told <= seconds
    assert len(words) <= 2 * units
    if units == 4:
        assert told == seconds


@pytest.mark.parametrize(
    ("ago", "english", "japanese"),
    [
        (0.4, "just now", "たった今"),
        (200, "3 min ago", "3 分前"),
        (-7_300, "in 2 h", "2 時間後"),
        (90_000, "1 d ago", "1 日前"),
    ],
)
def test_how_far_a_time_lies_away(ago: float, english: str, japanese: str):
    assert formats.relative("en", ago) == english
    assert formats.relative("ja", ago) == japanese


def test_a_moment_has_its_zone():
    assert formats.moment("en", NOON_IN_TOKYO, TOKYO) == "27 Nov 2026, 12:00 JST"
    assert formats.moment("ja", NOON_IN_TOKYO, TOKYO) == "2026年11月27日 12:00 JST"
    assert (
        formats.moment("ja", NOON_IN_TOKYO + 0.9, UTC, with_seconds=True)
        == "2026年11月27日 03:00:05 UTC"
    )


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (UTC, "UTC"),
        (TOKYO, "JST"),
        (timezone(timedelta(hours=-3, minutes=-30)), "UTC-03:30"),
        (ZoneInfo("America/Sao_Paulo"), "UTC-03:00"),
    ],
)
def test_a_zone_without_a_name_is_told_by_its_offset(zone: tzinfo, name: str):
    assert formats.zone_name(datetime.fromtimestamp(NOON_IN_TOKYO, zone)) == name


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (37 * 10**12, "37.0 TB")],
)
def test_a_size_is_told_in_the_largest_unit_it_fills(count: int, text: str):
    assert formats.size(count) == text


@pytest.mark.parametrize("language", [*LANGUAGES, "fr"])
def test_an_unknown_language_is_written_as_english(language: str):
    assert formats.sentences(language, ["A.", "", "B."]) == (
        "A.B." if language == "ja" else "A. B."
    )
