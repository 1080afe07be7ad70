"""What a counter that appears counts from, in rules: stories and their bad events.

Each number was worked out by hand from rules 3 and 4. A scrape is a slice of 15 s, so
that four are a minute.
"""

from pathlib import Path

import pytest
from told_stories import BAD, FAILED, OK, STEP, Told, check

from kizashi.rules.series_names import Series

pytestmark = pytest.mark.peer("prometheus")

TOTAL = f"sum_over_time({Series.SLICE_BAD}[2h])"
MINUTE = 60_000 // STEP


def story(failed: str, bad: int, **others: str) -> Told:
    """Return a story in which the other counter stands still.

    Args:
        failed: Scrapes of the counter of failures; ``gone`` after a number is a marker
            and minutes without it, ``lost`` the same without a marker.
        bad: How many bad events must come of it.
        others: Scrapes of other series of the target.
    """
    columns = {FAILED: spelled(failed), **{k: spelled(v) for k, v in others.items()}}
    length = max(map(scrapes, columns.values()))
    columns.setdefault(OK, f"7x{length}")
    columns.setdefault("up", f"1x{length}")
    return Told(columns, [], last={TOTAL: bad}, slices=length)


def spelled(text: str) -> str:
    """Return scrapes as promtool has them."""
    found = []
    for word in text.split():
        kind, _, minutes = word.partition(":")
        if kind in {"gone", "lost"}:
            count = int(float(minutes) * MINUTE)
            first = ["stale"] if kind == "gone" else ["_"]
            found += first + ["_"] * (count - 1)
        elif kind == "same":
            found += [found[-1]] * int(float(minutes) * MINUTE)
        else:
            found.append(word)
    return " ".join(found)


def scrapes(column: str) -> int:
    return len(column.split())


def test_a_counter_that_returns_goes_on_from_its_last_value(tmp_path: Path):
    check(
        tmp_path,
        BAD,
        [
            # A restart removed it; 25 minutes of scrapes without it.
            story("5 5 gone:25 500 500", 495),
            # Lower than it was: it began anew.
            story("50 50 gone:25 7 7", 7),
            story("40 40 gone:6 40 40", 0),
            story("40 40 gone:6 43 43", 3),
            # Every other scrape, and a balancer between two processes.
            story("10 stale 12 stale 15", 5),
            story("0 7 stale 7 stale 7 stale 7", 7),
            # Twice away, for less and for more than the memory looks back.
            story("10 10 gone:14 12 12 gone:30 13 13 gone:3 14", 4),
            # Known for less than two minutes before it went.
            story("10 gone:7 12", 2),
        ],
    )


def test_a_birth_counts_from_zero_beside_one_that_vanishes(tmp_path: Path):
    """In the scrape in which five failures appear, another code of them goes."""
    counters = {
        'requests_total{code="500",path="/a"}': "3 3 3 stale",
        'requests_total{code="500",path="/b"}': "_ _ _ 5",
    }
    check(
        tmp_path,
        BAD,
        [Told({OK: "7x3", **counters}, bad=[0, 0, 0, 5], valid=[0, 0, 0, 5])],
    )


def test_a_counter_never_stored_counts_only_after_a_scrape_without_it(tmp_path: Path):
    check(
        tmp_path,
        BAD,
        [
            story("_ _ _ 5 5", 5),
            # The scrape before failed: whether it was there, nobody knows.
            story("_ _ _ 5 5", 0, up="1 1 0 1 1"),
            # The first scrape of its target.
            story("_ _ _ 5 5", 0, up="_ _ _ 1 1"),
        ],
    )


PAGE = "scrape_samples_post_metric_relabeling"
READ = "scrape_samples_scraped"
NEW = "scrape_series_added"


@pytest.mark.parametrize(
    ("new", "kept", "read", "bad"),
    [
        # A drop rule was taken away: the server has forgotten all it knew.
        ("40 0 0 0 50 0", "40 40 40 40 50 50", "50x5", 0),
        # Of everything dropped, nothing was left.
        ("0 0 0 0 50 0", "0 0 0 0 50 50", "50x5", 0),
        # A page with one sample twice keeps that one even so.
        ("40 0 0 0 49 0", "40 40 40 40 50 50", "50x5", 0),
        # A page of one series grows by many: it keeps the one.
        ("1 0 0 0 49 0", "1 1 1 1 50 50", "1 1 1 1 50 50", 5_000),
        # An empty page had nothing to keep.
        ("0 0 0 0 50 0", "0 0 0 0 50 50", "0 0 0 0 50 50", 5_000),
        # Nine tenths of a page are always dropped.
        ("5 0 0 0 1 0", "5 5 5 5 6 6", "60x5", 5_000),
        # One series more on a page that goes on.
        ("40 0 0 0 1 0", "40 40 40 40 41 41", "41x5", 5_000),
    ],
)
def test_nothing_is_born_in_a_scrape_of_a_changed_configuration(
    tmp_path: Path, new: str, kept: str, read: str, bad: int
):
    told = {NEW: new, PAGE: kept, READ: read}
    check(tmp_path, BAD, [story("_ _ _ _ 5000 5000", bad, **told)])


def test_what_comes_back_with_a_changed_configuration_is_a_baseline(tmp_path: Path):
    """A drop rule for ten minutes: nobody knows when the 30 were, the ledger says late."""
    steps = 10 * MINUTE + 2
    told = {
        NEW: "50 0 " + "0 " * (steps - 2) + "50 0",
        PAGE: "50 50 " + "49 " * (steps - 2) + "50 50",
        READ: "50 " * (steps + 2),
    }
    check(tmp_path, BAD, [story("5000 5000 gone:10 5030 5030", 0, **told)])


def test_a_server_that_was_down_knows_what_it_had_stored(tmp_path: Path):
    """No scrape and no marker for a while, then scrapes without the counter."""
    check(
        tmp_path,
        BAD,
        [
            # Down for a minute, hidden for the rest of 315 s.
            story(
                "5000 5000 lost:5.25 5030 5030",
                30,
                up="1 1 lost:1 1 same:4 1 1",
                **{OK: "7 7 lost:1 7 same:4 7 7"},
            ),
            # Down for all of it: 5 minutes are bridged, 10 are not.
            story("100 100 lost:4.75 130 130", 30, up="1 1 lost:4.75 1 1"),
            story("100 100 lost:10 130 130", 0, up="1 1 lost:10 1 1"),
        ],
    )


def test_nothing_is_born_while_the_memory_has_a_gap(tmp_path: Path):
    """Neither memory nor seed has been recorded: a first error is a baseline."""
    check(tmp_path, BAD, [story("_ _ _ 5 5", 0)], without=("memory", "seed"))
