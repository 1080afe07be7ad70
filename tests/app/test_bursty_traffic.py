"""A budget counts events: what averages of ratios make of bursty traffic is wrong.

Scrapes every 15 seconds through half a day, counted by hand.
"""

from decimal import Decimal

import pytest

from harness.ledger_world import LedgerWorld
from kizashi.app.answering import EngineAnswers
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
HOUR = 3_600_000
T0 = 1_800_000_000_000 // HOUR * HOUR
GOOD = Labels.of(__name__="requests_total", code="200")
BAD = Labels.of(__name__="requests_total", code="500")
RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)


def world_at(now_ms: int) -> LedgerWorld:
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.999"), RollingWindow(12 * HOUR), RATIO, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    plan = LedgerPlan((service,), {"j": SLICE}, SLICE)
    return LedgerWorld(MemorySamples(), MemoryLedger(), plan, now_ms)


@pytest.mark.parametrize(
    ("quiet", "busy", "bad", "valid", "error_percent"),
    [
        # 11 h x 60 clean, then 60 x 6,000 of which a tenth fail:
        # 36,000 of 360,660. The mean of the hours' ratios would be 0.83 %.
        ((1, 0), (6_000, 600), 36_000, 360_660, 9.98),
        # 11 h at 6,000 a minute clean, then 60 requests that all fail:
        # 60 of 3,960,060. The mean of the hours' ratios would be 8.3 %.
        ((6_000, 0), (1, 1), 60, 3_960_060, 0.0015),
    ],
)
def test_bursty_traffic_counts_events_and_not_ratios(
    quiet: tuple[int, int],
    busy: tuple[int, int],
    bad: int,
    valid: int,
    error_percent: float,
) -> None:
    world = world_at(T0)
    target = world.discover("j", "x", T0)
    good_so_far, bad_so_far = 0, 0
    world.land(target, T0, {GOOD: 0.0, BAD: 0.0})
    for scrape in range(1, 12 * 240 + 1):
        now = T0 + SLICE * scrape
        a_minute, failing = quiet if scrape <= 11 * 240 else busy
        # A quarter of a minute's requests each scrape; one a minute comes in the first.
        share = (4 if scrape % 4 == 1 else 0) if a_minute == 1 else 1
        good_so_far += (a_minute - failing) * share // 4
        bad_so_far += failing * share // 4
        world.tick(now - 1)
        world.land(target, now, {GOOD: float(good_so_far), BAD: float(bad_so_far)})
    world.tick(T0 + 12 * HOUR)

    view = EngineAnswers(world.engine, world.ledgers, list).objective("s", "a")

    assert (view.valid, view.valid - (view.good or 0)) == (valid, bad)
    assert view.sli == pytest.approx(1 - bad / valid, abs=1e-15)
    assert 100 * (1 - (view.sli or 0)) == pytest.approx(error_percent, rel=0.011)
    assert view.coverage == 1.0
