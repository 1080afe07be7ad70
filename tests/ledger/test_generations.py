"""Rule 10: what opens a generation, what only dates a version, and who answers when."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kizashi.ledger.tracking import open_generations, track, version_at
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.generations import Version
from kizashi.slo.objective import ObjectiveSpec
from kizashi.testing.memory_ledger import MemoryLedger

SLICE, MINUTE = 15_000, 60_000
SPEC = ObjectiveSpec(
    "s",
    "a",
    Decimal("0.99"),
    RollingWindow(30 * 86_400_000),
    RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    ),
    job="j",
)
OTHER = replace(
    SPEC,
    indicator=RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code=~"5.."}'),
    ),
)


@pytest.mark.parametrize(
    ("changed", "slice_ms", "generation"),
    [
        (SPEC, SLICE, 1),
        (replace(SPEC, target=Decimal("0.9")), SLICE, 1),
        (replace(SPEC, window=RollingWindow(86_400_000)), SLICE, 1),
        (OTHER, SLICE, 2),
        (SPEC, 2 * SLICE, 2),
    ],
    ids=["same", "target", "window", "selector", "slice"],
)
def test_rule_10_what_is_counted_opens_a_generation_and_nothing_else(
    changed: ObjectiveSpec, slice_ms: int, generation: int
) -> None:
    store = MemoryLedger()
    [first] = open_generations(store, [SPEC], SLICE, 1_000).values()
    [second] = open_generations(store, [changed], slice_ms, 2_000).values()
    assert (first.id, second.id) == (1, generation)
    # The old one stays beside it.
    assert [g.id for g in store.generations()] == list(range(1, generation + 1))
    versions = [(v.from_ms, v.to_ms, v.generation) for v in store.versions()]
    if (changed, slice_ms) == (SPEC, SLICE):
        assert versions == [(1_000, None, 1)]
    else:
        assert versions == [(1_000, 2_000, 1), (2_000, None, generation)]


def test_rule_10_an_objective_that_is_gone_has_an_end() -> None:
    store = MemoryLedger()
    open_generations(store, [SPEC], SLICE, 1_000)
    assert open_generations(store, [], SLICE, 2_000) == {}
    [version] = store.versions()
    assert (version.from_ms, version.to_ms) == (1_000, 2_000)


def version(from_ms: int, to_ms: int | None) -> Version:
    return Version("s", "a", from_ms, to_ms, 1, str(from_ms))


@pytest.mark.parametrize(
    ("at_ms", "answers"),
    [(0, "100"), (100, "100"), (199, "100"), (200, "200"), (299, "200"), (300, None)],
)
def test_rule_10_a_version_answers_from_its_time_on(
    at_ms: int, answers: str | None
) -> None:
    found = version_at([version(100, 200), version(200, 300)], at_ms)
    assert (None if found is None else found.spec) == answers


def test_rule_10_the_first_version_answers_for_the_time_before_it_too() -> None:
    assert version_at([], 0) is None
    # Its ledger was derived from samples that are older than the declaration.
    found = version_at([version(100, None)], 0)
    assert found is not None
    assert found.from_ms == 100


def test_windows_are_whole_slices() -> None:
    store = MemoryLedger()
    spec = replace(SPEC, window=RollingWindow(86_400_001))
    [generation] = open_generations(store, [spec], SLICE, 0).values()
    tracked = track(spec, generation, SLICE)
    assert (tracked.window_slices, tracked.hour_slices) == (5_761, 240)
    assert set(tracked.burn_windows) < set(tracked.windows)
    short = track(replace(spec, window=RollingWindow(10 * MINUTE)), generation, SLICE)
    assert (short.window_slices, short.hour_slices) == (40, 40)
