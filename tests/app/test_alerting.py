"""From samples to changes of alerts: rules 9 and 14 to 16."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from harness.ledger_world import Config, LedgerWorld
from kizashi.alert.kinds import own_conditions
from kizashi.alert.kinds._base import DeadLetter, LabelledCondition, SelfKnowledge
from kizashi.app.alerting import AlertTracker
from kizashi.app.health import TargetHealth
from kizashi.errors import NotFoundError
from kizashi.ledger.building import Built, LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.upstream import RunningAlert
from kizashi.model.windows import RollingWindow
from kizashi.ports.alerts import AlertChange
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import Ending, Phase
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import (
    LocalText,
    NoData,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)
from kizashi.slo.policy import CustomPair, CustomPolicy
from kizashi.testing.memory_alerts import MemoryAlerts
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
MINUTE = 60_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")


def objective(
    *,
    target: str = "0.999",
    policy: CustomPolicy | None = None,
    no_data: NoData = NoData.FREEZE,
    for_ms: int = 0,
) -> ObjectiveSpec:
    more = {} if policy is None else {"policy": policy}
    return ObjectiveSpec(
        "s",
        "a",
        Decimal(target),
        RollingWindow(30 * 86_400_000),
        RatioIndicator(
            valid=parse_selector("requests_total"),
            bad=parse_selector('requests_total{code="500"}'),
        ),
        job="j",
        no_data=no_data,
        for_ms=for_ms,
        **more,
    )


class Story:
    """One target, scraped every interval, and the alerts that follow."""

    def __init__(
        self, *specs: ObjectiveSpec, interval_ms: int = SLICE, slice_ms: int = SLICE
    ) -> None:
        service = ServiceSpec(
            "s",
            LocalText("s", "s"),
            objectives=specs or (objective(),),
            runbooks=(RunbookRef("a", "rollback"),),
            labels=Labels.of(team="blue"),
        )
        plan = LedgerPlan((service,), {"j": interval_ms}, slice_ms)
        self.world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)
        self.interval_ms, self.slice_ms = interval_ms, slice_ms
        self.target = self.world.discover("j", "x", T0, Config(interval_ms=interval_ms))
        self.alerting = AlertTracker()
        self.alerting.adopt(self.world.engine.built, T0)
        self.now = T0
        self.ok = self.bad = 0
        self.changes: list[AlertChange] = []

    def scrape(self, ok: int = 0, bad: int = 0, *, up: bool = True) -> None:
        """Let one interval pass, its events at its end, and step the alerts."""
        self.land(ok, bad, up=up)
        self.step()

    def land(self, ok: int = 0, bad: int = 0, *, up: bool = True) -> None:
        """Let one interval pass, its events at its end."""
        self.now += self.interval_ms
        self.ok, self.bad = self.ok + ok, self.bad + bad
        page = {OK: float(self.ok), FAILED: float(self.bad)}
        self.world.land(self.target, self.now, page if up else None)

    def catch_up(self) -> None:
        """Close everything that is due at once, as after a stall."""

        def passing() -> None:
            self.changes += self.alerting.evaluate(is_newest=False)

        self.world.tick(self.now, between=passing)
        self.changes += self.alerting.evaluate()

    def step(self) -> None:
        before = self.world.engine.built
        while self.shard.ledger.newest * self.slice_ms < self.now:
            edge = (self.shard.ledger.newest + 1) * self.slice_ms
            self.world.tick(edge)
            if self.world.engine.built is not before:
                self.changes += self.alerting.adopt(self.world.engine.built, self.now)
            self.changes += self.alerting.evaluate()

    @property
    def shard(self):
        return self.world.engine.built.shards[0]

    def told(self, name: str = "ErrorBudgetBurn") -> list[tuple[str, Phase, float]]:
        """Return severity, phase and minutes since the start of each change."""
        return [
            (
                c.alert.labels.get("severity"),
                c.alert.state.phase,
                (c.at_ms - T0) / MINUTE,
            )
            for c in self.changes
            if c.alert.labels.get("alertname") == name
        ]


def test_rule_9_a_service_that_is_a_minute_old_pages_as_fast() -> None:
    story = Story()
    story.scrape(0)
    for _ in range(4):
        story.scrape(0, 100)
    assert story.told()[0][:2] == ("page", Phase.FIRING)


def test_a_ratio_exactly_at_a_limit_never_fires() -> None:
    short = CustomPolicy(
        (CustomPair(40 * SLICE, 4 * SLICE, Decimal(10), Severity.PAGE),)
    )
    story = Story(objective(target="0.99", policy=short))
    for _ in range(120):
        story.scrape(90, 10)
    assert story.told() == []
    story.scrape(89, 11)
    story.scrape(89, 11)
    story.scrape(89, 11)
    story.scrape(89, 11)
    assert [t[:2] for t in story.told()] == [("page", Phase.FIRING)]


def test_an_incident_fires_resolves_and_carries_what_a_reader_needs() -> None:
    short = CustomPolicy(
        (CustomPair(40 * SLICE, 4 * SLICE, Decimal(10), Severity.PAGE),)
    )
    story = Story(objective(target="0.99", policy=short))
    for _ in range(50):
        story.scrape(100)
    for _ in range(20):
        story.scrape(50, 50)
    for _ in range(10):
        story.scrape(100)
    assert [t[:2] for t in story.told()] == [
        ("page", Phase.FIRING),
        ("page", Phase.RESOLVED),
    ]
    fired = story.changes[0].alert
    assert fired.labels.as_dict() == {
        "alertname": "ErrorBudgetBurn",
        "service": "s",
        "objective": "a",
        "severity": "page",
        "team": "blue",
    }
    assert fired.runbook == "rollback"
    assert (fired.facts["long"], fired.facts["short"]) == ("10m", "1m")
    assert fired.facts["factor"] == 10
    # 50 % errors for 9 of 40 slices is 11.25 % of the window: burn 11.25.
    assert fired.facts["long_burn"] > 10
    assert story.changes[1].alert.state.ending is Ending.DATA


def test_rule_15_a_dead_target_freezes_the_alert_and_data_ends_it() -> None:
    story = Story()
    for _ in range(20):
        story.scrape(100)
    for _ in range(20):
        story.scrape(0, 100)
    for _ in range(400):
        story.scrape(up=False)
    page = [t for t in story.told() if t[0] == "page"]
    assert [t[1] for t in page] == [Phase.FIRING, Phase.FROZEN]
    for _ in range(600):
        story.scrape(100)
    page = [t[1] for t in story.told() if t[0] == "page"]
    assert page == [Phase.FIRING, Phase.FROZEN, Phase.RESOLVED, Phase.INACTIVE]


@pytest.mark.parametrize(("bad", "slices"), [(100, 4), (50, 7), (2, None)])
def test_rule_9_a_page_comes_with_the_slice_in_which_the_limit_is_exceeded(
    bad: int, slices: int | None
) -> None:
    """0.0144 of 240 slices of 100 events each: 345.6 bad events, so 4, 7 and never.

    Six hours of 0.006 are 864: two of a hundred are 480 then, and 240 in an hour.
    """
    story = Story()
    for _ in range(240):
        story.scrape(100)
    onset = story.now
    for _ in range(120):
        story.scrape(100 - bad, bad)
    pages = [at for severity, _, at in story.told() if severity == "page"]
    due = [] if slices is None else [(onset - T0 + slices * SLICE) / MINUTE]
    assert pages == due


def test_rule_16_lost_data_pages_after_the_shortest_window() -> None:
    story = Story()
    for _ in range(60):
        story.scrape(10)
    lost = story.now
    for _ in range(60):
        story.scrape(up=False)
    [(severity, phase, at)] = story.told("DataLoss")
    assert (severity, phase) == ("page", Phase.FIRING)
    # The 5 m window is half empty 2.5 min after the last seen slice (37.5 s after the
    # last scrape); then it stays so for 5 min.
    waited_s = (at - (lost - T0) / MINUTE) * 60
    assert 37.5 + 150 + 300 - 30 <= waited_s <= 37.5 + 150 + 300 + 45
    for _ in range(30):
        story.scrape(10)
    assert [t[1] for t in story.told("DataLoss")] == [Phase.FIRING, Phase.RESOLVED]


def test_rule_16_series_that_are_gone_while_the_target_answers_are_a_ticket() -> None:
    story = Story()
    for _ in range(60):
        story.scrape(10)
    for _ in range(60):
        story.now += SLICE
        story.world.land(story.target, story.now, {Labels.of(__name__="other"): 1.0})
        story.step()
    [(severity, phase, _)] = story.told("DataLoss")
    assert (severity, phase) == ("ticket", Phase.FIRING)


def test_rule_16_a_fresh_start_is_no_loss() -> None:
    story = Story()
    for _ in range(60):
        story.scrape(10)
    assert story.told("DataLoss") == []


def test_no_data_good_loses_nothing() -> None:
    story = Story(objective(no_data=NoData.GOOD))
    for _ in range(30):
        story.scrape(10)
    for _ in range(80):
        story.scrape(up=False)
    assert story.told("DataLoss") == []


def test_for_delays_the_page_by_as_much() -> None:
    fast, slow = Story(), Story(objective(for_ms=120_000))
    for story in (fast, slow):
        story.scrape(0)
        for _ in range(40):
            story.scrape(0, 100)
    at = next(t[2] for t in fast.told() if t[:2] == ("page", Phase.FIRING))
    later = next(t[2] for t in slow.told() if t[:2] == ("page", Phase.FIRING))
    assert later - at == 2


def test_a_restart_goes_on_with_timers_and_fires_nothing_twice() -> None:
    story = Story(objective(for_ms=120_000))
    story.scrape(0)
    for _ in range(6):
        story.scrape(0, 100)
    pending = story.alerting.alerts()
    assert {a.state.phase for a in pending} >= {Phase.PENDING}
    story.world.restart(story.now)
    story.alerting = AlertTracker()
    story.alerting.restore(pending, story.now)
    story.changes += story.alerting.adopt(story.world.engine.built, story.now)
    for _ in range(10):
        story.scrape(0, 100)
    fired = [t for t in story.told() if t[:2] == ("page", Phase.FIRING)]
    assert len(fired) == 1
    began = next(c for c in story.changes if c.alert.state.phase is Phase.PENDING)
    assert fired[0][2] * MINUTE + T0 - began.at_ms == 120_000


@pytest.mark.parametrize(("away_min", "waits_anew"), [(50, False), (65, True)])
def test_a_wait_goes_on_after_a_restart_but_not_after_an_hour_of_nothing(
    away_min: int, waits_anew: bool
) -> None:
    story = Story(objective(for_ms=10 * MINUTE))
    story.scrape(0)
    for _ in range(8):
        story.scrape(0, 100)
    pending = story.alerting.alerts()
    assert {a.state.phase for a in pending} == {Phase.PENDING}
    story.now += away_min * MINUTE
    story.world.restart(story.now)
    story.alerting = AlertTracker()
    story.alerting.restore(pending, story.now)
    story.alerting.adopt(story.world.engine.built, story.now)
    back = story.now
    while not any(phase is Phase.FIRING for _, phase, _ in story.told()):
        story.scrape(0, 100)
    waited = story.changes[-1].at_ms - back
    assert (waited >= 10 * MINUTE) == waits_anew
    assert waited <= 11 * MINUTE


def test_what_is_held_is_told_when_it_changes_though_the_phase_does_not() -> None:
    """The next process goes on with it: one pair may end, and the other must not."""
    policy = CustomPolicy(
        (
            CustomPair(12 * SLICE, 3 * SLICE, Decimal(10), Severity.PAGE),
            CustomPair(60 * SLICE, 6 * SLICE, Decimal(5), Severity.PAGE),
        )
    )
    story = Story(objective(target="0.99", policy=policy))
    for _ in range(80):
        story.scrape(100)
    held = []
    for _ in range(10):
        story.scrape(0, 100)
        held += [alert.state.held for alert in story.alerting.moved()]
    assert [t[1] for t in story.told()] == [Phase.FIRING]
    assert held == [(True, True)]


def test_each_episode_has_a_number_of_its_own_also_after_calm_and_a_restart() -> None:
    policy = CustomPolicy(
        (CustomPair(12 * SLICE, 3 * SLICE, Decimal(10), Severity.PAGE),)
    )
    story, kept = Story(objective(target="0.99", policy=policy)), MemoryAlerts()
    story.scrape(0)
    for _ in range(3):
        for _ in range(5):
            story.scrape(0, 100)
        for _ in range(90):
            story.scrape(100)
        assert story.told()[-1][1] is Phase.INACTIVE
        kept.commit(story.changes, story.now)
        story.alerting = AlertTracker()
        story.alerting.restore(kept.every(), story.now)
        story.alerting.adopt(story.world.engine.built, story.now)
        for _ in range(5):
            story.scrape(0, 100)
        for _ in range(90):
            story.scrape(100)
    fired = [c.alert.state for c in story.changes]
    assert [s.episode for s in fired if s.phase is Phase.FIRING] == [1, 2, 3, 4, 5, 6]


def test_what_a_server_decided_stays_listed_though_no_objective_is_left() -> None:
    tracker, built = AlertTracker(), Built(LedgerPlan((), {}, SLICE, follows=True))
    down = Labels.of(alertname="TargetDown", job="api", severity="page")
    tracker.adopt(built, T0)
    tracker.follow([RunningAlert(down, is_firing=True, active_ms=T0)], T0)
    tracker.follow([], T0 + MINUTE)

    tracker.adopt(built, T0 + MINUTE)

    assert [a.state.phase for a in tracker.alerts()] == [Phase.RESOLVED]


def test_an_objective_that_is_gone_ends_its_alerts() -> None:
    story = Story()
    story.scrape(0)
    for _ in range(10):
        story.scrape(0, 100)
    story.world.rebuild(LedgerPlan((), {"j": SLICE}, SLICE), story.now)
    ends = story.alerting.adopt(story.world.engine.built, story.now)
    assert {c.alert.state.ending for c in ends} == {Ending.DELETED}
    assert {c.alert.labels.get("severity") for c in ends} >= {"page"}


def test_a_person_ends_an_alert_with_a_reason() -> None:
    story = Story()
    story.scrape(0)
    for _ in range(10):
        story.scrape(0, 100)
    page = next(
        a for a in story.alerting.alerts() if a.labels.get("severity") == "page"
    )
    change = story.alerting.resolve(page.id, "operator", "a drill", story.now)
    assert change.alert.state.ending is Ending.PERSON
    assert "a drill" in change.why
    with pytest.raises(NotFoundError):
        story.alerting.resolve(page.id, "operator", "again", story.now)


@pytest.mark.parametrize("for_ms", [0, 2 * SLICE])
def test_slices_that_close_late_are_looked_at_one_by_one(for_ms: int) -> None:
    """An incident that began and ended behind a stall: its history is the same."""
    policy = CustomPolicy(
        (CustomPair(12 * SLICE, 3 * SLICE, Decimal(10), Severity.PAGE),)
    )
    pages = [(100, 0)] * 20 + [(0, 100)] * 4 + [(100, 0)] * 4
    prompt, stalled = (
        Story(objective(target="0.99", policy=policy, for_ms=for_ms)) for _ in range(2)
    )
    for page in pages:
        prompt.scrape(*page)
        stalled.land(*page)
        if len(stalled.world.stories[stalled.target].scrapes) == 20:
            stalled.catch_up()
    stalled.catch_up()
    assert [t[1] for t in prompt.told()][-2:] == [Phase.FIRING, Phase.RESOLVED]
    assert stalled.told() == prompt.told()
    assert [c.why for c in stalled.changes] == [c.why for c in prompt.changes]


def test_slices_of_a_time_in_which_nothing_ran_are_not_looked_at() -> None:
    story = Story()
    for _ in range(40):
        story.scrape(100)
    looked: list[object] = []
    story.world.engine.tick(story.now + 12 * SLICE, lambda: looked.append(1))
    assert len(looked) == 11
    story.world.engine.tick(story.now + 12 * SLICE + 13 * SLICE, looked.clear)
    assert len(looked) == 11


def down(alerting: AlertTracker, now: int, *down: bool | None) -> list[AlertChange]:
    targets = [TargetHealth("j", each, SLICE) for each in down]
    return alerting.evaluate_targets(targets, now)


def test_rule_16_all_targets_failing_for_a_minute_is_a_page() -> None:
    alerting = AlertTracker()
    assert down(alerting, 0, True, True) == []
    assert down(alerting, 59_999, True, True) == []
    [change] = down(alerting, 60_000, True, True)
    assert change.alert.labels.as_dict() == {
        "alertname": "TargetDown",
        "job": "j",
        "severity": "page",
    }
    # No target at all says nothing: the alert goes on.
    assert down(alerting, 90_000) == []
    [change] = down(alerting, 120_000, False, True)
    assert change.alert.state.phase is Phase.RESOLVED


def test_a_target_that_is_down_is_named_with_its_error() -> None:
    alerting, changes = AlertTracker(), []
    for now in (T0, T0 + MINUTE):
        targets = [
            TargetHealth("j", True, SLICE, name, "scrape.status", (("status", "503"),))
            for name in ("b", "a")
        ]
        changes += alerting.evaluate_targets(targets, now)
    assert changes[-1].alert.facts == {
        "job": "j",
        "down": 2,
        "targets": 2,
        "instance": "a",
        "error": "scrape.status",
        "error.status": "503",
    }


def test_rule_16_some_targets_failing_for_ten_minutes_is_a_ticket() -> None:
    alerting = AlertTracker()
    assert down(alerting, 0, True, False) == []
    assert down(alerting, 599_999, True, False) == []
    [change] = down(alerting, 600_000, True, False)
    assert change.alert.labels.get("severity") == "ticket"
    [change] = down(alerting, 700_000, False, False)
    assert change.alert.state.phase is Phase.RESOLVED


def undelivered(dead: Mapping[str, DeadLetter], now_ms: int) -> list[LabelledCondition]:
    return own_conditions(SelfKnowledge(now_ms, dead=dead))


def test_a_dead_letter_is_an_alert_of_its_own_until_none_came_for_a_while() -> None:
    alerting = AlertTracker()
    assert alerting.evaluate_conditions(undelivered({}, 0), 0) == []
    dead = {"team": DeadLetter(1_000, "webhook", "HTTP 404")}
    [change] = alerting.evaluate_conditions(undelivered(dead, 1_000), 1_000)
    assert change.alert.labels.as_dict() == {
        "alertname": "NotificationFailed",
        "receiver": "team",
        "severity": "page",
    }
    assert change.alert.facts == {"kind": "webhook", "answer": "HTTP 404"}
    assert alerting.evaluate_conditions(undelivered(dead, 600_000), 600_000) == []
    [change] = alerting.evaluate_conditions(undelivered(dead, 601_000), 601_000)
    assert change.alert.state.phase is Phase.RESOLVED
