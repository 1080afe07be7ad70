"""What the page before says: the conditions of rules 3 and 4, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from kizashi.ledger.counting import NO_TIME, RowContext
from kizashi.ledger.scrapes import LastScrape, TargetHistory
from kizashi.model.targets import TargetConfig

T0 = 1_800_000_000_000
NAN = np.nan
CONFIG = TargetConfig(0, T0 - 1_000_000, "a", honor_labels=False, interval_ms=15_000)
GOOD = LastScrape(T0, ok=True, fingerprint="a", ever_ok=True)


def context(
    last: LastScrape,
    *up: float,
    config: TargetConfig = CONFIG,
    started_ms: float = NAN,
    discovered_ms: int = T0 - 60_000,
) -> tuple[RowContext, LastScrape]:
    """Return what is known of scrapes every 15 seconds after T0."""
    history = TargetHistory([config], [discovered_ms])
    ts = T0 + 15_000 * np.arange(1, len(up) + 1)
    started = np.full(len(up), started_ms)
    return history.context(ts, np.array(up, np.float64), started, last)


def test_rule_3_a_page_that_succeeded_says_what_was_not_there() -> None:
    rows, last = context(GOOD, 1, 1)
    assert rows.inferred_since_ms.tolist() == [T0, T0 + 15_000]
    assert rows.away_since_ms.tolist() == [T0, T0 + 15_000]
    assert rows.birth_from_ms.tolist() == [T0, T0 + 15_000]
    assert rows.previous.tolist() == [-1, 0]
    assert last == LastScrape(T0 + 30_000, ok=True, fingerprint="a", ever_ok=True)


@pytest.mark.parametrize(
    ("last", "config"),
    [
        (replace(GOOD, ok=False), CONFIG),
        (replace(GOOD, fingerprint="b"), CONFIG),
        (GOOD, replace(CONFIG, honor_labels=True)),
    ],
    ids=["failed", "changed", "honors labels"],
)
def test_rules_3_and_4_a_page_that_failed_or_was_another_says_nothing(
    last: LastScrape, config: TargetConfig
) -> None:
    rows, _ = context(last, 1, config=config)
    assert rows.inferred_since_ms.tolist() == [NO_TIME]
    assert rows.away_since_ms.tolist() == [NO_TIME]
    # A created time after it proves a birth all the same.
    assert rows.birth_from_ms.tolist() == [T0]


def test_rule_3_a_failed_scrape_in_between_counts_as_the_page_before() -> None:
    rows, _ = context(GOOD, 0, 1, 1)
    assert rows.inferred_since_ms.tolist() == [T0, NO_TIME, T0 + 30_000]
    assert rows.previous.tolist() == [-1, 0, 1]


def test_rule_3_samples_with_time_stamps_of_their_own_are_no_page() -> None:
    rows, last = context(GOOD, NAN, 1)
    assert rows.scrape.tolist() == [False, True]
    assert rows.previous.tolist() == [-1, -1]
    assert rows.inferred_since_ms.tolist() == [T0, T0]
    assert last.ts_ms == T0 + 30_000


@pytest.mark.parametrize(
    ("started_ms", "counts"),
    [
        (T0 - 60_000, False),
        (T0 - 59_999, True),
        (T0 + 15_000 + 600_000, True),
        (T0 + 15_000 + 600_001, False),
        (NAN, False),
    ],
)
def test_rule_3_a_new_target_counts_from_zero_if_it_started_after_its_discovery(
    started_ms: float, *, counts: bool
) -> None:
    rows, _ = context(LastScrape(), 1, started_ms=started_ms)
    assert rows.inferred_since_ms.tolist() == [int(started_ms) if counts else NO_TIME]
    assert rows.away_since_ms.tolist() == [NO_TIME]
    assert rows.birth_from_ms.tolist() == [T0 - 60_000]


def test_rule_3_a_target_that_only_failed_is_new_and_one_that_answered_once_is_not() -> (
    None
):
    started = {"started_ms": T0 - 1_000}
    rows, last = context(LastScrape(), 0, 1, 1, **started)
    assert rows.inferred_since_ms.tolist() == [T0 - 1_000, T0 - 1_000, T0 + 30_000]
    assert last.ever_ok
    rows, _ = context(replace(GOOD, ok=False), 1, **started)
    assert rows.inferred_since_ms.tolist() == [NO_TIME]


def test_rule_3_a_discovery_that_nobody_recorded_proves_nothing() -> None:
    history = TargetHistory([CONFIG], [])
    rows, _ = history.context(
        np.array([T0]), np.array([1.0]), np.array([T0 - 1.0]), LastScrape()
    )
    assert rows.inferred_since_ms.tolist() == [NO_TIME]


def test_a_configuration_and_a_discovery_hold_from_their_time_on() -> None:
    later = replace(CONFIG, from_ms=T0, interval_ms=60_000)
    history = TargetHistory([CONFIG, later], [T0 - 60_000, T0])
    assert history.config_at(T0 - 1) == CONFIG
    assert history.config_at(T0) == later
    assert history.config_at(CONFIG.from_ms - 1) == CONFIG
    assert history.discovered_ms(T0 - 1) == T0 - 60_000
    assert history.discovered_ms(T0) == T0


def test_rule_11_scrapes_of_a_slower_configuration_are_read_further_back() -> None:
    slow = replace(CONFIG, interval_ms=60_000)
    quick = replace(CONFIG, from_ms=T0 - 30_000)
    assert TargetHistory([slow, quick], []).seen_since_ms(T0) == T0 - 30_000 - 180_000
    assert TargetHistory([quick], []).seen_since_ms(T0) == T0 - 45_000
