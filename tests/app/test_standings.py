"""The worst first: by state, then by the fastest burn that is certain."""

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.alert_service import firing_page
from harness.ledger_world import LedgerWorld
from kizashi.app.answering import EngineAnswers
from kizashi.app.standings import EngineOverview, ObjectiveStanding, level_of
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.ports.alert_service import AlertListView
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.standing import Urgency
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE_MS = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
SCRAPES = 240


def spec(name: str) -> ObjectiveSpec:
    indicator = RatioIndicator(
        valid=parse_selector(f'requests_total{{s="{name}"}}'),
        bad=parse_selector(f'requests_total{{s="{name}",code="500"}}'),
    )
    return ObjectiveSpec(
        name, "a", Decimal("0.99"), RollingWindow(30 * 86_400_000), indicator, job="j"
    )


def plan(*names: str) -> LedgerPlan:
    services = tuple(
        ServiceSpec(n, LocalText(n, n), objectives=(spec(n),)) for n in names
    )
    return LedgerPlan(services, {"j": SLICE_MS}, SLICE_MS)


@pytest.fixture(scope="module")
def overview() -> EngineOverview:
    """An hour of three services: a tenth, a fiftieth and nothing fails."""
    world = LedgerWorld(
        MemorySamples(), MemoryLedger(), plan("fast", "slow", "well", "silent"), T0
    )
    target = world.discover("j", "x", T0)
    for number in range(SCRAPES):
        values = {}
        for name, bad in (("fast", 10), ("slow", 2), ("well", 0)):
            own = {"__name__": "requests_total", "s": name}
            values[Labels.of(**own, code="200")] = float((100 - bad) * number)
            values[Labels.of(**own, code="500")] = float(bad * number)
        world.land(target, T0 + number * SLICE_MS + 5_000, values)
    world.restart(T0 + SCRAPES * SLICE_MS)
    answers = EngineAnswers(world.engine, world.ledgers, list)
    return EngineOverview(world.engine, answers, world.ledgers)


def standing(
    overview: EngineOverview, name: str, *alerts: AlertListView
) -> ObjectiveStanding:
    return next(s for s in overview.standings(alerts) if s.service == name)


def alert(name: str, state: str, severity: str = "page") -> AlertListView:
    labels = {"service": name, "objective": "a", "severity": severity}
    return replace(firing_page().alert, labels=labels, state=state, severity=severity)


def test_a_burn_is_what_both_windows_of_a_pair_agree_on(overview: EngineOverview):
    fast = standing(overview, "fast")

    # A tenth fails where a hundredth may: 10 in every window that has events.
    assert fast.burning is not None
    assert fast.burning.rate == pytest.approx(10)
    assert (fast.burning.long, fast.burning.short) == ("1h", "5m")


def test_what_is_left_is_what_the_exact_figures_say(overview: EngineOverview):
    views = overview.objectives([(n, "a") for n in ("fast", "slow", "well")])

    for name in ("fast", "slow", "well"):
        left = standing(overview, name).left_ratio
        assert left == pytest.approx(views[name, "a"].budget.remaining_ratio)
    silent = standing(overview, "silent")
    assert (silent.left_ratio, silent.burning, silent.sli) == (None, None, None)
    assert standing(overview, "slow").sli == views["slow", "a"].sli


@pytest.mark.parametrize("back", [None, 0, 1, 100, SCRAPES + 10])
def test_a_list_says_of_each_what_is_said_of_it_alone(
    overview: EngineOverview, back: int | None
):
    at = None if back is None else (T0 + (SCRAPES - back) * SLICE_MS) / 1000
    keys = [(n, "a") for n in ("silent", "fast", "well", "slow")]

    views = overview.objectives([*keys, ("nobody", "a")], at)

    assert list(views) == keys
    for service, name in keys:
        alone = overview._answers.objective(service, name, at)
        assert views[service, name] == replace(alone, explain=(), notes=())


def test_without_alerts_data_that_lacks_comes_before_budgets_that_are_spent(
    overview: EngineOverview,
):
    levels = {s.service: s.level for s in overview.standings(())}

    assert levels == {
        "fast": Urgency.SPENT,
        "slow": Urgency.SPENT,
        "well": Urgency.CALM,
        "silent": Urgency.BLIND,
    }
    order = sorted(overview.standings(()), key=lambda s: s.rank)
    assert [s.service for s in order] == ["silent", "fast", "slow", "well"]


def test_the_worst_alert_of_an_objective_gives_its_level(overview: EngineOverview):
    found = standing(
        overview, "well", alert("well", "pending"), alert("well", "firing", "ticket")
    )

    assert found.level is Urgency.TICKET
    assert found.since == firing_page().alert.since


@pytest.mark.parametrize(
    ("state", "severity", "level"),
    [
        ("firing", "page", Urgency.PAGE),
        ("frozen", "page", Urgency.FROZEN),
        ("firing", "ticket", Urgency.TICKET),
        ("frozen", "ticket", Urgency.TICKET),
        ("pending", "page", Urgency.PENDING),
        ("resolved", "page", Urgency.CALM),
    ],
)
def test_an_alert_has_a_level(state: str, severity: str, level: Urgency):
    assert level_of(alert("x", state, severity)) is level


def test_what_was_declared_is_told_the_newest_first(overview: EngineOverview):
    declared = overview.declared("fast", "a")

    assert [(d.generation, d.target, d.window_s) for d in declared] == [
        (1, 0.99, 30 * 86_400)
    ]
    assert declared[0].until is None
    assert overview.declared("nobody", "a") == []


def test_an_unknown_objective_is_left_out(overview: EngineOverview):
    assert overview.objectives([("nobody", "a")]) == {}
    assert overview.jobs("fast") == frozenset({"j"})
