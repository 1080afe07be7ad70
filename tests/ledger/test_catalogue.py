"""Since when the ledger counts, as stored samples and discoveries tell."""

import numpy as np
import pytest

from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.model.labels import Labels
from kizashi.model.targets import FoundTarget, TargetConfig
from kizashi.testing.memory_samples import MemorySamples

OLDEST = 1_800_000_000_000
MINUTE = 60_000


def found(
    store: MemorySamples, instance: str, from_ms: int, interval_ms: int = 15_000
) -> int:
    labels = Labels.of(job="j", instance=instance)
    target = FoundTarget("j", labels, from_ms, "a", False, interval_ms)
    return store.record_found([target])[0]


def since_ms(store: MemorySamples) -> int | None:
    return TargetCatalogue(store).since_ms()


@pytest.fixture
def store() -> MemorySamples:
    """Return a store whose oldest sample is of one target, discovered with it."""
    store = MemorySamples()
    target = found(store, "one", OLDEST)
    up = Labels.of(__name__="up", job="j", instance="one")
    store.write_history(target, [up], np.array([OLDEST]), np.array([[1.0]]))
    return store


def test_nothing_counts_where_nothing_is_stored() -> None:
    assert since_ms(MemorySamples()) is None


def test_rule_12_a_target_is_expected_an_interval_before_its_first_sample(
    store: MemorySamples,
) -> None:
    found(store, "two", OLDEST - 15_000)
    assert since_ms(store) == OLDEST - 15_000


def test_rule_12_the_interval_is_the_one_of_the_discovery(store: MemorySamples) -> None:
    """A later, longer interval does not make an earlier discovery the beginning."""
    two = found(store, "two", OLDEST - 50_000)
    store.record_gone(two, OLDEST - 45_000)
    store.record_config(TargetConfig(two, OLDEST + MINUTE, "b", False, MINUTE))
    assert since_ms(store) == OLDEST


def test_rule_12_the_edge_of_retention_is_no_beginning(store: MemorySamples) -> None:
    """Another target was scraped for long: nothing began just before the oldest sample."""
    found(store, "two", OLDEST - 10_000)
    found(store, "old", OLDEST - 100 * MINUTE)
    assert since_ms(store) == OLDEST


def test_rule_12_a_target_that_was_gone_before_a_scrape_hides_no_beginning(
    store: MemorySamples,
) -> None:
    found(store, "two", OLDEST - 10_000)
    old = found(store, "old", OLDEST - 100 * MINUTE)
    store.record_gone(old, OLDEST - 100 * MINUTE + 5_000)
    assert since_ms(store) == OLDEST - 10_000
