"""What is answered for a time past is what stood then, whatever happened since."""

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.ledger_world import LedgerWorld
from kizashi.alert.group import Integration
from kizashi.app.alerting import AlertTracker
from kizashi.app.answering import EngineAnswers
from kizashi.app.health import TargetHealth
from kizashi.errors import NotFoundError
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.ports.alert_service import AlertListView, DamagedSilencesView, NewSilence
from kizashi.ports.alerts import Attempt, DamagedSilences, SilenceMatcher
from kizashi.ports.outbox import Address, NewNotification, OutboxChange
from kizashi.promql.selectors import parse_selector
from kizashi.server.alert_recorder import AlertRecorder
from kizashi.server.alert_service import StoredAlertService
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.policy import CustomPair, CustomPolicy
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_alerts import MemoryAlerts
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

pytestmark = pytest.mark.anyio

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")
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
    policy=CustomPolicy(
        (CustomPair(12 * SLICE, 3 * SLICE, Decimal(10), Severity.PAGE),)
    ),
)
HOOK = Address("team", Integration("webhook", 0))


def plan(*specs: ObjectiveSpec, team: str = "blue") -> LedgerPlan:
    service = ServiceSpec(
        "s", LocalText("s", "s"), objectives=specs, labels=Labels.of(team=team)
    )
    return LedgerPlan((service,) if specs else (), {"j": SLICE}, SLICE)


class House:
    """A desk with a real engine, whose target counts what it is told to."""

    def __init__(self) -> None:
        self.world = LedgerWorld(MemorySamples(), MemoryLedger(), plan(SPEC), T0)
        self.target = self.world.discover("j", "x", T0)
        self.store, self.clock = MemoryAlerts(), ManualClock(T0)
        self.alerting = AlertTracker()
        self.recorder = AlertRecorder(
            self.alerting, self.store, self.clock, on_stored=lambda: None
        )
        answers = EngineAnswers(self.world.engine, self.world.ledgers, list)
        self.alert_service = StoredAlertService(
            self.world.engine,
            answers,
            self.recorder,
            self.store,
            self.clock,
            on_changed=lambda: None,
        )
        self.counts = {OK: 0.0, FAILED: 0.0}

    @property
    def now_s(self) -> float:
        return self.clock.now_ms() / 1000

    async def scrapes(self, count: int, counter: Labels) -> None:
        for _ in range(count):
            await self.clock.advance(SLICE / 1000)
            self.counts[counter] += 100
            self.world.land(self.target, self.clock.now_ms(), self.counts)
            self.world.tick(self.clock.now_ms())
            self.recorder.evaluate(is_newest=True)
            await self.recorder.step([], [])

    async def declare(self, plan: LedgerPlan) -> None:
        self.world.rebuild(plan, self.clock.now_ms())
        await self.recorder.adopt(self.world.engine.built)

    async def burning(self, at: float | None = None) -> list[AlertListView]:
        listed = await self.alert_service.alerts(at)
        return [a for a in listed if a.name == "ErrorBudgetBurn"]


@pytest.fixture
async def house() -> House:
    """A house in which the page fires."""
    made = House()
    await made.recorder.adopt(made.world.engine.built)
    await made.scrapes(20, OK)
    await made.scrapes(4, FAILED)
    return made


@pytest.mark.parametrize("change", [plan(), plan(SPEC, team="red")])
async def test_an_alert_of_what_is_declared_no_more_is_listed_at_its_time(
    house: House, change: LedgerPlan
) -> None:
    (fired,) = await house.burning()
    then_s = house.now_s
    await house.clock.advance(1)
    await house.declare(change)
    await house.scrapes(100, OK)
    assert await house.burning() == []

    (listed,) = await house.burning(then_s)
    assert (listed.id, listed.state, listed.labels) == (
        fired.id,
        "firing",
        {**fired.labels, "team": "blue"},
    )
    detail = await house.alert_service.alert(fired.id, then_s)
    assert detail.alert == listed
    assert detail.evidence is not None
    (pair,) = detail.evidence.pairs
    assert (pair.fires, pair.held) == (True, True)
    (told,) = [
        d
        for d in await house.alert_service.objective_alerts("s", "a", then_s)
        if d.alert.name == "ErrorBudgetBurn"
    ]
    assert told == detail
    # What it says today, it says too.
    assert (await house.alert_service.alert(fired.id)).alert.state == "inactive"
    with pytest.raises(NotFoundError):
        await house.alert_service.alert("0" * 16)


async def test_who_had_an_alert_in_hand_then_is_told(house: House) -> None:
    (fired,) = await house.burning()
    before_s = house.now_s
    await house.scrapes(1, FAILED)
    await house.alert_service.acknowledge(fired.id, "kei", "ceo")
    taken_s = house.now_s
    await house.scrapes(10, OK)

    (before,) = await house.burning(before_s)
    (after,) = await house.burning(taken_s)
    assert (before.acknowledged, before.held_back) == (None, None)
    assert after.acknowledged is not None
    assert (after.acknowledged.by, after.acknowledged.at) == ("kei", taken_s)
    assert after.acknowledged.remark == "ceo"
    assert after.held_back == "acknowledged"
    assert (after.state, after.since) == ("firing", fired.since)

    # A new episode is nobody's yet.
    await house.scrapes(6, FAILED)
    (again,) = await house.burning(house.now_s)
    assert (again.episode, again.acknowledged) == (2, None)


async def test_what_was_silenced_then_is_told_also_when_somebody_ended_it(
    house: House,
) -> None:
    before_s = house.now_s
    await house.scrapes(1, FAILED)
    matcher = SilenceMatcher("service", "=", "s")
    # Made for a time that began earlier: nobody was muted then.
    made = await house.alert_service.add_silence(
        NewSilence(
            (matcher,), house.now_s + 3600, "kei", "a drill", before_s - 60, "ci"
        )
    )
    muted_s = house.now_s
    await house.scrapes(1, FAILED)
    await house.alert_service.delete_silence(made.id, "night-shift")
    ended_s = house.now_s
    await house.scrapes(1, FAILED)

    held = {
        at: (await house.burning(at))[0].silenced_by
        for at in (before_s, muted_s, ended_s, house.now_s)
    }
    assert held == {before_s: (), muted_s: (made.id,), ended_s: (), house.now_s: ()}
    (listed,) = await house.alert_service.silences()
    assert (listed.state, listed.ends) == ("expired", ended_s)
    assert (listed.made_by, listed.ended_by) == ("ci", "night-shift")


async def test_a_notification_is_shown_as_it_stood_then(house: House) -> None:
    (fired,) = await house.burning()
    begin_ms = house.clock.now_ms()

    def owe(number: int) -> NewNotification:
        at_ms = begin_ms + number * 1_000
        ids = (fired.id,)
        return NewNotification(f"n{number}", HOOK, "{}:{}", ids, ids, "{}", at_ms)

    # More than one answer holds, all of them later.
    house.store.advance(lambda _: OutboxChange(new=tuple(map(owe, range(60)))))
    failed = Attempt("n0", begin_ms + 10, "notify.status", "HTTP 500")
    house.store.postpone(failed, begin_ms + 900, None)
    arrived = replace(failed, at_ms=begin_ms + 900, outcome="notify.delivered")
    house.store.delivered(arrived)

    then = await house.alert_service.alert(fired.id, (begin_ms + 500) / 1000)
    (shown,) = then.notifications
    assert (shown.id, shown.state, len(shown.attempts)) == ("n0", "pending", 1)
    later = await house.alert_service.alert(fired.id, (begin_ms + 900) / 1000)
    assert [(n.state, len(n.attempts)) for n in later.notifications] == [
        ("delivered", 2)
    ]


async def test_targets_of_a_job_that_relabelling_named_are_told_of_then(
    house: House,
) -> None:
    """Nothing is left of the job: neither its targets nor its name."""

    async def step(*down: bool) -> None:
        targets = [TargetHealth("renamed", each, SLICE) for each in down]
        await house.clock.advance(60)
        changes = house.alerting.evaluate_targets(targets, house.clock.now_ms())
        await house.recorder.keep(changes)

    await step(True, True)
    await step(True, True)
    down_s = house.now_s
    await step(False, False)
    await house.declare(plan())
    await house.clock.advance(3600)

    listed = await house.alert_service.alerts(down_s)
    (down,) = [a for a in listed if a.name == "TargetDown"]
    assert (down.state, down.labels["job"]) == ("firing", "renamed")
    assert down.facts == {"job": "renamed", "down": "2", "targets": "2"}
    detail = await house.alert_service.alert(down.id, down_s)
    assert detail.history[-1].why["down"] == "2"


async def test_a_loss_that_may_be_none_is_no_line_of_any_list(house: House) -> None:
    """A target that fails again after its loss was over: it waits, untold."""

    async def fail(count: int) -> None:
        for _ in range(count):
            await house.clock.advance(SLICE / 1000)
            house.world.land(house.target, house.clock.now_ms(), None)
            house.world.tick(house.clock.now_ms())
            house.recorder.evaluate(is_newest=True)
            await house.recorder.step([], [])

    async def losses(at: float | None) -> list[str]:
        return [
            a.state
            for a in await house.alert_service.alerts(at)
            if a.name == "DataLoss"
        ]

    await fail(12)
    assert await losses(None) == await losses(house.now_s) == ["firing"]
    await house.scrapes(4, OK)
    assert await losses(None) == await losses(house.now_s) == ["resolved"]
    await fail(5)
    assert await losses(None) == await losses(house.now_s) == []


async def test_damaged_silences_are_told_of_for_seven_days(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await house.alert_service.damaged_silences() is None
    asked: list[tuple[int, int]] = []

    def found(since_ms: int, now_ms: int) -> DamagedSilences:
        asked.append((since_ms, now_ms))
        return DamagedSilences(3, now_ms - 500)

    monkeypatch.setattr(house.store, "damaged_silences", found)
    now_ms = house.clock.now_ms()

    told = await house.alert_service.damaged_silences()
    assert told == DamagedSilencesView(3, now_ms / 1000 - 0.5)
    assert asked == [(now_ms - 7 * 24 * 3_600_000, now_ms)]
