"""The compiled rules and the embedded ledger agree on the same samples: rule 22.

Prometheus' own evaluator (promtool test rules) runs the rules; the ledger is asked at
the very times at which they are evaluated. Counts are equal integers, and alerts begin
and end at the same evaluation.
"""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from parity import (
    JOB,
    Page,
    Story,
    at_edges,
    groups_of,
    live,
    options_of,
    promtool,
    told,
)

from kizashi.compiler.objective_plan import BLOCK_MS, plan_objective
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series, select
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import NoData, ObjectiveSpec
from kizashi.slo.policy import CustomPair, CustomPolicy, Policy, PresetPolicy

pytestmark = pytest.mark.peer("prometheus")

SLICE = INTERVAL = 15_000
GRID = 5_000
#: A story in which a window stands exactly at its limit while partly covered.
TIED = 205
DAY = 86_400_000
FAST = Labels.of(__name__="duration_seconds_bucket", le="0.20")
ALL = Labels.of(__name__="duration_seconds_bucket", le="+Inf")
OTHER = Labels.of(__name__="other")


def code(number: str) -> Labels:
    return Labels.of(__name__="requests_total", code=number)


INDICATORS = {
    "bad": RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code=~"5.."}'),
    ),
    "good": RatioIndicator(
        valid=parse_selector("requests_total"),
        good=parse_selector('requests_total{code=~"2.."}'),
    ),
    "latency": LatencyIndicator("duration_seconds", Decimal("0.2")),
}


def specs(
    no_data: NoData = NoData.FREEZE,
    window_ms: int = 30 * DAY,
    policy: Policy | None = None,
) -> list[ObjectiveSpec]:
    targets = {"bad": "0.999", "good": "0.99", "latency": "0.95"}
    return [
        ObjectiveSpec(
            "s",
            name,
            Decimal(targets[name]),
            RollingWindow(window_ms),
            indicator,
            job=JOB,
            no_data=no_data,
            policy=policy or PresetPolicy(),
        )
        for name, indicator in INDICATORS.items()
    ]


def restless(seed: int, scrapes: int, interval_ms: int = INTERVAL) -> Story:
    """Resets, births, returns, failures, and gaps around five minutes."""
    rng = np.random.default_rng(seed)
    story = Story(interval_ms)
    for instance in ("a", "b"):
        counters: dict[Labels, float] = {}
        ts = int(rng.integers(1, interval_ms // GRID + 1)) * GRID
        own: list[tuple[int, Page | None]] = []
        down = 0
        while ts < scrapes * interval_ms:
            for name, often in (("200", 0.3), ("204", 0.3), ("500", 0.03)):
                if rng.random() < often:
                    more = int(rng.integers(0, 9))
                    counters[code(name)] = counters.get(code(name), 0) + more
            fast, slow = rng.integers(0, 5, 2)
            for labels, more in ((FAST, fast), (ALL, fast + slow)):
                counters[labels] = counters.get(labels, 0) + int(more)
            happens = rng.random()
            if happens < 0.01:
                counters = {}
            elif happens < 0.02:
                down = int(rng.choice([1, 2, 3, 18, 19, 20, 21, 25]))
            elif happens < 0.03:
                counters.pop(code("204"), None)
            own.append((ts, None if down else dict(counters)))
            down = max(0, down - 1)
            late = int(rng.choice([2, 3])) if rng.random() < 0.03 else 1
            ts += late * interval_ms
        story.scrapes[instance] = own
    return story


def burning(seed: int, scrapes: int) -> Story:
    """Bursts of errors, and times when targets are dead or hold no series."""
    rng = np.random.default_rng(seed)
    phases: list[tuple[float, str]] = []
    while len(phases) < scrapes:
        share, kind = 0.0, str(rng.choice(["well", "bad", "half", "dead", "absent"]))
        if kind == "bad":
            share = float(rng.choice([0.02, 0.1, 0.5, 1.0]))
        phases += [(share, kind)] * int(rng.integers(10, 60))
    story = Story(INTERVAL)
    for instance in ("a", "b"):
        counters: dict[Labels, float] = {}
        phase_ms = int(rng.integers(1, INTERVAL // GRID + 1)) * GRID
        own: list[tuple[int, Page | None]] = []
        for number, (share, kind) in enumerate(phases[:scrapes]):
            events = int(rng.integers(0, 40))
            bad = int(rng.binomial(events, share))
            for labels, more in (
                (code("200"), events - bad),
                (code("500"), bad),
                (FAST, events - bad),
                (ALL, events),
            ):
                counters[labels] = counters.get(labels, 0) + more
            # What a page always holds says that its configuration is the same.
            page: Page | None = {OTHER: 1.0, **counters}
            if kind == "dead" or (kind == "half" and instance == "a"):
                page = None
            elif kind == "absent":
                page = {OTHER: 1.0}
            own.append((number * INTERVAL + phase_ms, page))
        story.scrapes[instance] = own
    return story


def check_slices(
    folder: Path, story: Story, objectives: list[ObjectiveSpec], slice_ms: int = SLICE
) -> None:
    """Compare every slice of every objective."""
    quick, _ = groups_of(objectives, options_of(story, slice_ms))
    lived = live(story, objectives, slice_ms)
    asked = ((Series.SLICE_BAD, 0), (Series.SLICE_VALID, 1), (Series.SLICE_SEEN, 2))
    tests = [
        {
            # Before its first sample ever an objective has counted nothing.
            "expr": f"sum by (objective) ({series} or 0 * {Series.SLICE_SEEN})",
            "eval_time": format_duration(number * slice_ms),
            "exp_samples": [
                {"labels": f'{{objective="{name}"}}', "value": found[number][column]}
                for name, found in lived.slices.items()
            ],
        }
        for number in range(len(lived.alerts))
        for series, column in asked
    ]
    groups = at_edges(quick, slice_ms)
    inputs = list(story.series(GRID))
    assert promtool(folder, groups, inputs, tests, grid_ms=GRID, step_ms=slice_ms) == ""
    assert sum(v for found in lived.slices.values() for _, v, _ in found) > 0


def check_alerts(
    folder: Path, story: Story, objectives: list[ObjectiveSpec]
) -> set[str]:
    """Compare quick windows, and alerts at every evaluation; return what fired."""
    options = options_of(story, SLICE)
    quick, _ = groups_of(objectives, options)
    lived = live(story, objectives, SLICE)
    windows = {
        (spec.name, length)
        for spec in objectives
        for length in plan_objective(spec, options).quick_windows_ms
    }
    tests: list[dict[str, object]] = []
    for number, alerts in enumerate(lived.alerts):
        at = format_duration(number * SLICE)
        pages = {a for a in alerts if a[2] == "page" or a[0] == "DataLoss"}
        tests += [
            {
                "expr": "sum by (objective, severity) (ALERTS"
                f'{{alertname="{name}",alertstate="firing"}})',
                "eval_time": at,
                "exp_samples": told(pages, name),
            }
            for name in ("ErrorBudgetBurn", "DataLoss")
        ]
        tests += [
            {
                "expr": f"sum by (objective, window) ({series}"
                f" or 0 * {Series.WINDOW_COVERAGE})",
                "eval_time": at,
                "exp_samples": [
                    {
                        "labels": f'{{objective="{name}",'
                        f'window="{format_duration(length)}"}}',
                        "value": lived.windows[name, length][number][column],
                    }
                    for name, length in sorted(windows)
                ],
            }
            for series, column in (
                (Series.WINDOW_BAD, 0),
                (Series.WINDOW_VALID, 1),
                (Series.WINDOW_COVERAGE, 2),
            )
            if number % 11 == 0
        ]
    groups = at_edges(quick, SLICE)
    inputs = list(story.series(GRID))
    assert promtool(folder, groups, inputs, tests, grid_ms=GRID, step_ms=SLICE) == ""
    return {name for alerts in lived.alerts for name, _, _ in alerts}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_rule_22_slices_are_the_same_integers(tmp_path: Path, seed: int):
    check_slices(tmp_path, restless(seed, 140), specs())


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 105))
def test_slices_are_the_same_integers_in_any_story(tmp_path: Path, seed: int):
    check_slices(tmp_path, restless(seed, 400), specs())


def test_slices_while_targets_come_and_go(tmp_path: Path):
    story = restless(6, 140)
    whole = story.scrapes["b"]
    # One goes, another comes, and the first one is back within five minutes.
    story.scrapes["b"] = [*whole[:40], *whole[52:90]]
    story.scrapes["c"] = restless(7, 140).scrapes["a"][60:]
    story.gone = {("b", whole[39][0]), ("b", whole[89][0])}

    check_slices(tmp_path, story, specs())


def test_slices_of_a_job_that_is_scraped_less_often(tmp_path: Path):
    check_slices(tmp_path, restless(3, 60, interval_ms=60_000), specs())


def test_slices_of_a_second_hold_what_their_scrape_brought(tmp_path: Path):
    story = restless(4, 20)
    check_slices(tmp_path, story, specs(), slice_ms=5_000)


def test_samples_of_gauges_are_counted_alike(tmp_path: Path):
    rng = np.random.default_rng(5)
    up, load = Labels.of(__name__="probe_success"), Labels.of(__name__="load")
    story = Story(INTERVAL)
    for instance in ("a", "b"):
        story.scrapes[instance] = [
            (
                # Some slices hold two scrapes and some none.
                number * INTERVAL + int(rng.integers(number == 0, 3)) * GRID,
                None
                if rng.random() < 0.1
                else {up: float(rng.random() < 0.8), load: float(rng.integers(0, 200))},
            )
            for number in range(160)
        ]
    gauges = {
        "probe": BooleanIndicator(parse_selector("probe_success")),
        "scraped": BooleanIndicator(parse_selector(f'up{{job="{JOB}"}}')),
        **{
            name: ThresholdIndicator(
                parse_selector("load"), SampleTest(comparison, Decimal(100))
            )
            for name, comparison in (
                ("below", Comparison.BELOW),
                ("at-most", Comparison.AT_MOST),
                ("above", Comparison.ABOVE),
                ("at-least", Comparison.AT_LEAST),
            )
        },
    }
    objectives = [
        ObjectiveSpec(
            "s", name, Decimal("0.9"), RollingWindow(30 * DAY), indicator, job=JOB
        )
        for name, indicator in gauges.items()
    ]
    check_slices(tmp_path, story, objectives)


@pytest.mark.parametrize(
    ("seed", "no_data"), [(21, NoData.FREEZE), (22, NoData.BAD), (24, NoData.GOOD)]
)
def test_rule_22_alerts_change_at_the_same_evaluation(
    tmp_path: Path, seed: int, no_data: NoData
):
    fired = check_alerts(tmp_path, burning(seed, 200), specs(no_data))

    assert "ErrorBudgetBurn" in fired


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [*range(200, 205), TIED, 206, 207])
def test_alerts_change_at_the_same_evaluation_in_any_story(tmp_path: Path, seed: int):
    no_data = list(NoData)[seed % 3]
    check_alerts(tmp_path, burning(seed, 500), specs(no_data))


def test_at_exactly_the_limit_nothing_fires_where_targets_are_dead(tmp_path: Path):
    """Nine of eleven targets answer, and 121 * 5 * 9/11 is 495: as floats it is more."""
    story = Story(INTERVAL)
    for instance in range(11):
        counted = instance == 0
        story.scrapes[f"t{instance:02}"] = [
            (
                number * INTERVAL,
                None
                if instance > 8
                else {code("200"): 374.0 * number, code("500"): 121.0 * number}
                if counted
                else {OTHER: 1.0},
            )
            for number in range(40)
        ]
    pair = CustomPair(8 * SLICE, 4 * SLICE, Decimal(2), Severity.PAGE)
    (spec,) = specs(policy=CustomPolicy((pair,)))[:1]
    at_limit = replace(spec, target=Decimal("0.9"))
    beyond = replace(spec, name="beyond", target=Decimal("0.901"))

    check_alerts(tmp_path, story, [at_limit, beyond])

    lived = live(story, [at_limit, beyond], SLICE)
    burns = {o for told in lived.alerts for a, o, _ in told if a == "ErrorBudgetBurn"}
    assert burns == {"beyond"}


def test_long_windows_are_sums_of_blocks_and_their_alerts_agree(tmp_path: Path):
    """Slices go in as the quick rules record them; the slow rules run over them."""
    policy = CustomPolicy(
        (
            # 25,260 s are 105 blocks and a minute of slices at the far end.
            CustomPair(25_260_000, 1_860_000, Decimal(2), Severity.PAGE),
            CustomPair(8 * 3_600_000, 7_200_000, Decimal(1), Severity.TICKET),
        )
    )
    objectives = specs(window_ms=9 * 3_600_000, policy=policy)
    story = burning(31, 1_800)
    every = BLOCK_MS // SLICE
    lived = live(story, objectives, SLICE, every)
    _, slow = groups_of(objectives, options_of(story, SLICE))
    plan = plan_objective(objectives[0], options_of(story, SLICE))
    assert plan.quick_windows_ms == (1_860_000,)
    inputs, tests = [], []
    recorded = ((Series.SLICE_BAD, 0), (Series.SLICE_VALID, 1), (Series.SLICE_SEEN, 2))
    summed = (
        (Series.WINDOW_BAD, 0),
        (Series.WINDOW_VALID, 1),
        (Series.WINDOW_COVERAGE, 2),
    )
    for spec in objectives:
        own = {"service": "s", "objective": spec.name}
        for series, column in recorded:
            values = [found[column] for found in lived.slices[spec.name]]
            inputs.append(column_of(select(series, **own), values))
        for series, column in summed:
            values = [found[column] for found in lived.windows[spec.name, 1_860_000]]
            name = select(series, **own, window="31m")
            inputs.append(column_of(name, values))
    for number in range(0, len(lived.alerts), every):
        at = format_duration(number * SLICE)
        burns = told(lived.alerts[number], "ErrorBudgetBurn")
        tests.append(
            {
                "expr": 'sum by (objective, severity) (ALERTS{alertstate="firing"})',
                "eval_time": at,
                "exp_samples": burns,
            }
        )
        for series, column in summed:
            expected = [
                {
                    "labels": f'{{objective="{spec.name}",'
                    f'window="{format_duration(length)}"}}',
                    "value": lived.windows[spec.name, length][number][column],
                }
                for spec in objectives
                for length in plan.slow_windows_ms
            ]
            rounded = f'sum by (objective, window) ({series}{{window!="31m"}})'
            tests.append({"expr": rounded, "eval_time": at, "exp_samples": expected})
    groups = at_edges(slow, BLOCK_MS)
    said = promtool(tmp_path, groups, inputs, tests, grid_ms=SLICE, step_ms=BLOCK_MS)
    assert said == ""
    assert any(alerts for alerts in lived.alerts)


def column_of(series: str, values: list[float]) -> dict[str, str]:
    return {"series": series, "values": " ".join(f"{v:.17g}" for v in values)}
