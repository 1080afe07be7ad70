"""Stories of one target, told scrape by scrape, and what rules must record of them.

Prometheus' own rule evaluation lives through all of them in one process; what must come
out stands beside each story and was worked out by hand.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from parity import JOB, at_edges, groups_of

from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import write_groups
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series
from kizashi.sli._base import Indicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.policy import CustomPair, CustomPolicy

STEP = 15_000
OK, FAILED = 'requests_total{code="200"}', 'requests_total{code="500"}'
BAD = RatioIndicator(valid=parse_selector("requests_total"), bad=parse_selector(FAILED))


@dataclass(frozen=True)
class Told:
    """A story, a scrape a slice, and what must be recorded of each slice.

    Attributes:
        columns: The values of each series, as promtool has them; ``up`` is 1 unless
            it is one of them.
        bad: Bad events.
        valid: Valid events; not looked at where there are none.
        seen: The seen share, likewise.
        last: What expressions must come to at the last slice.
        slices: How many slices there are; 0 for as many as have bad events.
    """

    columns: Mapping[str, str]
    bad: Sequence[int]
    valid: Sequence[int] = ()
    seen: Sequence[int] = ()
    last: Mapping[str, float] = field(default_factory=dict)
    slices: int = 0

    @property
    def count(self) -> int:
        return self.slices or len(self.bad)


def check(
    folder: Path,
    indicator: Indicator,
    stories: Sequence[Told],
    without: Sequence[str] = (),
    *,
    short: int = 4,
) -> None:
    """Let the rules of one objective live through stories.

    Args:
        folder: Where the files of the test go.
        indicator: What the objective counts.
        stories: The stories.
        without: Groups that are never evaluated, by the ends of their names.
        short: How many slices the short window has; the long one has eight.
    """
    pair = CustomPair(8 * STEP, short * STEP, Decimal(2), Severity.PAGE)
    policy = CustomPolicy((pair,))
    spec = ObjectiveSpec(
        "s", "o", Decimal("0.9"), RollingWindow(1), indicator, job=JOB, policy=policy
    )
    # A budget within reach of the quick rules.
    spec = replace(spec, window=RollingWindow(2 * 3_600_000))
    jobs = {JOB: JobTiming(STEP, 10_000)}
    options = CompileOptions(slice_ms=STEP, jobs=jobs, query_offset_ms=0)
    quick, _ = groups_of([spec], options)
    here = [group for group in quick if not group.name.endswith(tuple(without))]
    groups = at_edges(here, STEP)
    (folder / "rules.yaml").write_text(
        write_groups("rules.yaml", groups, "query_offset").text
    )
    document = {
        "rule_files": ["rules.yaml"],
        "group_eval_order": [group.name for group in groups],
        "evaluation_interval": format_duration(STEP),
        "tests": [
            {
                "name": str(number),
                "interval": format_duration(STEP),
                "input_series": _inputs(story),
                "promql_expr_test": _asked(story),
            }
            for number, story in enumerate(stories)
        ],
    }
    path = folder / "test.yaml"
    path.write_text(json.dumps(document))
    done = subprocess.run(  # the peer is whatever PATH offers
        ["promtool", "test", "rules", str(path)],  # noqa: S607
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _inputs(story: Told) -> list[dict[str, str]]:
    columns = {"up": f"1x{story.count}", **story.columns}
    target = f'job="{JOB}",instance="a"'
    return [
        {
            "series": f"{name}{{{target},{rest or '}'}".replace(",}", "}"),
            "values": values,
        }
        for key, values in columns.items()
        for name, _, rest in [key.partition("{")]
    ]


def _asked(story: Told) -> list[dict[str, object]]:
    columns = (
        (Series.SLICE_BAD, story.bad),
        (Series.SLICE_VALID, story.valid),
        (Series.SLICE_SEEN, story.seen),
    )
    last = story.count - 1
    asked = [
        (f"sum({name} or 0 * {Series.SLICE_SEEN})", number, value)
        for name, values in columns
        for number, value in enumerate(values)
    ]
    asked += [(f"sum({text})", last, value) for text, value in story.last.items()]
    return [
        {
            "expr": expression,
            "eval_time": format_duration(number * STEP),
            "exp_samples": [{"labels": "{}", "value": value}],
        }
        for expression, number, value in asked
    ]
