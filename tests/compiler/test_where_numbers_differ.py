"""What the ledger and rules count differently, and by how much: the handbook's list.

Rows of it that `test_one_law` has are not repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import nan
from pathlib import Path

import pytest
from parity import (
    JOB,
    T0,
    Page,
    Story,
    at_edges,
    groups_of,
    live,
    options_of,
    promtool,
)

from harness.ledger_world import LedgerWorld
from kizashi.ledger.building import LedgerPlan
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

pytestmark = pytest.mark.peer("prometheus")

MINUTE = 60_000
#: Scrapes and slices are a minute long, and scrapes come half a minute after an edge.
PHASE = 30_000
OK, FAILED = (Labels.of(__name__="requests_total", code=c) for c in ("200", "500"))
ALL, GOOD = (Labels.of(__name__=f"{name}_total") for name in ("all", "good"))
FAST, ANY = (Labels.of(__name__="d_seconds_bucket", le=le) for le in ("0.2", "+Inf"))
START = Labels.of(__name__="process_start_time_seconds")
BY_CODE = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
BY_GOOD = RatioIndicator(
    valid=parse_selector("all_total"), good=parse_selector("good_total")
)
SPEED = LatencyIndicator("d_seconds", Decimal("0.2"))


@dataclass(frozen=True)
class Row:
    """A story of one target, and its bad events on both sides."""

    indicator: Indicator
    pages: Sequence[Page | None]
    ledger: float
    rules: float


def two(valid: float, good: float) -> Page:
    return {ALL: valid, GOOD: good}


def buckets(fast: float | None, every: float) -> Page:
    return {ANY: every} if fast is None else {FAST: fast, ANY: every}


def codes(failed: float | None, ok: float = 100.0, **more: float) -> Page:
    told = {OK: ok, **({} if failed is None else {FAILED: failed})}
    return {**told, **({START: more["start_s"]} if more else {})}


ROWS = {
    # Ten requests a scrape, all good. The ledger has ten bad ones while good is no
    # number and ten fewer than none when it is one again; rules lose ten, twice.
    "only good is no number": Row(
        BY_GOOD,
        [*(two(10 * n, nan if n == 8 else 10 * n) for n in range(16))],
        0,
        20,
    ),
    # What is beyond 2^100 is no number; by how much it grows rules do not ask.
    "beyond all counting": Row(
        BY_CODE, [*[codes(2.0**101)] * 8, *[codes(2.0**101 + 2.0**60)] * 2], 0, 2.0**60
    ),
    # The whole waits for its part. Rules count neither for a slice, and then twenty
    # fast ones of ten.
    "a bucket is not on a page": Row(
        SPEED,
        [*(buckets(None if n == 8 else 10 * n, 10 * n) for n in range(16))],
        0,
        -10,
    ),
    # The process is younger than what the ledger knows of the target.
    "a new target's first page": Row(
        BY_CODE, [codes(5, start_s=(T0 + PHASE) / 1_000)] * 8, 5, 0
    ),
    # It had failed 400 times a day and an hour ago.
    "back after more than a day": Row(
        BY_CODE, [*[codes(400)] * 8, *[codes(None)] * 25 * 60, *[codes(500)] * 2], 100, 500
    ),
}  # fmt: skip


def spec_of(row: Row) -> ObjectiveSpec:
    return ObjectiveSpec(
        "s", "o", Decimal("0.9"), RollingWindow(86_400_000), row.indicator, job=JOB
    )


def story_of(row: Row) -> Story:
    own: list[tuple[int, Page | None]] = [
        (number * MINUTE + PHASE, page) for number, page in enumerate(row.pages)
    ]
    # So long that the last page's slice has closed.
    own.append((own[-1][0] + 2 * MINUTE, None))
    return Story(MINUTE, {"a": own})


@pytest.mark.parametrize("name", ROWS)
def test_the_ledger_has_its_side_of_each_difference(name: str):
    row = ROWS[name]

    lived = live(story_of(row), [spec_of(row)], MINUTE, every=10_000)

    assert sum(bad for bad, _, _ in lived.slices["o"]) == row.ledger


#: Rules look back over a day at each of its evaluations.
LONG = "back after more than a day"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.nightly] if name == LONG else [])
        for name in ROWS
    ],
)
def test_rules_have_their_side_of_each_difference(tmp_path: Path, name: str):
    row = ROWS[name]
    story = story_of(row)
    quick, _ = groups_of([spec_of(row)], options_of(story, MINUTE))
    total = {
        "expr": f"sum(sum_over_time({Series.SLICE_BAD}[2d]))",
        "eval_time": format_duration(story.end_ms),
        "exp_samples": [{"labels": "{}", "value": row.rules}],
    }

    said = promtool(
        tmp_path,
        at_edges(quick, MINUTE),
        list(story.series(PHASE)),
        [total],
        grid_ms=PHASE,
        step_ms=MINUTE,
    )

    assert said == ""


def test_a_changed_selector_is_counted_anew_and_by_rules_from_then_on(tmp_path: Path):
    old = ObjectiveSpec(
        "s", "o", Decimal("0.9"), RollingWindow(3_600_000), BY_CODE, job=JOB
    )
    wider = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code=~"5.."}'),
    )
    new = replace(old, indicator=wider)
    plans = [
        LedgerPlan((service_of(spec),), {JOB: MINUTE}, MINUTE) for spec in (old, new)
    ]
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plans[0], T0)
    target = world.discover(JOB, "a", T0)
    for number in range(21):
        at_ms = T0 + number * MINUTE + PHASE
        page = {
            OK: 100.0,
            FAILED: 5.0 * number,
            OK.merged({"code": "503"}): 1.0 * number,
        }
        world.land(target, at_ms, page)
        world.tick(at_ms + MINUTE)

    world.rebuild(plans[1], T0 + 21 * MINUTE + PHASE)

    # Twenty times five of the old kind, and twenty of the one that it left out.
    shard, member = world.engine.built.place["s", "o"]
    assert shard.window(member, 60).bad == 120
    quick, _ = groups_of([new], options_of(Story(MINUTE), MINUTE))
    recorded = [
        {"series": f'{series}{{service="s",objective="o"}}', "values": "_ 5 " * 20}
        for series in (Series.SLICE_BAD, Series.SLICE_VALID)
    ]
    window = {
        "expr": f'sum({Series.WINDOW_BAD}{{window="1h"}})',
        "eval_time": "20m",
        "exp_samples": [{"labels": "{}", "value": 100}],
    }
    groups = at_edges(quick, 20 * MINUTE)
    said = promtool(
        tmp_path, groups, recorded, [window], grid_ms=PHASE, step_ms=20 * MINUTE
    )
    assert said == ""


def service_of(spec: ObjectiveSpec) -> ServiceSpec:
    return ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
