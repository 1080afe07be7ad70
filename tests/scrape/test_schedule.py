"""When scrapes start and how they are stamped."""

import pytest

from kizashi.model.labels import Labels
from kizashi.model.scraping import ScrapeConfig
from kizashi.scrape.schedule import Schedule, phase_ms, places
from kizashi.scrape.targets import DiscoveredTarget


def target(number: int, interval_ms: int = 15_000):
    labels = Labels.of(job="api", instance=f"app-{number}:80")
    url = f"http://app-{number}:80/metrics"
    return DiscoveredTarget(ScrapeConfig("api"), labels, url, interval_ms, 10_000)


def test_targets_spread_over_the_interval():
    phases = [phase_ms(target(n), places(1_000)) for n in range(1_000)]

    per_second = [sum(p // 1_000 == s for p in phases) for s in range(15)]

    # 1,000 targets over 15 seconds: 66.7 expected in each, four deviations are 32.
    assert all(35 <= count <= 99 for count in per_second)


def test_a_phase_is_a_function_of_url_and_labels_and_places_alone():
    # printf 'http://app-7:80/metrics\n{instance="app-7:80",job="api"}' | sha256sum
    # begins with the 64 bits below; the middle of the sixth of 15 seconds.
    assert 0x8EA47B7364180AA0 % 15 == 13
    assert phase_ms(target(7), 15) == 13_500


@pytest.mark.parametrize(
    ("targets", "expected"), [(1, 15), (60, 15), (61, 16), (1_000, 250)]
)
def test_few_targets_share_moments_and_many_come_in_no_bursts(
    targets: int, expected: int
) -> None:
    assert places(targets) == expected


def test_no_scrape_is_planned_at_the_edge_of_a_slice():
    phases = {phase_ms(target(n), places(60)) for n in range(200)}

    assert phases == {500 + 1_000 * second for second in range(15)}


def test_the_first_scrape_is_at_the_phase_inside_the_interval():
    schedule = Schedule(15_000, phase=4_000, now_ms=1_000_010_000, mono_s=50.0)

    # 1,000,010,000 is 5,000 ms into its interval, so 14 s are left.
    assert schedule.next_s == pytest.approx(64.0)
    assert schedule.start(1_000_024_000, 64.0) == 1_000_024_000


def test_a_scrape_started_just_late_has_its_planned_stamp():
    schedule = Schedule(1_000, phase=0, now_ms=10_000, mono_s=0.0)

    assert schedule.start(10_010, 0.010) == 10_000
    schedule.advance(0.5)
    assert schedule.start(11_011, 1.011) == 11_011


def test_a_short_interval_still_has_two_milliseconds_of_tolerance():
    schedule = Schedule(100, phase=0, now_ms=10_000, mono_s=0.0)

    assert schedule.start(10_002, 0.002) == 10_000


def test_an_overrun_skips_the_ticks_it_missed():
    schedule = Schedule(1_000, phase=0, now_ms=10_000, mono_s=0.0)
    schedule.start(10_000, 0.0)

    schedule.advance(3.4)

    assert schedule.next_s == pytest.approx(4.0)
    assert schedule.start(14_000, 4.0) == 14_000


def test_a_scrape_that_took_its_whole_interval_does_not_miss_the_next_tick():
    schedule = Schedule(1_000, phase=0, now_ms=10_000, mono_s=0.0)
    schedule.start(10_000, 0.0)

    schedule.advance(1.004)

    assert schedule.next_s == pytest.approx(1.0)
    assert schedule.start(11_004, 1.004) == 11_000


@pytest.mark.parametrize("jump_ms", [-7_200_000, 3_600_000, 86_400_000])
def test_a_jump_of_the_time_of_day_moves_stamps_and_skips_nothing(jump_ms: int):
    schedule = Schedule(15_000, phase=0, now_ms=15_000, mono_s=0.0)
    schedule.start(15_000, 0.0)
    schedule.advance(0.1)

    assert schedule.next_s == pytest.approx(15.0)
    assert schedule.start(30_000 + jump_ms, 15.0) == 30_000 + jump_ms
    schedule.advance(15.1)
    assert schedule.next_s == pytest.approx(30.0)
    assert schedule.start(45_003 + jump_ms, 30.003) == 45_000 + jump_ms
