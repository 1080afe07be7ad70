"""A sample of a counter that is no number is no sample to rules either."""

from decimal import Decimal
from pathlib import Path

import pytest
from parity import JOB, at_edges, groups_of, promtool
from told_stories import BAD, FAILED, OK, STEP, Told, check

from kizashi.compiler._base import CompileOptions
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series, select
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import ObjectiveSpec

pytestmark = pytest.mark.peer("prometheus")

GOOD = RatioIndicator(valid=parse_selector("requests_total"), good=parse_selector(OK))
SLOW = LatencyIndicator("duration_seconds", Decimal("0.2"))
LOADED = ThresholdIndicator(
    parse_selector("load"), SampleTest(Comparison.BELOW, Decimal(100))
)
NO_NUMBERS = ("NaN", "Inf", "-Inf", "1.3e30", "-1.3e30")
PAGES = 'ALERTS{alertname="ErrorBudgetBurn",alertstate="firing",severity="page"}'


def test_a_counter_that_is_no_number_once_leaves_every_window_a_number(tmp_path: Path):
    """What grew across it, 4 and 200, is in no slice of rules: the ledger has it."""
    check(
        tmp_path,
        BAD,
        [
            Told(
                {OK: f"0 100 200 {none} 400", FAILED: f"10 10 {none} 14 17"},
                bad=[0, 0, 0, 0, 3],
                valid=[0, 100, 100, 0, 3],
                seen=[1] * 5,
                last={
                    f'{Series.WINDOW_BAD}{{window="2h"}}': 3,
                    f'{Series.WINDOW_VALID}{{window="2h"}}': 203,
                    # 3 of 203 × 0.1 that are allowed.
                    Series.BUDGET_REMAINING: 1 - 3 / 20.3,
                },
            )
            for none in NO_NUMBERS
        ],
    )


def test_an_outage_pages_beside_a_counter_that_is_no_number(tmp_path: Path):
    """The counter of another process is none for good; of this one all requests fail."""
    failing = " ".join(str(50 * n) for n in range(12))
    check(
        tmp_path,
        BAD,
        [
            Told(
                {
                    'requests_total{code="200",process="2"}': " ".join([none] * 12),
                    'requests_total{code="500",process="1"}': failing,
                },
                bad=[0, *[50] * 11],
                valid=[0, *[50] * 11],
                seen=[1] * 12,
                last={PAGES: 1},
            )
            for none in NO_NUMBERS
        ],
    )


def test_what_was_no_number_at_first_is_not_born_at_its_first_number(tmp_path: Path):
    """It was stored, so that nobody knows how much of the 5 is new; then 2 are."""
    check(
        tmp_path,
        BAD,
        [
            Told(
                {OK: "0 10 20 30 40", FAILED: f"_ {none} 5 5 7"},
                bad=[0, 0, 0, 0, 2],
                valid=[0, 10, 10, 10, 12],
            )
            for none in NO_NUMBERS
        ],
    )


def test_good_events_that_nobody_knows_do_not_look_bad(tmp_path: Path):
    """The counter counts neither as good nor as valid while it is no number."""
    check(
        tmp_path,
        GOOD,
        [
            Told(
                {OK: f"0 100 {none} 300 400", FAILED: "0 0 1 1 1"},
                bad=[0, 0, 1, 0, 0],
                valid=[0, 100, 1, 0, 100],
            )
            for none in NO_NUMBERS
        ],
    )


def test_requests_whose_threshold_nobody_knows_do_not_look_slow(tmp_path: Path):
    """Of the other process, 6 of 60 requests a slice are slow all the while."""
    bucket = 'duration_seconds_bucket{le="%s",process="%d"}'
    check(
        tmp_path,
        SLOW,
        [
            Told(
                {
                    bucket % ("0.2", 1): f"0 90 {none} 290 380 470",
                    bucket % ("+Inf", 1): "0 100 200 300 400 500",
                    bucket % ("0.2", 2): "0 54 108 162 216 270",
                    bucket % ("+Inf", 2): "0 60 120 180 240 300",
                },
                bad=[0, 16, 6, 6, 16, 16],
                valid=[0, 160, 60, 60, 160, 160],
            )
            for none in NO_NUMBERS
        ],
    )


def test_a_target_without_one_number_is_not_seen(tmp_path: Path):
    """Three scrapes fit into 2.5 intervals: one with a number among them is enough."""
    once = [
        Told(
            {FAILED: f"0 1 {none} {none} {none} 2"},
            bad=[0, 1, 0, 0, 0, 0],
            valid=[0, 1, 0, 0, 0, 0],
            seen=[1, 1, 1, 1, 0, 1],
        )
        for none in NO_NUMBERS
    ]
    always = [
        Told(
            {FAILED: f"0 1 {none} {none} {none} {none}"},
            bad=[0, 1, 0, 0, 0, 0],
            last={Series.SLICE_SEEN: 0},
        )
        for none in NO_NUMBERS
    ]
    check(tmp_path, BAD, [*once, *always])


def test_a_gauge_that_is_nan_is_no_event_and_one_that_is_infinite_is(tmp_path: Path):
    """With a limit of below 100: 50 is good, 150 and Inf are bad, -Inf is good."""
    check(
        tmp_path,
        LOADED,
        [
            Told(
                {"load": "50 NaN 150 Inf -Inf NaN NaN NaN NaN"},
                bad=[0, 0, 1, 1, 0, 0, 0, 0, 0],
                valid=[1, 0, 1, 1, 1, 0, 0, 0, 0],
                seen=[1, 1, 1, 1, 1, 1, 1, 0, 0],
            )
        ],
    )


def test_slices_that_older_rules_recorded_as_nan_do_not_beget_more(tmp_path: Path):
    """The last slice recorded is NaN, and no counter is there: the next one is 0."""
    spec = ObjectiveSpec(
        "s", "o", Decimal("0.9"), RollingWindow(86_400_000), BAD, job=JOB
    )
    quick, _ = groups_of([spec], CompileOptions(slice_ms=STEP, query_offset_ms=0))
    recorded = select(Series.SLICE_VALID, service="s", objective="o")

    said = promtool(
        tmp_path,
        at_edges(quick, STEP),
        [{"series": recorded, "values": "_ NaN"}],
        [
            {
                "expr": f"{recorded} == 0",
                "eval_time": "30s",
                "exp_samples": [{"labels": recorded, "value": 0}],
            }
        ],
        grid_ms=10_000,
        step_ms=STEP,
    )

    assert said == ""
