"""Corners of the ledger where a number went wrong once: hostile, rare or badly timed."""

from decimal import Decimal

from kizashi.app.alerting import Alerting
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.app.engine import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.matchers import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.ledger_world import LedgerWorld
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
DAY = 86_400_000
RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")


def plan(
    indicator: Indicator = RATIO,
    *,
    window_ms: int = DAY,
    job: str | None = "j",
    jobs: tuple[str, ...] = ("j",),
    slice_ms: int = SLICE,
) -> LedgerPlan:
    spec = ObjectiveSpec("s", "a", Decimal("0.99"), window_ms, indicator, job=job)
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    return LedgerPlan((service,), dict.fromkeys(jobs, slice_ms), slice_ms)


def world_of(story: LedgerPlan) -> LedgerWorld:
    return LedgerWorld(MemorySamples(), MemoryLedger(), story, T0)


def ask(world: LedgerWorld) -> ObjectiveView:
    return EngineAnswers(world.engine, world.ledgers, list).objective("s", "a")


def spent_and_valid(world: LedgerWorld) -> tuple[float, float]:
    view = ask(world)
    return view.budget.spent, view.valid


def test_counters_too_vast_to_count_neither_stop_the_ledger_nor_spend() -> None:
    """Two such series add up to infinity, on which the arithmetic of firing ends."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    vast = [FAILED.merged({"path": path}) for path in "ab"]
    world.land(target, T0 + 7_000, {OK: 0.0, **dict.fromkeys(vast, 0.0)})
    world.land(target, T0 + 22_000, {OK: 5.0, **dict.fromkeys(vast, 1.7e308)})
    world.tick(T0 + 60_000)
    alerting = Alerting()
    alerting.adopt(world.engine.built, T0)

    assert alerting.evaluate() is not None
    assert spent_and_valid(world) == (0, 5)
