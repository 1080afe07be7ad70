"""Pages that once were missed, or rang for nothing, where things change under way."""

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.ledger_world import Config, LedgerWorld
from kizashi.app.alerting import AlertTracker
from kizashi.app.health import TargetHealth
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.ports.alerts import AlertChange
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import Phase
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, NoData, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
MINUTE = 60_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
OK = Labels.of(__name__="requests_total", code="200")
OTHER = Labels.of(__name__="other")
SPEC = ObjectiveSpec(
    "s",
    "a",
    Decimal("0.999"),
    RollingWindow(30 * 86_400_000),
    RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    ),
    job="j",
)


def plan(*specs: ObjectiveSpec) -> LedgerPlan:
    service = ServiceSpec("s", LocalText("s", "s"), objectives=specs or (SPEC,))
    return LedgerPlan((service,), {"j": SLICE}, SLICE)


class Story:
    """One target that answers with its counters, with others, or not at all."""

    def __init__(self) -> None:
        self.world = LedgerWorld(MemorySamples(), MemoryLedger(), plan(), T0)
        self.target = self.world.discover("j", "x", T0)
        self.alerting = AlertTracker()
        self.now = T0
        self.count = 0
        self.changes: list[AlertChange] = []
        self.adopt()

    def adopt(self) -> None:
        built = self.world.engine.built
        self.changes += self.alerting.adopt(built, self.now)

    def whole(self, scrapes: int) -> None:
        for _ in range(scrapes):
            self.count += 10
            self.scrape({OK: float(self.count)})

    def absent(self, scrapes: int) -> None:
        for _ in range(scrapes):
            self.scrape({OTHER: 1.0})

    def broken(self, scrapes: int) -> None:
        for _ in range(scrapes):
            self.scrape(None)

    def scrape(self, page: dict[Labels, float] | None) -> None:
        self.now += SLICE
        self.world.land(self.target, self.now, page)
        self.world.tick(self.now)
        self.changes += self.alerting.evaluate()

    def losses(self) -> list[tuple[str, Phase]]:
        return [
            (c.alert.labels.get("severity"), c.alert.state.phase)
            for c in self.changes
            if c.alert.labels.get("alertname") == "DataLoss"
        ]


def test_rule_16_a_loss_that_changes_its_kind_again_and_again_is_told_in_time() -> None:
    """The target answers without the series, fails, answers, fails."""
    story = Story()
    story.whole(60)
    for _ in range(6):
        story.absent(4)
        story.broken(4)
    assert [phase for _, phase in story.losses()] == [Phase.FIRING]


def test_rule_16_a_ticket_for_absent_series_does_not_hide_that_all_is_lost() -> None:
    story = Story()
    story.whole(60)
    story.absent(60)
    assert story.losses() == [("ticket", Phase.FIRING)]
    story.broken(60)
    assert story.losses() == [("ticket", Phase.FIRING), ("page", Phase.FIRING)]
    story.whole(30)
    assert sorted(story.losses()[2:]) == [
        ("page", Phase.RESOLVED),
        ("ticket", Phase.RESOLVED),
    ]


def test_rule_16_series_that_come_and_go_are_no_reason_for_a_page() -> None:
    """After a ticket the time of a page begins anew whenever the targets answer."""
    story = Story()
    story.whole(60)
    story.absent(60)
    for _ in range(30):
        story.broken(3)
        story.absent(4)
    assert story.losses() == [("ticket", Phase.FIRING)]


def test_rule_16_a_page_for_lost_data_stays_the_only_one_when_targets_answer() -> None:
    story = Story()
    story.whole(60)
    story.broken(60)
    story.absent(60)
    assert story.losses() == [("page", Phase.FIRING)]


def test_an_objective_that_cares_no_more_for_lost_data_ends_its_alert() -> None:
    story = Story()
    story.whole(60)
    story.broken(60)
    assert story.losses() == [("page", Phase.FIRING)]
    story.world.rebuild(plan(replace(SPEC, no_data=NoData.GOOD)), story.now)
    story.adopt()
    assert story.losses() == [("page", Phase.FIRING), ("page", Phase.RESOLVED)]


def test_an_ended_alert_of_an_objective_that_is_gone_is_not_listed_for_ever() -> None:
    story = Story()
    story.whole(60)
    story.broken(60)
    story.world.rebuild(LedgerPlan((), {"j": SLICE}, SLICE), story.now)
    story.adopt()
    assert [a.state.phase for a in story.alerting.alerts()] == [Phase.RESOLVED]
    story.alerting.evaluate_targets((), story.now + 15 * MINUTE - 1)
    assert [a.state.phase for a in story.alerting.alerts()] == [Phase.RESOLVED]
    [change] = story.alerting.evaluate_targets((), story.now + 15 * MINUTE)
    assert change.alert.state.phase is Phase.INACTIVE
    assert story.alerting.alerts() == []


def test_rule_16_no_targets_at_all_page_too() -> None:
    story = Story()
    story.whole(60)
    story.world.lose(story.target, story.now + 1)
    for _ in range(60):
        story.now += SLICE
        story.world.tick(story.now)
        story.changes += story.alerting.evaluate()
    assert story.losses() == [("page", Phase.FIRING)]


def test_rule_16_a_slow_target_that_is_gone_delays_no_page() -> None:
    story = Story()
    slow = story.world.discover("j", "old", T0, Config(interval_ms=3_600_000))
    story.world.lose(slow, T0 + 1)
    story.whole(60)
    lost = story.now
    story.broken(60)
    assert story.losses() == [("page", Phase.FIRING)]
    fired = next(c for c in story.changes if c.alert.state.phase is Phase.FIRING)
    assert fired.at_ms - lost < 10 * MINUTE


@pytest.mark.parametrize("is_known", [True, False])
def test_a_reload_ends_no_target_alert_of_a_job_that_relabelling_named(
    *, is_known: bool
) -> None:
    story = Story()
    story.world.discover("web", "y", T0, None, "j" if is_known else "gone")
    down = [TargetHealth("web", is_down=True, interval_ms=SLICE)]
    story.changes += story.alerting.evaluate_targets(down, T0)
    story.changes += story.alerting.evaluate_targets(down, T0 + MINUTE)
    story.world.rebuild(plan(), T0 + 2 * MINUTE)
    story.adopt()
    phases = [c.alert.state.phase for c in story.changes]
    assert phases == [Phase.FIRING, *([] if is_known else [Phase.RESOLVED])]


@pytest.mark.parametrize("hours", [1, 3])
def test_rule_16_time_asleep_is_no_time_of_loss(hours: int) -> None:
    """The machine sleeps just after the target has failed for a while.

    After more than two hours the ledger is built anew.
    """
    story = Story()
    story.whole(60)
    story.broken(14)
    story.now += hours * 3_600_000
    story.world.tick(story.now)
    story.adopt()
    story.changes += story.alerting.evaluate()
    story.whole(30)
    assert story.losses() == []
