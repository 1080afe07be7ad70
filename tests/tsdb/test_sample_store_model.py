"""Any sequence of calls: the SQLite store answers as the one in dictionaries does."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from harness.examples import examples
from kizashi.model.arrays import FloatArray
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import NEVER_MS, ScrapeRow
from kizashi.ports.samples import SampleStore
from kizashi.promql.selectors import parse_selector
from kizashi.testing.memory_samples import MemorySamples
from kizashi.testing.sample_store_contract import DAY, HOUR, T0
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples

SERIES = [
    Labels.of({"__name__": name, "n": str(n)})
    for n, name in enumerate(("up", "a_total", "a_total", "b_bytes", "c"))
]
TARGETS = (1, 2)
# Every commit waits for the disk: a folder in memory makes twenty times the examples.
FAST = Path("/dev/shm")  # noqa: S108
FOREVER = 2**52

# Few different times, so that they collide; edges of blocks and days among them.
TIMES = st.builds(
    lambda block, offset: T0 + block * 2 * HOUR + offset,
    st.sampled_from([-12, -1, 0, 1]),
    st.sampled_from([0, 1, 15_000, 30_000, 45_000, HOUR, 2 * HOUR - 1]),
)
VALUES = st.sampled_from(
    np.array(
        [
            0x0000000000000000,
            0x8000000000000000,
            0x3FF0000000000000,
            0x4059000000000000,
            0x3FF8000000000000,
            0x433FFFFFFFFFFFFF,
            0xC33FFFFFFFFFFFFF,
            0x7FF0000000000000,
            0x7FF8000000000001,
            0x0000000000000001,
            0x7FF0000000000002,
        ],
        np.uint64,
    )
    .view(np.float64)
    .tolist()
)
PICKS = st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True)
EVERYTHING = parse_selector('{n!=""}')
SELECTORS = [
    parse_selector(text)
    for text in ("up", "a_total", '{__name__=~"a.*|c"}', '{n!="",__name__!="up"}')
]


def _floats(values: list[float]) -> FloatArray:
    return np.array(values, np.float64)


@st.composite
def scrapes(
    draw: st.DrawFn,
) -> tuple[int, int, list[int], list[float], object, list[int]]:
    """A row in words: target, time, series, values, stamps, series gone stale."""
    picks = draw(PICKS)
    values = draw(st.lists(VALUES, min_size=len(picks), max_size=len(picks)))
    stamps = None
    if draw(st.integers(0, 2)) == 0:
        stamps = draw(st.lists(TIMES, min_size=len(picks), max_size=len(picks)))
    stale = draw(st.lists(st.integers(0, 4), max_size=2, unique=True))
    return (draw(st.sampled_from(TARGETS)), draw(TIMES), picks, values, stamps, stale)


class Stores(RuleBasedStateMachine):
    """Both stores, told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=FAST if FAST.is_dir() else None))
        self.model = MemorySamples()
        self.store = self.opened()
        self.told: set[tuple[int, int]] = set()
        self.rows: list[object] = []
        self.edge = -FOREVER

    def opened(self) -> SqliteSamples:
        return SqliteSamples(Database(self.folder / "samples.db"))

    def both(self) -> tuple[SampleStore, SampleStore]:
        return self.model, self.store

    @initialize()
    def begin(self) -> None:
        for one in self.both():
            assert [one.target_id("job", SERIES[n]) for n in (0, 1)] == [1, 2]
            assert one.layout(SERIES).series.tolist() == [1, 2, 3, 4, 5]

    def tell(self, scrapes: list[tuple]) -> None:
        for one in self.both():
            one.append(
                [
                    ScrapeRow(
                        target,
                        ts,
                        one.layout([SERIES[n] for n in picks]).id,
                        _floats(values),
                        None if stamps is None else np.array(stamps, np.int64),
                        np.array(stale, np.int64) + 1,
                    )
                    for target, ts, picks, values, stamps, stale in scrapes
                ]
            )

    @rule(scrapes=st.lists(scrapes(), min_size=1, max_size=8))
    def append(self, scrapes: list[tuple]) -> None:
        fresh = [s for s in scrapes if (s[0], s[1]) not in self.told]
        stored = {(s[0], s[1]): s for s in reversed(fresh)}
        self.told |= stored.keys()
        # Of one target and time the first stays: the others were never stored, and are
        # none that could come again.
        self.rows += stored.values()
        self.tell(fresh)

    @rule(
        owner=st.sampled_from(TARGETS), block=st.sampled_from([-12, -1, 0, 1, 12]), picks=PICKS,
        kind=st.sampled_from(["whole", "float"]), count=st.integers(5, 400),
    )  # fmt: skip
    def append_many(
        self, owner: int, block: int, picks: list[int], kind: str, count: int
    ) -> None:
        start = T0 + block * 2 * HOUR + 3
        noise = np.random.default_rng(abs(block)).normal(50, 9, (count, len(picks)))
        values = np.cumsum(np.floor(noise) if kind == "whole" else noise, axis=0)
        self.append(
            [
                (owner, start + 15_000 * n, picks, values[n].tolist(), None, [])
                for n in range(count)
            ]
        )

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def append_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.rows))
        if again[1] >= self.edge:
            self.tell([again])

    @rule(
        owner=st.sampled_from(TARGETS), start=TIMES, picks=PICKS,
        offsets=st.lists(st.sampled_from([0, 1, 15_000, 30_000, HOUR]), min_size=1,
                         max_size=4, unique=True),
        data=st.data(),
    )  # fmt: skip
    def write_history(
        self,
        owner: int,
        start: int,
        picks: list[int],
        offsets: list[int],
        data: st.DataObject,
    ) -> None:
        if start < self.edge:
            return
        size = len(offsets) * len(picks)
        values = data.draw(st.lists(VALUES, min_size=size, max_size=size))
        new = [
            one.write_history(
                owner,
                [SERIES[n] for n in picks],
                np.array(sorted(offsets), np.int64) + start,
                _floats(values).reshape(len(offsets), len(picks)),
            )
            for one in self.both()
        ]
        assert new[0] == new[1]

    @rule(before=st.sampled_from([T0, T0 + 2 * HOUR, T0 + 2 * DAY]))
    def seal(self, before: int) -> None:
        self.store.seal(before)

    @rule(day=st.sampled_from([-3, -2, -1, 0, 1]))
    def expire(self, day: int) -> None:
        self.edge = max(self.edge, T0 + day * DAY)
        for one in self.both():
            one.expire(T0 + day * DAY)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = self.opened()

    @rule(
        owner=st.sampled_from(TARGETS), picks=PICKS, start=TIMES,
        length=st.sampled_from([0, HOUR, 7 * HOUR, 3 * DAY]),
    )  # fmt: skip
    def same_matrix(
        self, owner: int, picks: list[int], start: int, length: int
    ) -> None:
        series = np.array(picks, np.int64) + 1
        start = max(start, self.edge)
        want, got = (
            one.read_matrix(owner, series, start, start + length) for one in self.both()
        )
        assert got[0].tolist() == want[0].tolist()
        assert got[1].tobytes() == want[1].tobytes()

    @invariant()
    def same_samples(self) -> None:
        self.same_selection(EVERYTHING, -FOREVER)

    @rule(selector=st.sampled_from(SELECTORS), start=TIMES)
    def same_selection(self, selector: object, start: int) -> None:
        want, got = (
            [
                (s.id, s.labels, s.ts_ms.tolist(), s.values.tobytes())
                for s in one.select(selector, max(start, self.edge), FOREVER)
            ]
            for one in self.both()
        )
        assert got == want

    @rule(picks=PICKS, before=TIMES)
    def same_last(self, picks: list[int], before: int) -> None:
        series = np.array(picks, np.int64) + 1
        want, got = (
            {
                number: (ts, np.float64(value).tobytes())
                for number, (ts, value) in one.last_before(series, before).items()
                if ts >= self.edge
            }
            for one in self.both()
        )
        assert got == want

    def teardown(self) -> None:
        try:
            self.same_in_the_end()
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    def same_in_the_end(self) -> None:
        if self.edge == -FOREVER:
            assert self.store.first_scrape_ms() == self.model.first_scrape_ms()
        self.reopen()
        for target in TARGETS:
            self.same_matrix(target, [0, 1, 2, 3, 4], T0 - 2 * DAY, 8 * DAY)
        self.same_selection(EVERYTHING, -FOREVER)
        self.same_last([0, 1, 2, 3, 4], FOREVER)
        for one in self.both():
            assert len(one.first_stored_ms(np.array([1, 5]))) == 2
        firsts = [one.layout(SERIES).first_ms.tolist() for one in self.both()]
        assert firsts[0] == firsts[1]
        held = [[one.series_of_target(t) for t in TARGETS] for one in self.both()]
        assert held[0] == held[1]
        assert all(first <= NEVER_MS for first in firsts[0])
        assert self.store.check() == []
        assert self.store.corrupt == 0


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=examples(25), stateful_step_count=20)
