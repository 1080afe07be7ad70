"""What is counted of series that appear, vanish, return, or are no numbers.

Each story is one row of the law: counted live, derived after a restart, by brute force
and from raw samples of a server.
"""

from decimal import Decimal

import pytest
from counting_stories import SLICE, Story, counted_raw

from harness.ledger_world import Config, LedgerWorld
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.blocks import BirthReason
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.sources import SourceKind
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
MINUTE = 4  # scrapes
RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)
OK, FAILED = (Labels.of(__name__="hits_total", code=code) for code in ("200", "500"))
#: What else is on a page.
OTHERS = {Labels.of(__name__="process_threads", number=str(n)): 1.0 for n in range(3)}


def page(failed: float | None = None, ok: float = 1.0) -> dict[Labels, float]:
    """Return a page with so many failures, or without that series."""
    return {OK: ok, **OTHERS} | ({} if failed is None else {FAILED: failed})


WITHOUT = page()


@pytest.fixture
def story() -> Story:
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(86_400_000), RATIO, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    plan = LedgerPlan((service,), {"j": SLICE}, SLICE)
    return Story(LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0), T0)


# Returns.


def test_a_counter_that_returns_after_a_restart_counts_where_it_returns(story: Story):
    """The last value that was stored is 5; nobody knows that it began at 0 again."""
    story.scrape(page(5), *[WITHOUT] * (25 * MINUTE), page(500))

    story.check(bad=495)


def test_a_counter_that_returns_below_its_last_value_counts_from_zero(story: Story):
    story.scrape(page(50), *[WITHOUT] * (25 * MINUTE), page(7))

    story.check(bad=7)


@pytest.mark.parametrize(("value", "bad"), [(40, 0), (43, 3)])
def test_a_counter_that_pages_left_out_for_six_minutes_goes_on(
    story: Story, value: float, bad: float
):
    story.scrape(page(40), *[WITHOUT] * (6 * MINUTE), page(value))

    story.check(bad=bad)


def test_a_counter_that_every_other_page_leaves_out_is_counted_whole(story: Story):
    story.scrape(WITHOUT, page(10), WITHOUT, page(12), WITHOUT, page(15))

    story.check(bad=15)


def test_growth_behind_a_rule_that_dropped_the_series_is_late(story: Story):
    story.scrape(page(5_000))
    story.configure("drops it")
    story.scrape(*[WITHOUT] * (10 * MINUTE))
    story.configure("a")
    story.scrape(page(5_030))

    story.check(bad=0, late=30)


def test_growth_behind_a_rule_is_on_time_where_the_server_hides_the_change(
    story: Story,
):
    """A server that keeps no report of its scrapes, and a note that says so."""
    story.scrape(page(5_000))
    story.configure("drops it")
    story.scrape(*[WITHOUT] * (10 * MINUTE))
    story.configure("a")
    story.scrape(page(5_030))
    last = story.now_ms // SLICE

    blind = counted_raw(story.world, story.first, last, reports=False)
    assert (blind.slices.bad.sum(), blind.late) == (30, ())
    assert blind.kind is SourceKind.RAW_UNREPORTED
    told = counted_raw(story.world, story.first, last)
    assert told.kind is SourceKind.RAW


def test_a_return_at_the_first_page_after_a_failed_scrape_may_be_late(story: Story):
    story.scrape(page(40), *[WITHOUT] * (6 * MINUTE), None, page(43))

    story.check(bad=0, late=3)


def test_a_return_after_a_pause_of_the_server_may_be_late(story: Story):
    """The page without the series is six minutes old: it may have been back since."""
    story.scrape(page(40), WITHOUT)
    story.kill(360_000)
    story.scrape(page(43))

    story.check(bad=0, late=3)


def test_a_return_where_labels_are_the_pages_own_may_be_late(story: Story):
    """The server that is federated may not have reached the target."""
    story.world.configure(story.target, Config(honor_labels=True), story.now_ms - 400)
    story.scrape(page(40), *[WITHOUT] * (6 * MINUTE), page(43))

    # Nobody tells us of a server's scrapes that it honors labels.
    story.check(bad=0, late=3, raw=(3, 0))


@pytest.mark.parametrize(
    ("gap_ms", "on_time", "late"),
    [(300_000, 30, 0), (300_001, 0, 30), (600_000, 0, 30)],
)
def test_growth_while_the_server_was_killed(
    story: Story, gap_ms: int, on_time: float, late: float
):
    """The dead write no markers."""
    story.scrape(page(100))
    story.kill(gap_ms)
    story.scrape(page(130))

    story.check(bad=on_time, late=late)


def test_a_series_that_a_killed_server_came_back_without_is_no_outage(story: Story):
    """Killed, restarted with a rule that drops it, and rolled back after 303 s."""
    story.scrape(page(5_000))
    story.configure("drops it")
    story.kill(18_000)
    story.scrape(*[WITHOUT] * 19)
    story.configure("a")
    story.scrape(page(5_000))

    story.check(bad=0)


def test_a_series_that_its_exporter_hides_from_a_restarted_server_goes_on(
    story: Story,
):
    story.scrape(page(5_000))
    story.kill(SLICE)
    story.scrape(*[WITHOUT] * 20, page(5_000), page(5_030))

    story.check(bad=30)


# Births.


def test_a_series_that_appears_on_a_page_that_was_good_before_is_born(story: Story):
    story.scrape(WITHOUT, page(5))

    story.check(bad=5)


def test_a_birth_beside_a_series_that_vanishes_is_one(story: Story):
    story.scrape(WITHOUT, {FAILED: 5.0, **OTHERS})

    story.check(bad=5)


def test_a_series_that_a_rule_no_longer_drops_is_no_birth(story: Story):
    story.configure("drops it")
    story.scrape(*[WITHOUT] * 8)
    story.configure("a")
    story.scrape(page(5_000))

    story.check(bad=0)


def test_series_that_a_new_rule_renames_are_no_births(story: Story):
    story.scrape(*[page(5_000)] * 3)
    story.configure("renames")
    story.scrape({k.merged({"zone": "a"}): v for k, v in page(5_000).items()})

    story.check(bad=0)


def test_failures_of_one_of_two_processes_behind_a_balancer_count_once(story: Story):
    one, other = page(7, ok=90), page(ok=40)
    story.scrape(other, *[one, other] * 6)

    story.check(bad=7)


# Created times.

CREATED, FAILED_CREATED = (
    one.merged({"__name__": "hits_created"}) for one in (OK, FAILED)
)
T0_S, DAY_S = T0 / 1000, 86_400


def created(ok_s: float, failed_s: float | None = None) -> dict[Labels, float]:
    """Return the created times of a page, in seconds after the discovery."""
    given = {CREATED: T0_S + ok_s}
    return given if failed_s is None else given | {FAILED_CREATED: T0_S + failed_s}


def test_the_first_failures_of_a_process_that_dates_all_by_its_start_count(
    story: Story,
):
    start = -DAY_S
    pages = [page() | created(start), page(5) | created(start, start)]
    story.scrape(*pages)

    story.check(bad=5)
    assert story.births() == [(BirthReason.ANY_CREATED, 5)]


def test_a_series_created_yesterday_is_no_outage(story: Story):
    """The server knows no created times and counts 5,000."""
    two_days = -2 * DAY_S
    first, then = created(two_days), created(two_days, -DAY_S)
    story.scrape(page() | first, page(5_000) | then, page(5_003) | then)

    story.check(bad=3, raw=(5_003, 0))
    assert story.births() == []


def test_a_created_time_alone_of_its_name_says_nothing(story: Story):
    story.scrape(page(), page(5) | {FAILED_CREATED: T0_S - DAY_S})

    story.check(bad=5)
    assert story.births() == [(BirthReason.ANY_CREATED, 5)]


@pytest.mark.parametrize(("behind_s", "bad"), [(599, 5), (600, 0)])
def test_the_clock_of_a_target_may_be_ten_minutes_behind(
    story: Story, behind_s: float, bad: float
):
    """Younger than that its events are of the last minutes in any case."""
    story.scrape(page() | created(-DAY_S))
    story.scrape(page(5) | created(-DAY_S, 1 - behind_s))

    story.check(bad=bad, raw=(5, 0))


def test_a_series_created_after_a_scrape_that_failed_is_born(story: Story):
    """A server counts a baseline; the explanation does not name what is proven."""
    story.scrape(WITHOUT, None, page(5) | created(-DAY_S, 16.5))

    story.check(bad=5, raw=(0, 0))
    assert story.births() == []


def test_a_series_created_after_the_page_before_is_born_behind_any_change(
    story: Story,
):
    story.scrape(WITHOUT)
    story.configure("b")
    story.scrape(page(5) | created(-DAY_S, 1.5))

    story.check(bad=5, raw=(0, 0))


def test_counters_that_are_restored_and_created_anew_invent_nothing(story: Story):
    story.scrape(page(5_000) | created(-DAY_S, -DAY_S), None)
    again = created(16.5, 16.5)
    story.scrape(page(5_000) | again, page(5_001) | again)

    story.check(bad=1)


def test_counters_that_are_restored_and_shown_after_ten_minutes_go_on(story: Story):
    story.scrape(page(5_000) | created(-DAY_S, -DAY_S))
    story.scrape(*[page() | created(16.5)] * (10 * MINUTE))
    story.scrape(page(5_002) | created(16.5, 16.5))

    story.check(bad=2)


def test_two_processes_behind_a_balancer_each_date_their_own_series(story: Story):
    """The page before was of the other process, which began at another time."""
    one = page(7, ok=90) | created(-DAY_S, -DAY_S)
    other = page(ok=40) | created(-2 * DAY_S)
    story.scrape(other, *[one, other] * 3)

    story.check(bad=7)


def test_a_new_target_that_restored_its_counters_has_no_births(story: Story):
    """Its process is younger than its discovery, and its counters are older."""
    own = {Labels.of(__name__="process_start_time_seconds"): T0_S + 0.5}
    story.scrape(page(5_000) | created(-DAY_S, -DAY_S) | own, page(5_001))

    story.check(bad=1)


def test_a_new_target_with_a_new_process_counts_from_zero(story: Story):
    own = {Labels.of(__name__="process_start_time_seconds"): T0_S + 0.5}
    story.scrape(page(3) | own, page(4))

    story.check(bad=4, raw=(1, 0))
    assert story.births() == [(BirthReason.NEW_PROCESS, 3)]


def test_a_series_without_a_created_time_says_so(story: Story):
    story.scrape(WITHOUT, page(5))

    assert story.births() == [(BirthReason.NO_CREATED, 5)]


# No numbers.

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("odd", [NAN, INF, -INF, 2.0**101, -(2.0**101)])
@pytest.mark.parametrize("scrapes", [1, 3, 6 * MINUTE])
def test_a_counter_grows_across_samples_that_are_no_numbers(
    story: Story, odd: float, scrapes: int
):
    story.scrape(page(10), *[page(odd)] * scrapes, page(14), page(15))

    story.check(bad=5)


@pytest.mark.parametrize("odd", [NAN, INF, -INF, 2.0**101])
@pytest.mark.parametrize("scrapes", [1, 6 * MINUTE])
def test_a_series_that_was_no_number_first_is_not_born(
    story: Story, odd: float, scrapes: int
):
    story.scrape(WITHOUT, *[page(odd)] * scrapes, page(5), page(6))

    story.check(bad=1)
