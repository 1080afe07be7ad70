"""The month that never was: the same each time, plausible, and sound as a page."""

from collections import defaultdict

import numpy as np
import pytest
from demo.history import (
    DAY_MS,
    EDGES,
    INSTANCE,
    ROUTES,
    STEP_MS,
    TROUBLES,
    Trouble,
    counted,
    pages_of,
    past_until,
    rate_at,
)

from kizashi.wire.backfill import iter_backfill

#: Friday, 27 November 2026, 12:00 in Tokyo.
END_MS = 1_795_748_400_000
CRASH = (Trouble(0, 10 * 60 + 20, minutes=9, is_down=True),)


def test_the_same_seed_tells_the_same_story():
    first, again = (list(pages_of(past_until(END_MS, 2, 7), "a")) for _ in range(2))

    assert first == again
    assert first != list(pages_of(past_until(END_MS, 2, 8), "a"))


def test_people_come_by_day_and_on_weekdays():
    hours = END_MS + np.arange(0, 7 * 24) * 3_600_000
    rates = rate_at(hours)
    by_day = rates.reshape(7, 24).sum(axis=1)

    assert rates[2] == rates[:24].max()  # 14 o'clock
    assert rates[14] == rates[:24].min()  # two in the morning
    # Friday noon to Saturday noon, and so on: the second day lies within the weekend.
    assert by_day.argmin() == 1
    assert by_day[4] > by_day[1] * 1.5


@pytest.mark.parametrize("hours", range(0, 7 * 24, 23))
def test_every_trouble_is_there_and_the_last_days_are_calm(hours: int):
    """Whenever the demo is started."""
    end_ms = END_MS + hours * 3_600_000 + 1_234
    past = past_until(end_ms, 30, 1)
    bad, total = past.bad.sum(axis=0), (past.good + past.bad).sum(axis=0)
    size = len(past.ts_ms)

    for trouble in TROUBLES:
        inside = np.flatnonzero(trouble.covers(past.ts_ms))
        assert len(inside) == trouble.minutes
        assert past.up[inside].all() == (not trouble.is_down)
        if trouble.errors:
            share = bad[inside].sum() / total[inside].sum()
            assert share == pytest.approx(trouble.errors, rel=0.2)
        if trouble.is_slow:
            slow = past.buckets[:, EDGES.index("0.2") + 1 :, inside].sum()
            assert slow / total[inside].sum() == pytest.approx(0.12, rel=0.1)
    # Three days at a burn rate below one: nothing begins to fire at the seam.
    calm = slice(size - 3 * DAY_MS // STEP_MS, size)
    assert bad[calm].sum() / total[calm].sum() < 0.0005
    # The month has spent most of its budget, and not all of it.
    assert 0.4 < bad.sum() / (total.sum() * 0.0005) < 0.95
    assert (past.buckets.sum(axis=1) == past.good + past.bad).all()


def test_a_counter_starts_again_with_its_process():
    amounts = np.array([1.0, 2.0, 3.0, 4.0])

    assert counted(amounts, np.array([0, 0, 0, 0])).tolist() == [1, 3, 6, 10]
    assert counted(amounts, np.array([0, 0, 5, 5])).tolist() == [1, 3, 3, 7]


def test_a_page_is_what_the_service_would_have_shown():
    past = past_until(END_MS, 2, 1, CRASH)
    last: dict[str, float] = {}
    stamps = defaultdict(list)
    for page in pages_of(past, "todo-api"):
        for labels, ts_ms, value in iter_backfill(page.splitlines(keepends=True)):
            assert labels.get("job") == "todo-api"
            assert labels.get("instance") == INSTANCE
            last[str(labels)] = value
            stamps[labels.metric_name].append(ts_ms)

    assert sum(".total" in n or "_total{" in n for n in last) == 2 * len(ROUTES) + 1
    assert len(set(stamps["up"])) == 2 * 1_440
    # While nothing answered, up alone tells.
    assert len(set(stamps["http_requests_total"])) == 2 * 1_440 - 9
    for route in ROUTES:
        own = [n for n in last if route.method in n and f'route="{route.path}"' in n]
        count = next(last[n] for n in own if "_count{" in n)
        top = next(last[n] for n in own if 'le="+Inf"' in n)
        requests = sum(last[n] for n in own if n.startswith("http_requests_total"))
        assert count == top == requests > 0
    start_s = next(v for n, v in last.items() if n.startswith("process_start"))
    assert start_s == (END_MS - 91 * STEP_MS - STEP_MS / 2) / 1000
