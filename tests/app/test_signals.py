"""The golden signals: counted from samples, never extrapolated."""

import math

import pytest
from hypothesis import given, strategies as st

from harness.ledger_world import LedgerWorld
from kizashi.app.signals import Cut, Signals, read_signals
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.slo.signal_presets import PRESETS
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000
STEP = 60_000
NAMES = PRESETS["prometheus-client"]


def world() -> LedgerWorld:
    return LedgerWorld(
        MemorySamples(), MemoryLedger(), LedgerPlan((), {"j": 15_000}), T0
    )


def named(name: str, **labels: str) -> Labels:
    return Labels.of(__name__=name, **labels)


def requests(route: str = "/", status: str = "200") -> Labels:
    return named("http_requests_total", route=route, status=status)


def read(made: LedgerWorld, minutes: int, step_ms: int = STEP) -> Signals:
    cut = Cut(T0, T0 + minutes * STEP, step_ms)
    return read_signals(made.samples, ["j"], NAMES, cut)


def test_growth_belongs_to_the_step_of_the_later_sample():
    made = world()
    target = made.discover("j", "x", T0)
    for seconds, count in ((5, 100), (50, 110), (65, 150), (110, 160)):
        made.land(target, T0 + seconds * 1000, {requests(): count})

    found = read(made, 2)

    assert found.requests == (10, 50)
    assert found.at == (T0 / 1000 + 60, T0 / 1000 + 120)


def test_a_restart_counts_from_zero_and_a_first_value_is_a_baseline():
    made = world()
    target = made.discover("j", "x", T0)
    for seconds, count in ((5, 1000), (20, 1010), (35, 4)):
        made.land(target, T0 + seconds * 1000, {requests(): count})

    assert read(made, 1).requests == (14,)


def test_the_first_error_ever_counts():
    made = world()
    target = made.discover("j", "x", T0)
    made.land(target, T0 + 5_000, {requests(): 10})
    made.land(target, T0 + 20_000, {requests(): 20, requests(status="503"): 1})

    found = read(made, 1)

    assert found.errors == (1,)
    assert found.requests == (11,)


def test_growth_across_a_long_gap_is_in_no_step():
    made = world()
    target = made.discover("j", "x", T0)
    for minute, count in ((0.1, 10), (1, 20), (7, 500), (7.5, 505)):
        made.land(target, int(T0 + minute * STEP), {requests(): count})

    found = read(made, 8)

    assert sum(v or 0 for v in found.requests) == 15
    assert found.requests[2:6] == (None,) * 4


def test_targets_add_up_and_coverage_says_how_many_were_seen():
    made = world()
    one, two = made.discover("j", "x", T0), made.discover("j", "y", T0)
    for seconds in (5, 35, 65, 95):
        made.land(one, T0 + seconds * 1000, {requests(): seconds})
        values = {requests(): 2.0 * seconds} if seconds < 60 else None
        made.land(two, T0 + seconds * 1000, values)

    found = read(made, 2)

    assert found.requests == (90, 60)
    assert found.seen == (1.0, 0.5)
    assert found.coverage == 0.75


def test_a_target_counts_in_coverage_while_it_is_discovered():
    made = world()
    old, new = made.discover("j", "x", T0), None
    made.land(old, T0 + 5_000, {requests(): 1})
    made.lose(old, T0 + 58_000)
    new = made.discover("j", "y", T0 + 61_000)
    made.land(new, T0 + 65_000, {requests(): 1})

    assert read(made, 3).seen == (1.0, 1.0, 0.0)


def test_a_job_of_another_service_is_not_read():
    made = world()
    target = made.discover("other", "x", T0)
    for seconds in (5, 35):
        made.land(target, T0 + seconds * 1000, {requests(): seconds})

    assert read(made, 1).requests == (None,)


def test_routes_beyond_the_busiest_are_told_together():
    made = world()
    target = made.discover("j", "x", T0)
    for seconds in (5, 35):
        made.land(
            target,
            T0 + seconds * 1000,
            {requests(f"/{n}"): n * seconds for n in range(1, 12)},
        )

    found = read(made, 1)

    assert list(found.by_route) == [f"/{n}" for n in range(11, 3, -1)] + [""]
    assert found.by_route[""] == (30 * (1 + 2 + 3),)
    assert sum(v[0] or 0 for v in found.by_route.values()) == found.requests[0]


def test_latency_comes_from_buckets_whatever_order_they_are_in():
    made = world()
    target = made.discover("j", "x", T0)
    shares = {"+Inf": 100, "0.1": 50, "0.2": 90, "0.20": 0}
    for number, seconds in enumerate((5, 35)):
        made.land(
            target,
            T0 + seconds * 1000,
            {
                named("http_request_duration_seconds_bucket", le=edge): share * number
                for edge, share in shares.items()
            },
        )

    found = read(made, 1)

    assert found.edges == (0.1, 0.2, math.inf)
    assert [row[0] for row in found.heat] == [50, 40, 10]
    # Half lie at or below 0.1; the 95th is beyond the last finite edge.
    assert found.quantiles[0.5] == (pytest.approx(0.1),)
    assert found.quantiles[0.95] == (0.2,)


def test_histograms_of_different_edges_lie_beside_each_other():
    made = world()
    shares = {"x": {"0.2": 0, "+Inf": 1}, "y": {"0.1": 1, "5.0": 1, "+Inf": 1}}
    for instance, share in shares.items():
        target = made.discover("j", instance, T0)
        for number, seconds in enumerate((5, 35)):
            buckets = {
                named("http_request_duration_seconds_bucket", le=edge): 7 * number * n
                for edge, n in share.items()
            }
            made.land(target, T0 + seconds * 1000, buckets)

    found = read(made, 1)

    assert found.edges == (0.1, 0.2, 5.0, math.inf)
    assert [row[0] for row in found.heat] == [7, 0, 0, 7]


def test_saturation_is_cores_bytes_and_requests_under_way():
    made = world()
    target = made.discover("j", "x", T0)
    for number, seconds in enumerate((5, 35, 65, 95)):
        made.land(
            target,
            T0 + seconds * 1000,
            {
                named("process_cpu_seconds_total"): 15.0 * number,
                named("process_resident_memory_bytes"): 1e6 + number,
                named("http_requests_in_flight"): [3.0, 7.0, 1.0, 0.0][number],
            },
        )

    found = read(made, 2)

    assert found.cpu == (0.25, 0.5)
    assert found.memory == (1e6 + 1, 1e6 + 3)
    assert found.in_flight == (7, 1)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=40), st.integers(1, 10))
def test_the_steps_of_any_cut_add_up_to_the_counters_growth(
    growth: list[int], minutes: int
):
    made, total = world(), 1000
    target = made.discover("j", "x", T0)
    for number, more in enumerate(growth):
        total += more if number else 0
        made.land(target, T0 + 5_000 + number * 15_000, {requests(): total})

    found = read(made, 10, step_ms=minutes * STEP)

    assert sum(v or 0 for v in found.requests) == total - 1000


def test_the_newest_window_adds_up_steps_and_their_buckets():
    made = world()
    target = made.discover("j", "x", T0)
    for number in range(8):
        made.land(
            target,
            T0 + 5_000 + number * 30_000,
            {requests(): 10.0 * number, requests(status="500"): 1.0 * number},
        )

    newest = read(made, 4).newest(2)

    assert newest.seconds == 120
    assert newest.requests == 44
    assert newest.errors == 4
    assert newest.quantiles[0.95] is None
