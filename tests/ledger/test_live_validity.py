"""What is said of the newest figures is what will be said of them when they are past."""

from decimal import Decimal

import numpy as np
import pytest

from harness.ledger_world import LedgerWorld
from kizashi.app.readers import LiveReader
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.faults import Fault
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
BAD, GOOD, ALL = (
    Labels.of(__name__=f"{name}_total") for name in ("bad", "good", "all")
)
BY_GOOD = RatioIndicator(
    valid=parse_selector("all_total"), good=parse_selector("good_total")
)
BY_BAD = RatioIndicator(
    valid=parse_selector("all_total"), bad=parse_selector("bad_total")
)


class Told:
    """A target with two counters, and what is said of its objective."""

    def __init__(self, indicator: RatioIndicator, window_ms: int = 3_600_000) -> None:
        spec = ObjectiveSpec(
            "s", "a", Decimal("0.99"), RollingWindow(window_ms), indicator, job="j"
        )
        service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
        plan = LedgerPlan((service,), {"j": SLICE}, SLICE)
        self.world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)
        self.target = self.world.discover("j", "x", T0)
        self.now = T0
        self.page = {BAD: 0.0, GOOD: 0.0, ALL: 0.0}

    def grow(self, *, after: int = 1, **grown: float) -> None:
        """Scrape a page whose counters grew, some slices after the one before."""
        self.now += after * SLICE
        for name, amount in grown.items():
            self.page[Labels.of(__name__=f"{name}_total")] += amount
        self.world.land(self.target, self.now, self.page)
        self.world.tick(self.now)

    def faults(self) -> tuple[Fault | None, Fault | None]:
        """Return what is said of the newest slice, live and as of the past."""
        built = self.world.engine.built
        shard, member = built.place["s", "a"]
        live = LiveReader(shard, member, validity=built.validity[shard])
        past = LiveReader(shard, member)
        return live.fault(live.newest), past.fault(past.newest)


@pytest.mark.parametrize("restarts", [False, True])
def test_what_late_events_make_impossible_is_said_at_once(*, restarts: bool):
    told = Told(BY_BAD)
    told.grow()
    told.grow(bad=10, all=30)
    # Nobody looked for six minutes, twice: 60 late failures each time, of 5 requests.
    for _ in range(2):
        told.grow(after=24, bad=60, all=5)
    if restarts:
        told.world.restart(told.now)

    live, past = told.faults()

    assert past is not None
    # 130 of 40, and no slice and no gap holds more than 60.
    assert past.params["bad"] == "130"
    assert past.params["valid"] == "40"
    assert past.params["largest"] == "60"
    assert live == past


@pytest.mark.parametrize("seed", range(4))
def test_live_and_past_say_the_same_of_every_slice(seed: int):
    rng = np.random.default_rng(seed)
    # Half an hour: what was the largest slice leaves, again and again.
    told = Told(BY_GOOD if seed % 2 else BY_BAD, 1_800_000)
    part = "good" if seed % 2 else "bad"
    found = set()
    for _ in range(400):
        size = int(rng.choice([0, 1, 5, 50], p=[0.3, 0.4, 0.25, 0.05]))
        rare = rng.random(4) < (0.02, 0.05, 0.03, 0.01)
        more = int(rng.integers(3)) + 60 * int(rare[0])
        sides = {"all": size, part: size + more if rng.random() < 0.3 else size}
        if rare[3]:
            told.page = dict.fromkeys(told.page, 0.0)
        told.grow(after=int(rng.integers(21, 30)) if rare[2] else 1, **sides)
        if rare[1]:
            told.world.restart(told.now)

        live, past = told.faults()

        assert live == past
        found.add(past and past.code)
    assert len(found) > 1
    assert None in found
