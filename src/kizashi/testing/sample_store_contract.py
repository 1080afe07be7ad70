"""What every `SampleStore` must do, as tests.

Derive a test class from `SampleStoreContract` in a module that has a fixture
`store`, an empty store. Expected values were worked out by hand.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kizashi.errors import StoreError
from kizashi.model.arrays import STALE_NAN, FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import NEVER_MS, ScrapeRow, StoredLayout
from kizashi.model.targets import DiscoverySpan, FoundTarget, TargetConfig
from kizashi.ports.samples import SampleStore
from kizashi.promql.selectors import parse_selector

#: A midnight, so that blocks of any usual length begin here.
T0 = 1_792_022_400_000
HOUR = 3_600_000
DAY = 24 * HOUR
SCRAPE = 15_000

UP = Labels.of({"__name__": "up", "job": "shop", "instance": "a:1"})
HITS = Labels.of({"__name__": "hits_total", "job": "shop", "code": "200"})
FAILS = Labels.of({"__name__": "hits_total", "job": "shop", "code": "500"})
SIZE = Labels.of({"__name__": "size_bytes", "job": "shop"})
EXACT = np.array(
    [0x8000000000000000, 0x7FF8DEADBEEF0001, 0x0000000000000001, 0xFFF0000000000000],
    np.uint64,
).view(np.float64)


def ints(*numbers: int) -> Int64Array:
    """Return whole numbers as an array."""
    return np.array(numbers, np.int64)


def floats(*numbers: float) -> FloatArray:
    """Return numbers as an array."""
    return np.array(numbers, np.float64)


def row(
    target: int,
    ts_ms: int,
    layout: StoredLayout,
    values: Sequence[float],
    *,
    stamps: Sequence[int] | None = None,
    stale: Sequence[int] = (),
) -> ScrapeRow:
    """Return a scrape row written briefly."""
    return ScrapeRow(
        target,
        ts_ms,
        layout.id,
        floats(*values),
        None if stamps is None else ints(*stamps),
        ints(*stale),
    )


def found(store: SampleStore, selector: str) -> dict[str, list[tuple[int, bytes]]]:
    """Return all samples of a selector, by series, values as bytes."""
    out = {}
    for one in store.select(parse_selector(selector), -(2**52), 2**52):
        bits = [value.tobytes() for value in one.values]
        out[str(one.labels)] = list(zip(one.ts_ms.tolist(), bits, strict=True))
    return out


def raises_store_error(store: SampleStore, rows: Sequence[ScrapeRow]) -> bool:
    """Return whether a call was refused."""
    try:
        store.append(rows)
    except StoreError:
        return True
    return False


class SampleStoreContract:
    """Tests of any sample store; see the module."""

    def test_a_target_keeps_its_number(self, store: SampleStore) -> None:
        a = store.target_id("shop", UP)
        b = store.target_id("shop", SIZE)
        assert a != b
        assert store.target_id("shop", UP) == a
        assert [(t.id, t.job, t.labels) for t in store.targets()] == [
            (a, "shop", UP),
            (b, "shop", SIZE),
        ]

    def test_a_discovered_span_opens_once_and_closes_once(
        self, store: SampleStore
    ) -> None:
        store.record_discovery(2, 50)
        store.record_discovery(1, 100)
        store.record_discovery(1, 150)
        store.record_gone(1, 200)
        store.record_gone(1, 300)
        store.record_discovery(1, 400)
        assert store.discoveries() == [
            DiscoverySpan(1, 100, 200),
            DiscoverySpan(1, 400, None),
            DiscoverySpan(2, 50, None),
        ]

    def test_a_configuration_is_noted_where_it_differs(
        self, store: SampleStore
    ) -> None:
        store.record_config(TargetConfig(1, 100, "x", False, 15_000))
        store.record_config(TargetConfig(1, 200, "x", False, 15_000))
        store.record_config(TargetConfig(1, 300, "x", True, 15_000))
        store.record_config(TargetConfig(1, 400, "x", False, 15_000))
        assert [c.from_ms for c in store.configs()] == [100, 300, 400]

    def test_many_targets_are_found_in_one_step(self, store: SampleStore) -> None:
        api = FoundTarget("a", Labels.of(i="1"), 100, "x", False, 15_000)
        other = replace(api, labels=Labels.of(i="2"), honor_labels=True)
        first, second = store.record_found([api, other])
        assert store.record_found([replace(api, from_ms=200)]) == [first]
        store.record_gone(second, 300)
        changed = replace(other, from_ms=400, interval_ms=30_000)
        assert store.record_found([changed, api]) == [second, first]
        assert store.target_id("a", Labels.of(i="2")) == second
        assert store.discoveries() == [
            DiscoverySpan(first, 100, None),
            DiscoverySpan(second, 100, 300),
            DiscoverySpan(second, 400, None),
        ]
        assert store.configs() == [
            TargetConfig(first, 100, "x", False, 15_000),
            TargetConfig(second, 100, "x", True, 15_000),
            TargetConfig(second, 400, "x", True, 30_000),
        ]

    def test_a_span_of_the_past_is_noted_once_beside_an_open_one(
        self, store: SampleStore
    ) -> None:
        store.record_discovery(1, 1_000)
        old = TargetConfig(1, 100, "old", honor_labels=False, interval_ms=60_000)
        for _ in range(2):
            store.record_past(old, 500)
        store.record_past(replace(old, from_ms=200), 300)
        store.record_past(replace(old, from_ms=2_000), 3_000)
        assert store.discoveries() == [
            DiscoverySpan(1, 100, 500),
            DiscoverySpan(1, 1_000, None),
        ]

    def test_a_past_configuration_leaves_later_ones_as_they_were(
        self, store: SampleStore
    ) -> None:
        live = TargetConfig(1, 1_000, "live", honor_labels=False, interval_ms=15_000)
        past = TargetConfig(1, 100, "past", honor_labels=True, interval_ms=60_000)
        store.record_config(live)
        for _ in range(2):
            store.record_past(past, 500)
            store.record_past(replace(past, from_ms=1_200), 1_500)
            store.record_past(replace(live, from_ms=1_700), 1_800)
        assert store.configs() == [
            past,
            live,
            replace(past, from_ms=1_200),
            replace(live, from_ms=1_500),
        ]

    def test_equal_series_in_equal_order_have_one_layout(
        self, store: SampleStore
    ) -> None:
        one = store.layout([UP, HITS])
        assert store.layout([UP, HITS]).id == one.id
        turned = store.layout([HITS, UP])
        assert turned.id != one.id
        assert turned.series.tolist() == one.series.tolist()[::-1]
        assert list(turned.labels) == [HITS, UP]

    def test_a_series_first_time_is_that_of_its_first_sample(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS])
        assert layout.first_ms.tolist() == [NEVER_MS, NEVER_MS]
        store.append([row(target, T0, layout, [1, 7])])
        store.append([row(target, T0 + SCRAPE, layout, [1, 9])])
        later = store.layout([UP, HITS, FAILS])
        assert later.first_ms.tolist() == [T0, T0, NEVER_MS]
        store.write_history(target, [HITS, FAILS], ints(T0 - 5), floats(1, 2)[None])
        assert store.layout([UP, HITS, FAILS]).first_ms.tolist() == [
            T0,
            T0 - 5,
            T0 - 5,
        ]
        assert store.first_stored_ms(later.series[::-1]).tolist() == [
            T0 - 5,
            T0 - 5,
            T0,
        ]

    def test_what_was_appended_is_read_back_bit_for_bit(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS, FAILS, SIZE])
        store.append([row(target, T0, layout, EXACT.tolist())])
        times, values = store.read_matrix(target, layout.series, T0, T0)
        assert times.tolist() == [T0]
        assert values.tobytes() == EXACT.tobytes()

    def test_a_span_includes_both_its_ends(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP])
        store.append([row(target, T0 + n, layout, [n]) for n in range(5)])
        times, values = store.read_matrix(target, layout.series, T0 + 1, T0 + 3)
        assert times.tolist() == [T0 + 1, T0 + 2, T0 + 3]
        assert values.tolist() == [[1], [2], [3]]

    def test_a_series_that_comes_late_is_nan_before(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        few, more = store.layout([UP, HITS]), store.layout([UP, HITS, FAILS])
        store.append([row(target, T0, few, [1, 5])])
        store.append([row(target, T0 + SCRAPE, more, [1, 6, 1])])
        order = more.series[::-1].copy()
        times, values = store.read_matrix(target, order, T0, T0 + SCRAPE)
        assert times.tolist() == [T0, T0 + SCRAPE]
        assert np.isnan(values[0, 0])
        assert values[0, 1:].tolist() == [5, 1]
        assert values[1].tolist() == [1, 6, 1]

    def test_a_series_that_ends_has_a_staleness_marker(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        both, alone = store.layout([UP, HITS]), store.layout([UP])
        store.append([row(target, T0, both, [1, 5])])
        gone = int(both.series[1])
        store.append([row(target, T0 + SCRAPE, alone, [0], stale=[gone])])
        _, values = store.read_matrix(target, both.series, T0, T0 + SCRAPE)
        assert values[1, 1].tobytes() == STALE_NAN.tobytes()
        assert found(store, "hits_total")[str(HITS)] == [
            (T0, floats(5).tobytes()),
            (T0 + SCRAPE, STALE_NAN.tobytes()),
        ]

    def test_explicit_stamps_win_over_the_scrapes_time(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS, SIZE])
        stamps = [T0, T0 - DAY, T0 + 3 * HOUR]
        store.append([row(target, T0, layout, [1, 5, 9], stamps=stamps)])
        assert [ts for ts, _ in found(store, "hits_total")[str(HITS)]] == [T0 - DAY]
        times, values = store.read_matrix(target, layout.series, T0 + 1, T0 + 3 * HOUR)
        assert times.tolist() == [T0 + 3 * HOUR]
        assert values[0, 2] == 9
        assert store.first_scrape_ms() == T0 - DAY

    def test_the_first_sample_of_a_series_and_time_stays(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS])
        store.append([row(target, T0, layout, [1, 5], stamps=[T0, T0 - 9])])
        store.append(
            [row(target, T0 + SCRAPE, layout, [1, 6], stamps=[T0 + SCRAPE, T0 - 9])]
        )
        assert found(store, "hits_total") == {
            str(HITS): [(T0 - 9, floats(5).tobytes())]
        }

    def test_a_repeated_row_changes_nothing(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        layout, other = store.layout([UP, HITS]), store.layout([UP, FAILS])
        store.append([row(target, T0, layout, [1, 5])])
        store.append(
            [row(target, T0, other, [0, 8]), row(target, T0 + 1, layout, [1, 6])]
        )
        store.append([row(target, T0 + 1, layout, [1, 7])] * 2)
        assert found(store, '{job="shop"}') == {
            str(UP): [(T0, floats(1).tobytes()), (T0 + 1, floats(1).tobytes())],
            str(HITS): [(T0, floats(5).tobytes()), (T0 + 1, floats(6).tobytes())],
        }

    def test_a_row_older_than_the_newest_is_kept(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP])
        store.append([row(target, T0 + 5, layout, [5])])
        store.append([row(target, T0, layout, [1])])
        times, values = store.read_matrix(target, layout.series, 0, T0 + 9)
        assert times.tolist() == [T0, T0 + 5]
        assert values.tolist() == [[1], [5]]
        assert store.layout([UP]).first_ms.tolist() == [T0]

    def test_a_call_with_one_bad_row_stores_nothing(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP])
        good = row(target, T0, layout, [1])
        missing = StoredLayout(99_999, layout.series, layout.labels, layout.first_ms)
        for bad in (
            row(target, T0 + 1, layout, [1, 2]),
            row(target, T0 + 1, layout, [1], stamps=[1, 2]),
            row(target, T0 + 1, missing, [1]),
            row(target, 2**53, layout, [1]),
            row(target, T0 + 1, layout, [1], stamps=[-(2**53)]),
        ):
            assert raises_store_error(store, [good, bad])
        assert store.first_scrape_ms() is None
        assert store.layout([UP]).first_ms.tolist() == [NEVER_MS]

    def test_targets_with_one_series_are_not_mixed(self, store: SampleStore) -> None:
        a, b = store.target_id("shop", UP), store.target_id("shop", SIZE)
        layout = store.layout([HITS])
        store.append([row(b, T0, layout, [200]), row(a, T0, layout, [100])])
        store.append([row(b, T0 + 7, layout, [207])])
        for target, want in ((a, [[100]]), (b, [[200], [207]])):
            _, values = store.read_matrix(target, layout.series, T0, T0 + 9)
            assert values.tolist() == want
        assert found(store, "hits_total") == {
            str(HITS): [(T0, floats(100).tobytes()), (T0 + 7, floats(207).tobytes())]
        }
        last = store.last_before(layout.series, T0 + 7)
        assert last == {int(layout.series[0]): (T0, 100.0)}

    def test_the_series_of_a_target_are_all_that_it_ever_held(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS])
        store.layout([SIZE])
        assert store.series_of_target(target) == []
        store.append([row(target, T0, layout, [1, 2])])
        store.write_history(target, [FAILS], ints(T0), floats(1)[None])
        assert [labels for _, labels in store.series_of_target(target)] == [
            UP,
            HITS,
            FAILS,
        ]

    def test_selectors_match_by_name_and_by_pattern(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS, FAILS, SIZE])
        store.append([row(target, T0, layout, [1, 2, 3, 4])])
        for selector, want in (
            ("up", {UP}),
            ('hits_total{code=~"5.."}', {FAILS}),
            ('{__name__=~"hits.*|up"}', {UP, HITS, FAILS}),
            ('{job="shop",__name__!="up",code=""}', {SIZE}),
            ('{job="shop",__name__!~".*total"}', {UP, SIZE}),
            ("nothing", set()),
        ):
            assert set(found(store, selector)) == {str(labels) for labels in want}

    def test_a_series_without_samples_in_the_span_is_left_out(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        store.append([row(target, T0, store.layout([UP]), [1])])
        assert not list(store.select(parse_selector("up"), T0 + 1, T0 + 9))

    def test_the_last_sample_before_a_time_is_a_real_one(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([UP, HITS, SIZE])
        up, hits, size = layout.series.tolist()
        alone = store.layout([UP])
        store.append(
            [
                row(target, T0, layout, [1, 5, np.nan]),
                row(target, T0 + 10, layout, [1, np.nan, np.nan]),
                row(target, T0 + 20, alone, [0], stale=[hits, size]),
            ]
        )
        assert store.last_before(layout.series, T0 + 20) == {
            up: (T0 + 10, 1.0),
            hits: (T0, 5.0),
        }
        assert store.last_before(ints(up), T0 + 21) == {up: (T0 + 20, 0.0)}
        assert store.last_before(layout.series, T0) == {}

    def test_the_oldest_sample_is_known(self, store: SampleStore) -> None:
        assert store.first_scrape_ms() is None
        target = store.target_id("shop", UP)
        store.append([row(target, T0, store.layout([UP]), [1])])
        assert store.first_scrape_ms() == T0
        store.write_history(target, [UP], ints(T0 - DAY), floats(1)[None])
        assert store.first_scrape_ms() == T0 - DAY

    def test_a_scrapes_own_time_is_no_sample_where_all_are_stamped(
        self, store: SampleStore
    ) -> None:
        target = store.target_id("shop", UP)
        layout = store.layout([HITS])
        store.append([row(target, T0, layout, [1], stamps=[T0 + 5])])
        assert store.first_scrape_ms() == T0 + 5
        assert store.layout([HITS]).first_ms.tolist() == [T0 + 5]
        times, _ = store.read_matrix(target, layout.series, T0, T0 + 9)
        assert times.tolist() == [T0 + 5]

    def test_a_store_without_damage_has_no_problems(self, store: SampleStore) -> None:
        target = store.target_id("shop", UP)
        store.append([row(target, T0, store.layout([UP]), [1])])
        assert store.check() == []
        assert store.size_bytes() > 0
