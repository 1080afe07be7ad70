"""Impossible figures: a state with its reason, a ticket, and no budget drawn from them."""

from decimal import Decimal

import pytest

from harness.ledger_world import LedgerWorld
from kizashi.alert.group import GroupedAlert
from kizashi.alert.wording import annotations
from kizashi.app.alerting import AlertTracker
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.app.standings import EngineOverview, standings_of
from kizashi.ledger.building import LedgerPlan
from kizashi.messages import LANGUAGES, render_sentences
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.ports.alerts import AlertChange
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import Phase
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.standing import Urgency
from kizashi.slo.starts import Starts
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
GOOD = Labels.of(__name__="good_total")
BAD = Labels.of(__name__="bad_total")
ALL = Labels.of(__name__="all_total")
BY_GOOD = RatioIndicator(
    valid=parse_selector("all_total"), good=parse_selector("good_total")
)
BY_BAD = RatioIndicator(
    valid=parse_selector("all_total"), bad=parse_selector("bad_total")
)


class Story:
    """A target that is scraped once a slice, its objective, and the alerts."""

    def __init__(
        self,
        indicator: Indicator,
        *,
        window_ms: int = 3_600_000,
        retention_ms: int | None = None,
    ) -> None:
        spec = ObjectiveSpec(
            "s", "a", Decimal("0.99"), RollingWindow(window_ms), indicator, job="j"
        )
        service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
        plan = LedgerPlan((service,), {"j": SLICE}, SLICE, retention_ms=retention_ms)
        self.world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)
        self.target = self.world.discover("j", "x", T0)
        self.alerting = AlertTracker()
        self.alerting.adopt(self.world.engine.built, T0)
        self.changes: list[AlertChange] = []
        self.now = T0
        self.totals: dict[Labels, float] = {}

    def scrape(self, **grown: float) -> None:
        """Let a slice pass in which counters grow, and step the alerts."""
        self.now += SLICE
        for name, amount in grown.items():
            key = Labels.of(__name__=f"{name}_total")
            self.totals[key] = self.totals.get(key, 0.0) + amount
        self.show(self.totals)

    def show(self, page: dict[Labels, float]) -> None:
        self.world.land(self.target, self.now, page)
        self.world.tick(self.now)
        if self.world.engine.built.shards:
            self.changes += self.alerting.evaluate()

    def restart(self) -> None:
        self.world.restart(self.now)

    def view(self, at: float | None = None) -> ObjectiveView:
        answers = EngineAnswers(self.world.engine, self.world.ledgers, list)
        [listed] = answers.objectives(at)
        told = answers.objective("s", "a", at)
        assert (listed.state, listed.fault) == (told.state, told.fault)
        [service] = answers.services()
        [standing] = self.standings()
        if at is None:
            assert service.state == told.state == standing.state
            assert standings_of([told], ())[0].level is standing.level
        return told

    def standings(self):
        answers = EngineAnswers(self.world.engine, self.world.ledgers, list)
        return EngineOverview(self.world.engine, answers, self.world.ledgers).standings(
            ()
        )

    def tickets(self) -> list[tuple[Phase, float]]:
        """Return the phase and the minutes of each change of the ticket."""
        return [
            (c.alert.state.phase, (c.at_ms - T0) / 60_000)
            for c in self.changes
            if c.alert.labels.get("alertname") == "InvalidFigures"
        ]


def test_more_good_events_than_valid_ones_are_no_budget_of_158_per_cent():
    story = Story(BY_GOOD)
    story.scrape(good=0, all=0)
    for _ in range(9):
        story.scrape(good=14, all=10)

    view = story.view()

    # 126 good of 90: 36 too many, and no slice holds more than 14.
    assert (view.state, view.good, view.valid) == ("invalid", 126, 90)
    assert view.fault is not None
    assert view.fault.code == "invalid.good-above-valid"
    assert view.fault.params == {
        "good": "126", "bad": "-36", "valid": "90", "largest": "14", "window": "1h"
    }  # fmt: skip
    budget = view.budget
    assert (view.sli, budget.remaining_ratio, budget.remaining) == (None, None, None)
    assert (budget.allowed, budget.minutes, budget.time_to_empty_s) == (None,) * 3
    assert all(burn.value is None for burn in view.burn_rates)
    assert "invalid" in {e.figure: e.result for e in view.explain}["sli"]
    [standing] = story.standings()
    assert standing.level is Urgency.INVALID
    assert standing.left_ratio is None


def test_requests_in_flight_make_single_slices_negative_and_nothing_invalid():
    story = Story(BY_GOOD)
    story.scrape(good=0, all=0)
    # Five requests are counted as good before they are counted at all, for ever.
    story.scrape(good=15, all=10)
    for _ in range(30):
        story.scrape(good=12, all=12)

    view = story.view()

    assert (view.valid - view.good, view.state, view.fault) == (-5, "live", None)
    assert view.sli is not None
    assert story.tickets() == []


def test_exactly_the_largest_slice_is_no_proof_and_one_more_event_is():
    story = Story(BY_BAD)
    story.scrape(bad=0, all=0)
    story.scrape(bad=9, all=5)
    story.scrape(bad=9, all=4)
    assert (story.view().state, story.view().fault) == ("live", None)

    story.scrape(bad=1, all=0)

    view = story.view()
    assert view.fault is not None
    assert view.fault.code == "invalid.bad-above-valid"
    assert (view.fault.params["bad"], view.fault.params["largest"]) == ("19", "9")


def test_bad_events_beside_a_valid_that_never_moves_are_invalid_and_a_ticket():
    story = Story(BY_BAD)
    story.scrape(bad=0, all=7)
    story.scrape(bad=5)
    assert story.view().fault is None
    for _ in range(19):
        story.scrape()
    # One slice alone may be a pair in flight; after five minutes it is none.
    assert story.view().fault is None
    story.scrape()

    view = story.view()

    assert view.fault is not None
    assert view.fault.code == "invalid.valid-stands"
    assert (view.fault.params["bad"], view.fault.params["valid"]) == ("5", "0")
    for _ in range(5):
        story.scrape()
    assert story.tickets() == [(Phase.FIRING, 6.5)]
    name = "InvalidFigures"
    [change] = [c for c in story.changes if c.alert.labels.get("alertname") == name]
    for language in LANGUAGES:
        alert = GroupedAlert(
            change.alert.id, change.alert.labels, change.at_ms, facts=change.alert.facts
        )
        said = annotations(alert, language)
        why = render_sentences(language, view.fault.code, **view.fault.params)
        assert why in said["description"]
        assert "{" not in said["summary"] + said["description"]


def test_a_page_beside_impossible_figures_says_why_and_names_no_budget():
    story = Story(BY_BAD)
    story.scrape(bad=0, all=7)
    for _ in range(30):
        story.scrape(bad=5)
    story.alerting.renew_facts()

    [page] = [
        alert
        for alert in story.alerting.alerts()
        if alert.labels.get("alertname") == "ErrorBudgetBurn"
        and alert.labels.get("severity") == "page"
    ]

    said = {
        language: annotations(
            GroupedAlert(page.id, page.labels, story.now, facts=page.facts), language
        )
        for language in LANGUAGES
    }
    assert (
        "150 bad events were counted in 1h and no valid one"
        in (said["en"]["description"])
    )
    assert "有効イベントが 1 件もありません。" in said["ja"]["description"]
    for each in said.values():
        assert "budget_left" not in each
        assert "no events were counted" not in each["description"]


def test_the_ticket_ends_when_the_figures_are_sound_again():
    story = Story(BY_BAD)
    story.scrape(bad=0, all=0)
    for _ in range(40):
        story.scrape(bad=2, all=1)
    assert [phase for phase, _ in story.tickets()] == [Phase.FIRING]
    for _ in range(4):
        story.scrape(all=100)

    assert [p for p, _ in story.tickets()] == [Phase.FIRING, Phase.RESOLVED]
    assert story.view().state == "live"
    assert story.view().budget.remaining_ratio is not None


def test_what_was_impossible_stays_so_when_asked_of_the_past_and_after_a_restart():
    story = Story(BY_BAD)
    story.scrape(bad=0, all=0)
    for _ in range(600):
        story.scrape(bad=2, all=1)
    then, before = story.now / 1000, story.view()
    for _ in range(300):
        story.scrape(all=50)
    story.restart()

    past = story.view(then)

    assert (past.state, past.fault) == (before.state, before.fault)
    assert past.budget == before.budget
    assert (story.view().state, story.view().fault) == ("live", None)


def test_a_large_slice_long_ago_explains_an_excess_for_as_long_as_it_is_in_the_window():
    story = Story(BY_BAD)
    story.scrape(bad=0, all=0)
    story.scrape(bad=30, all=30)
    for _ in range(100):
        story.scrape()
    for _ in range(15):
        story.scrape(bad=2, all=1)
    assert story.view().fault is None
    # 240 slices are an hour: the slice of 30 leaves with the 241st.
    for _ in range(240 - 116):
        story.scrape()
    assert story.view().fault is None
    for _ in range(41):
        story.scrape()

    view = story.view()

    assert view.fault is not None
    assert view.fault.params["largest"] == "2"


def latency_page(seconds: float, *edges: str) -> dict[Labels, float]:
    return {Labels.of(__name__="d_bucket", le=edge): seconds for edge in edges}


def test_a_threshold_that_is_no_edge_is_invalid_with_the_nearest_edges():
    story = Story(LatencyIndicator("d", Decimal("0.2")))
    edges = ("0.01", "0.05", "0.1", "0.25", "0.5", "1", "+Inf")
    for number in range(30):
        story.now += SLICE
        story.show(latency_page(10.0 * number, *edges))

    view = story.view()

    assert view.state == "invalid"
    assert view.fault is not None
    assert view.fault.code == "invalid.no-edge"
    assert view.fault.params == {"threshold": "0.2", "edges": "0.05, 0.1, 0.25, 0.5"}
    assert [phase for phase, _ in story.tickets()] == [Phase.FIRING]
    [standing] = story.standings()
    assert standing.level is Urgency.INVALID


def test_a_histogram_that_gains_the_edge_counts_and_is_invalid_no_more():
    story = Story(LatencyIndicator("d", Decimal("0.2")))
    for number in range(10):
        story.now += SLICE
        story.show(latency_page(10.0 * number, "0.1", "+Inf"))
    assert story.view().state == "invalid"
    for number in range(10, 20):
        story.now += SLICE
        story.show(latency_page(10.0 * number, "0.1", "0.2", "+Inf"))

    view = story.view()

    assert (view.state, view.fault) == ("live", None)
    assert [phase for phase, _ in story.tickets()] == [Phase.FIRING, Phase.RESOLVED]


@pytest.mark.parametrize(
    ("kept_h", "is_invalid"), [(1, False), (2, False), (0.5, True)]
)
def test_a_retention_shorter_than_the_window_is_invalid(
    kept_h: float, is_invalid: bool
):
    story = Story(BY_BAD, retention_ms=int(kept_h * 3_600_000))
    for _ in range(10):
        story.scrape(bad=0, all=10)

    view = story.view()

    assert (view.fault is not None) is is_invalid
    if view.fault is not None:
        assert view.fault.code == "invalid.retention"
        assert view.fault.params == {"window": "1h", "retention": "30m"}
        assert [phase for phase, _ in story.tickets()] == [Phase.FIRING]


def test_a_gauge_of_the_scraper_counted_as_a_counter_is_invalid_and_not_silent():
    up = RatioIndicator(valid=parse_selector("up"), bad=parse_selector("bad_total"))
    story = Story(up)
    for _ in range(10):
        story.scrape(bad=0)

    view = story.view()

    assert view.fault is not None
    assert (view.fault.code, view.fault.params) == ("invalid.gauge", {"metric": "up"})
    assert [phase for phase, _ in story.tickets()] == [Phase.FIRING]


START = Labels.of(__name__="process_start_time_seconds")


@pytest.mark.parametrize(
    ("starts", "is_invalid"),
    [
        # A balancer asks two processes by turns.
        ((1_000, 2_000, 1_000, 2_000, 1_000), True),
        # Restarts go forward, a rollout may go back once.
        ((1_000, 2_000, 3_000, 4_000, 5_000), False),
        ((1_000, 2_000, 1_000, 2_000, 2_000), False),
        # Worked out anew at every scrape.
        ((1_000.2, 1_000.1, 1_000.2, 1_000.0, 1_000.1), False),
    ],
)
@pytest.mark.parametrize("restarts", [False, True])
def test_a_start_time_that_goes_back_again_and_again_is_invalid(
    starts: tuple[float, ...], *, is_invalid: bool, restarts: bool
):
    story = Story(BY_BAD)
    for number, start in enumerate(starts):
        story.now += SLICE
        story.show({ALL: 900.0 + 10 * number, BAD: 0.0, START: start})
    if restarts:
        story.restart()

    view = story.view()

    assert (view.fault is not None) is is_invalid
    if view.fault is not None:
        assert view.fault.code == "invalid.two-processes"
        assert view.fault.params == {"instance": "x"}


def test_samples_of_a_gauge_are_events_whichever_process_they_are_of():
    queue = ThresholdIndicator(
        parse_selector("queue_length"), SampleTest(Comparison.BELOW, Decimal(100))
    )
    story = Story(queue)
    gauge = Labels.of(__name__="queue_length")
    for number in range(10):
        story.now += SLICE
        story.show({gauge: 40.0, START: 1_000.0 + 500 * (number % 2)})

    assert (story.view().state, story.view().fault) == ("live", None)


def test_a_start_is_compared_with_one_of_the_last_ten_minutes_only():
    starts = Starts()
    for at_ms, started_s in ((0, 2_000), (600_000, 1_000), (600_001, 2_000)):
        starts.note(at_ms, started_s)
    starts.note(600_002, 1_000)
    assert not starts.alternates(600_002)

    starts.note(600_003, 2_000)
    starts.note(600_004, 1_000)

    assert starts.alternates(600_004)


def test_two_processes_are_forgotten_ten_minutes_after_they_stop_taking_turns():
    story = Story(BY_BAD)
    found = []
    for number in range(60):
        start = 1_000.0 if number in {1, 3} else 2_000.0
        story.now += SLICE
        story.show({ALL: 1_000.0 + number, BAD: 0.0, START: start})
        found.append(story.view().fault is not None)

    # Back at the second scrape and at the fourth; the first of the two is ten minutes,
    # forty scrapes, old at the 42nd.
    assert [n for n, is_odd in enumerate(found) if is_odd] == list(range(3, 41))
    assert [p for p, _ in story.tickets()] == [Phase.FIRING, Phase.RESOLVED]
