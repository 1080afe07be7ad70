"""The ticket of impossible figures, as Prometheus' own evaluator raises it."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from parity import at_edges, groups_of, promtool

from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.objective_plan import BLOCK_MS
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.rule_groups import RuleGroup
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.starts import Starts
from kizashi.slo.validity import counts_fault, largest_slice
from kizashi.slo.window_sums import WindowSums

pytestmark = pytest.mark.peer("prometheus")

DAY = 86_400_000
SLICE = 15_000
RATIO = RatioIndicator(
    valid=parse_selector("all_total"), good=parse_selector("good_total")
)
BY_BAD = RatioIndicator(
    valid=parse_selector("all_total"), bad=parse_selector("bad_total")
)
SPEED = LatencyIndicator("d_seconds", Decimal("0.2"))


def raised(
    folder: Path, indicator: Indicator, inputs: dict[str, str], *, ticket: bool
) -> str:
    """Evaluate the slow rules every block for an hour; return what promtool says."""
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(DAY), indicator, job="j"
    )
    _, slow = groups_of([spec], CompileOptions(query_offset_ms=0))
    told = '{objective="a", service="s", severity="ticket"}'
    check = {
        "expr": "max by (service, objective, severity)"
        ' (ALERTS{alertname="InvalidFigures",alertstate="firing"})',
        "eval_time": "56m",
        "exp_samples": [{"labels": told, "value": 1}] if ticket else [],
    }
    series = [{"series": name, "values": values} for name, values in inputs.items()]
    groups = at_edges(slow, BLOCK_MS)
    return promtool(folder, groups, series, [check], grid_ms=15_000, step_ms=BLOCK_MS)


def slices(bad: str, valid: str | None) -> dict[str, str]:
    own = '{service="s",objective="a"}'
    found = {f"kizashi:slice_bad:count{own}": bad}
    if valid is not None:
        found[f"kizashi:slice_valid:count{own}"] = valid
    return found


@pytest.mark.parametrize(
    ("bad", "valid", "ticket"),
    [
        # Fifteen good of ten in every slice; a block of sixteen holds 160.
        ("-5x240", "10x240", True),
        # Twice as many bad ones as there are.
        ("20x240", "10x240", True),
        # Bad ones beside a valid that never moves, and one that does not exist.
        ("0x100 5 0x139", "0x240", True),
        ("0x100 5 0x139", None, True),
        # Five are in flight, always.
        ("0x3 -5 0x236", "10x240", False),
        ("-5 5x1 0x238", "10x240", False),
        # Everything fails, and nothing at all happens.
        ("10x240", "10x240", False),
        ("0x240", "0x240", False),
    ],
)
def test_counts_that_cannot_be_are_a_ticket(
    tmp_path: Path, bad: str, valid: str | None, *, ticket: bool
):
    assert raised(tmp_path, RATIO, slices(bad, valid), ticket=ticket) == ""


@pytest.mark.parametrize(
    ("edges", "ticket"),
    [
        (("0.1", "0.25", "+Inf"), True),
        (("0.1", "0.2", "+Inf"), False),
        (("0.1", "2e-1", "+Inf"), False),
        ((), False),
    ],
)
def test_a_threshold_that_is_no_edge_is_a_ticket(
    tmp_path: Path, edges: tuple[str, ...], *, ticket: bool
):
    pages = {
        f'd_seconds_bucket{{job="j",instance="x",le="{edge}"}}': "0+1x240"
        for edge in edges
    }

    assert raised(tmp_path, SPEED, pages, ticket=ticket) == ""


def test_one_target_with_the_edge_is_enough_for_rules_too(tmp_path: Path):
    pages = {
        'd_seconds_bucket{job="j",instance="x",le="0.1"}': "0+1x240",
        'd_seconds_bucket{job="j",instance="x",le="+Inf"}': "0+1x240",
        'd_seconds_bucket{job="j",instance="y",le="0.2"}': "0+1x240",
        'd_seconds_bucket{job="j",instance="y",le="+Inf"}': "0+1x240",
    }

    assert raised(tmp_path, SPEED, pages, ticket=False) == ""


STARTS = 'process_start_time_seconds{job="j",instance="x"}'
COUNTER_AT = 'all_total{job="j",instance="%s"}'


@pytest.mark.parametrize(
    ("counts_at", "starts", "ticket"),
    [
        ("x", " ".join(["1000", "2000"] * 120), True),
        ("x", "1000x100 2000x139", False),
        # Another target of the job; nothing that is counted comes from this one.
        ("y", " ".join(["1000", "2000"] * 120), False),
    ],
)
def test_two_processes_behind_one_address_are_a_ticket(
    tmp_path: Path, counts_at: str, starts: str, *, ticket: bool
):
    inputs = {STARTS: starts, COUNTER_AT % counts_at: "0x240"}

    assert raised(tmp_path, RATIO, inputs, ticket=ticket) == ""


def jittered(number: int) -> list[float | None]:
    """Return the starts that scrapes of an hour tell, None where one failed."""
    rng = np.random.default_rng(number)
    # Whole seconds and their halves: a tenth off is beyond any edge they have.
    start = 1_000.0 + float(rng.choice([0.0, 0.5, 0.999]))
    told: list[float | None] = []
    for _ in range(240):
        if rng.random() < 0.02:
            start += float(rng.choice([1.5, 60.0]))
        turns = rng.random() < (0.02 if number % 2 else 0.002)
        shown = start - float(rng.choice([1.9, 2.0, 500.0])) if turns else start
        off = float(rng.choice([-0.4, 0.0, 0.4]))
        told.append(None if rng.random() < 0.1 else shown + off)
    return told


def test_starts_that_are_worked_out_anew_are_the_ledgers_to_rules(tmp_path: Path):
    series, tests, found = [], [], 0
    for number in range(30):
        told, starts = jittered(number), Starts()
        values = ["stale" if start is None else f"{start:.17g}" for start in told]
        series.append(
            {"series": STARTS.replace("x", str(number)), "values": " ".join(values)}
        )
        for edge, start in enumerate(told):
            if start is not None:
                starts.note(edge * SLICE, start)
            if edge * SLICE % BLOCK_MS or not edge:
                continue
            turns = starts.alternates(edge * SLICE)
            found += turns
            tests.append(
                {
                    "expr": f'kizashi:target_alternates:bool{{instance="{number}"}} * 1',
                    "eval_time": f"{edge * SLICE // 1000}s",
                    "exp_samples": [
                        {
                            "labels": f'{{kizashi_counter="s",job="j",instance="{number}"}}',
                            "value": 1,
                        }
                    ]
                    if turns
                    else [],
                }
            )  # fmt: skip
    assert 20 < found < len(tests) - 20
    spec = ObjectiveSpec("s", "a", Decimal("0.99"), RollingWindow(DAY), RATIO, job="j")
    _, slow = groups_of([spec], CompileOptions(query_offset_ms=0))

    groups = at_edges(slow, BLOCK_MS)

    assert (
        promtool(tmp_path, groups, series, tests, grid_ms=SLICE, step_ms=BLOCK_MS) == ""
    )


def odd_slices(number: int, *, by_good: bool) -> tuple[list[int], list[int]]:
    """Return bad and valid events of an hour's slices: pairs in flight, lost growth."""
    rng = np.random.default_rng(number)
    rate = int(rng.choice([0, 1, 3, 40]))
    bad, valid = [], []
    carried = 0
    excess = float(rng.choice([0.0, 0.0, 0.01, 0.05]))
    begins = int(rng.choice([0, 0, 50, 130]))
    for at in range(240):
        total = 0 if at < begins else int(rng.integers(rate + 1))
        part = total if rng.random() < 0.9 else 0
        # Some are counted on this side a slice later.
        delayed = int(rng.integers(part + 1)) if rng.random() < 0.3 else 0
        part, carried = part - delayed + carried, delayed
        if rng.random() < excess:
            part += int(rng.integers(1, 31))
        valid.append(total)
        bad.append(total - part if by_good else part)
    flight = int(rng.choice([0, 5, 100]))
    first = int(rng.integers(20, 220))
    valid[first] += flight
    at = min(239, first + int(rng.choice([1, 2, 20])))
    bad[first] += flight if by_good else 0
    bad[at] += -flight if by_good else flight
    if rng.random() < 0.4:
        # Lost on one side for good, as by a gap of more than five minutes.
        valid[first] -= flight
        bad[first] -= flight if by_good else 0
    return bad, valid


@pytest.mark.parametrize(
    ("by_good", "interval_ms", "window_ms"),
    [
        (True, SLICE, 1_800_000),
        (False, SLICE, 1_800_000),
        (True, 5_000, 1_800_000),
        (False, SLICE, 8 * 3_600_000),
    ],
)
def test_counts_that_cannot_be_are_the_ledgers_to_rules(
    tmp_path: Path, window_ms: int, interval_ms: int, *, by_good: bool
):
    indicator = RATIO if by_good else BY_BAD
    specs, series, tests, found = [], [], [], set()
    pieces, block = SLICE // interval_ms, BLOCK_MS // SLICE
    for number in range(24):
        name = f"o{number}"
        specs.append(
            ObjectiveSpec(
                "s", name, Decimal("0.99"), RollingWindow(window_ms), indicator, job="j"
            )
        )
        counts = odd_slices(number, by_good=by_good)
        bad, valid = (np.array(side, float) for side in counts)
        own = f'{{service="s",objective="{name}"}}'
        for kind, side in zip(("bad", "valid"), counts, strict=True):
            # All of a slice in the second of its pieces.
            values = [
                n if piece == min(1, pieces - 1) else 0
                for n in side[1:]
                for piece in range(pieces)
            ]
            text = " ".join(map(str, [side[0], *values]))
            series.append(
                {"series": f"kizashi:slice_{kind}:count{own}", "values": text}
            )
        for edge in range(block, 240, block):
            first = max(0, edge - window_ms // SLICE + 1)
            part, whole = bad[first : edge + 1], valid[first : edge + 1]
            sums = WindowSums(window_ms // SLICE, part.sum(), whole.sum(), 0)
            # The oldest block may reach beyond the window: with it, no slice is larger.
            reach = max(0, edge - -(-window_ms // BLOCK_MS) * block + 1)
            largest = largest_slice(bad[reach : edge + 1], valid[reach : edge + 1])
            fault = counts_fault(sums, RollingWindow(window_ms), largest, part.sum())
            found.add(fault and fault.code)
            labels = f'{{service="s",objective="{name}"}}'
            tests.append(
                {
                    "expr": "max by (service, objective) (ALERTS{"
                    f'alertname="InvalidFigures",objective="{name}"}})',
                    "eval_time": f"{edge * SLICE // 1000}s",
                    "exp_samples": [] if fault is None else [{"labels": labels, "value": 1}],
                }
            )  # fmt: skip
    above = {"invalid.bad-above-valid", "invalid.valid-stands"}
    assert found == {None, *({"invalid.good-above-valid"} if by_good else above)}
    jobs = {"j": JobTiming(interval_ms, 1_000)}
    options = CompileOptions(query_offset_ms=0, slice_ms=SLICE, jobs=jobs)
    quick, slow = groups_of(specs, options)
    windows = [
        RuleGroup(g.name, BLOCK_MS, 0, [r for r in g.rules if is_window(r)])
        for g in quick
    ]
    groups = [*(g for g in windows if g.rules), *at_edges(slow, BLOCK_MS)]

    said = promtool(
        tmp_path, groups, series, tests, grid_ms=interval_ms, step_ms=BLOCK_MS
    )

    assert said == ""


def is_window(rule: CompiledRule) -> bool:
    return rule.name.startswith("kizashi:window_")
