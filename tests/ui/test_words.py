"""Figures as a page's reader sees them."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from kizashi.app.answers import NoteView
from kizashi.ui.parts.objective_facts import note_text
from kizashi.ui.parts.render import coded
from kizashi.ui.parts.words import Words, zone_of

#: 2026-11-27T09:30:00Z.
NOW = 1_795_771_800.0
EN = Words("en", UTC, NOW)
JA = Words("ja", ZoneInfo("Asia/Tokyo"), NOW)


@pytest.mark.parametrize(
    ("value", "english"),
    [(0, "0"), (1, "1"), (1234567, "1,234,567"), (12.34, "12.3"), (0.1234, "0.123"),
     (None, "–"), (float("nan"), "–"), (1.5, "1.50"), (999.6, "1,000")],
)  # fmt: skip
def test_a_number_has_as_many_decimals_as_it_is_worth(
    value: float | None, english: str
):
    assert EN.num(value) == english


def test_a_share_is_never_rounded_up_to_all_or_down_to_nothing():
    assert EN.pct(0.99996, 2) == "99.99%"
    assert EN.pct(0.002, 0) == "<1%"
    assert EN.pct(0.0, 0) == "0%"
    assert EN.sli(0.999999, 0.999) == "99.99%"
    assert EN.share(1, 100_000) == "0.001%"
    assert EN.share(0, 10) == "0%"
    assert EN.share(0, 0) == "–"


def test_units_are_written_as_the_language_does():
    assert (EN.burn(14.4), JA.burn(14.4)) == ("14.4×", "14.4 倍")
    assert (EN.rate(2), JA.rate(2)) == ("2.00/s", "2.00 件/秒")
    assert (EN.seconds(0.2), JA.seconds(0.2)) == ("200 ms", "200 ミリ秒")
    assert (EN.seconds(1.5), JA.seconds(1.5)) == ("1.50 s", "1.50 秒")
    assert (EN.window("30d"), JA.window("1h30m")) == ("30 d", "1 時間 30 分")
    assert EN.window("no duration") == "no duration"


def test_a_time_names_its_zone_and_its_day_unless_that_is_today():
    assert EN.clock(NOW - 60) == "09:29 UTC"
    assert JA.clock(NOW - 60, seconds=True) == "18:29:00 JST"
    assert EN.clock(NOW - 86_400) == "Thu 26 Nov 09:30 UTC"
    assert JA.clock(NOW - 86_400) == "11月26日(木) 18:30 JST"
    assert EN.day(NOW - 400 * 86_400) == "23 Oct 2025"
    assert EN.when(None) == "–"
    assert EN.when(NOW - 90) == (
        '<time datetime="2026-11-27T09:28:30Z">1 min ago'
        ' <span class="exact">(09:28:30 UTC)</span></time>'
    )


@pytest.mark.parametrize(
    "name", [None, "", "Nowhere/Nothing", "../../etc/passwd", "x" * 1000, "\x00"]
)
def test_a_zone_that_is_none_is_utc(name: str | None):
    assert zone_of(name) is UTC


def test_a_text_of_a_declaration_falls_back_to_english_and_to_the_name():
    assert JA.local({"en": "a", "ja": "b"}, "c") == "b"
    assert JA.local({"en": "a", "ja": ""}, "c") == "a"
    assert JA.local({}, "c") == "c"


@pytest.mark.parametrize(
    ("note", "english", "japanese"),
    [
        (
            NoteView("ledger.simulated", {"until": "1795521600"}),
            "A demo made up what happened until Tue 24 Nov 12:00:00 UTC. What is newer is real.",
            "11月24日(火) 21:00:00 JST までのデータはデモ用に作られたものです。それより新しいものは実際のデータです。",
        ),
        (
            NoteView("ledger.birth.no_created", {"series": "a", "at": "1795521600", "amount": "3"}),
            "a appeared at Tue 24 Nov 12:00:00 UTC without a created time. The page before was read and did not show it, and it was never stored before, so it was counted from zero. Events added: 3.",
            "a が 11月24日(火) 21:00:00 JST に現れました。作成時刻はありませんが、直前のページになく、これまで保存されたこともない系列のため、3 件をゼロから数えました。",
        ),
    ],
)  # fmt: skip
def test_a_note_tells_a_time_as_its_reader_does(
    note: NoteView, english: str, japanese: str
):
    assert note_text(note, Words("en", zone_of(None), NOW)) == english
    assert note_text(note, Words("ja", zone_of("Asia/Tokyo"), NOW)) == japanese


def test_what_stands_between_backquotes_is_code_and_all_of_it_text():
    assert coded("run `a <b>` & see") == "run <code>a &lt;b&gt;</code> &amp; see"
    assert coded("no code") == "no code"


def test_a_time_of_a_field_is_in_the_readers_zone():
    words = Words("en", zone_of("Asia/Tokyo"), NOW)

    # 2026-11-24T12:00:00Z.
    assert words.field(1_795_521_600.4) == "2026-11-24T21:00:00"
    assert words.instant("2026-11-24T21:00:00") == 1_795_521_600
    assert words.instant("2026-11-24T21:00") == 1_795_521_600
    for text in ("2026-11-24", "2026-11-24T21:00:00Z", "noon", ""):
        assert words.instant(text) is None
    past = replace(words, at=1_795_521_600.0)
    assert past.ago(1_795_521_540.0) == "1 min ago"
