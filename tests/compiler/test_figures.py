"""The ticket of impossible figures, as Prometheus' own evaluator raises it."""

from decimal import Decimal
from pathlib import Path

import pytest
from parity import at_edges, groups_of, promtool

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.objective_plan import BLOCK_MS
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec

pytestmark = pytest.mark.peer("prometheus")

DAY = 86_400_000
RATIO = RatioIndicator(
    valid=parse_selector("all_total"), good=parse_selector("good_total")
)
SPEED = LatencyIndicator("d_seconds", Decimal("0.2"))


def raised(
    folder: Path, indicator: Indicator, inputs: dict[str, str], *, ticket: bool
) -> str:
    """Evaluate the slow rules every block for an hour; return what promtool says."""
    spec = ObjectiveSpec("s", "a", Decimal("0.99"), DAY, indicator, job="j")
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


@pytest.mark.parametrize(
    ("starts", "ticket"),
    [(" ".join(["1000", "2000"] * 120), True), ("1000x100 2000x139", False)],
)
def test_two_processes_behind_one_address_are_a_ticket(
    tmp_path: Path, starts: str, *, ticket: bool
):
    inputs = {
        'process_start_time_seconds{job="j",instance="x"}': starts,
        'kizashi:objective_info{service="s",objective="a"}': "1x240",
    }

    assert raised(tmp_path, RATIO, inputs, ticket=ticket) == ""
