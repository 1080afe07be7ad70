"""What five ways of counting say of the same traffic, of which we know what happened.

    python -m bench.accuracy [--story NAME ...] [--json]

Truth is counted as the requests are made. Kizashi counts the scrapes of them, embedded
and by the rules that it compiles; beside it stand rules shaped as Sloth's and Pyrra's.
All rules are evaluated by Prometheus' own evaluator. Ends with 1 where one of ours is
not the truth.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from bench import sloth_rules
from harness.ledger_world import Config, LedgerWorld
from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.app.alerting import AlertTracker
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.objective_plan import plan_objective
from kizashi.compiler.yaml_text import Yaml
from kizashi.importers import pyrra_rules
from kizashi.importers.sloth_rules import ALERTS, Alerts
from kizashi.ledger.building import LedgerPlan
from kizashi.model.durations import format_duration, parse_duration
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.offline.promtool import ask
from kizashi.promql.selectors import parse_selector
from kizashi.proof.counting import CountedEvents
from kizashi.proof.own_rules import own_groups
from kizashi.proof.stories import Story, stories
from kizashi.proof.unit_test import RuleQuery, RuleSet, series
from kizashi.rules.alert_state import Phase
from kizashi.rules.series_names import Series
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.policy import WindowPair
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

#: What the handbook shows.
FIGURES = Path(__file__).with_name("accuracy.json")
#: For one evaluation of a story, on a machine that others use.
LONGEST_S = 1_800.0
SLICE_S = 15
SLICE_MS = SLICE_S * 1_000
TARGET = Decimal("0.999")
JOB = "bench"
SERVICE = "svc-00000"
ALL = f'job="{JOB}",service="{SERVICE}"'
FAILED = 'code="500"'
#: The ledger's story begins on the edge of a block.
T0_MS = 1_800_000_000_000 // 7_200_000 * 7_200_000
METRIC = "http_requests_total"
SLOTH_7D: Alerts = (
    (
        "page",
        (("5m", "1h", Decimal("13.44")), ("30m", "6h", Decimal("3.5"))),
    ),
    (
        "ticket",
        (("2h", "1d", Decimal("1.4")), ("6h", "3d", Decimal("0.98"))),
    ),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one way of counting says at the end of a story.

    Attributes:
        ratio: Failed requests by all of them over the window; None where it says
            nothing.
        bad: Failed requests, None where it does not count them.
        valid: All requests, None where it does not count them.
        alerts: Severities that fire, in order.
        paged_s: Seconds from the first failure to the first page; None where the row
            does not ask, or none came.
        paged_by: What came first: the severity, of Pyrra's pairs the long window.
    """

    ratio: float | None
    bad: float | None = None
    valid: float | None = None
    alerts: tuple[str, ...] = ()
    paged_s: float | None = None
    paged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One story as five ways of counting see it."""

    story: str
    truth: Figure
    embedded: Figure
    compiled: Figure
    sloth: Figure
    pyrra: Figure

    @property
    def is_exact(self) -> bool:
        """Whether both of ours are the truth."""
        return self.truth == self.embedded == self.compiled


def service(story: Story) -> ServiceSpec:
    """The objective, as a declaration has it."""
    valid = f"{METRIC}{{{ALL}}}"
    bad = f"{METRIC}{{{ALL},{FAILED}}}"
    ratio = RatioIndicator(parse_selector(valid), bad=parse_selector(bad))
    window_ms = parse_duration(story.window)
    spec = ObjectiveSpec(
        SERVICE, "availability", TARGET, RollingWindow(window_ms), ratio, job=JOB
    )
    return ServiceSpec(SERVICE, LocalText(SERVICE, SERVICE), objectives=(spec,))


def truth(story: Story) -> Figure:
    """What happened, and what the policy says of it: rules 14 and 17, in a loop."""
    bad, valid = story.happened()
    edges = range(SLICE_S, story.end_s + 1, SLICE_S)
    fired = {at: _burning(story, at) for at in edges[-1:]}
    paged_s = None
    if story.failing_s is not None:
        pages = (at for at in edges if at > story.failing_s and _burning(story, at))
        first = next((at for at in pages if "page" in _burning(story, at)), None)
        paged_s = None if first is None else float(first - story.failing_s)
    by = None if paged_s is None else "page"
    return Figure(bad / valid, bad, valid, fired[edges[-1]], paged_s, by)


@lru_cache(maxsize=2)
def _counted(story: Story) -> CountedEvents:
    return CountedEvents.of(story)


def _burning(story: Story, at_s: int) -> tuple[str, ...]:
    """The severities whose pairs exceed their limit at a time, by plain addition."""
    found, counted = set(), _counted(story)
    for pair in _pairs(story):
        counts = []
        for window_ms in (pair.long_ms, pair.short_ms):
            bad, valid = counted.window(at_s, window_ms / 1_000)
            seen_s = min(at_s, window_ms / 1_000)
            counts.append((bad, valid, seen_s / (window_ms / 1_000)))
        p, q = pair.limit
        over = all(bad * q * seen > p * valid for bad, valid, seen in counts)
        if over and counts[0][0] >= 3:
            found.add(pair.severity.value)
    return tuple(sorted(found))


def _pairs(story: Story) -> Sequence[WindowPair]:
    return plan_objective(service(story).objectives[0], _options(story)).pairs


def _options(story: Story) -> CompileOptions:
    timing = JobTiming(story.interval_s * 1_000, 10_000)
    return CompileOptions(slice_ms=SLICE_MS, jobs={JOB: timing}, query_offset_ms=0)


def embedded(story: Story) -> Figure:
    """What the ledger says that lives through the scrapes."""
    own = service(story)
    interval_ms = story.interval_s * 1_000
    plan = LedgerPlan((own,), {JOB: interval_ms}, SLICE_MS)
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0_MS - SLICE_MS)
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, T0_MS)
    target = world.discover(JOB, "x", T0_MS - 1, Config(interval_ms=interval_ms))
    pages = list(story.pages())
    paged_s: float | None = None
    for edge in range(0, story.end_s + 1, SLICE_S):
        while pages and pages[0][0] <= edge:
            at_s, page = pages.pop(0)
            values = {_labels(code): float(n) for code, n in page.items()}
            world.land(target, T0_MS + at_s * 1_000, values)
        world.tick(T0_MS + edge * 1_000)
        alerting.evaluate()
        is_first = story.failing_s is not None and paged_s is None
        if is_first and "page" in _raised(alerting):
            paged_s = float(edge - (story.failing_s or 0))
    shard, member = world.engine.built.place[own.objectives[0].key]
    sums = shard.budget(member)
    by = None if paged_s is None else "page"
    alerts = _raised(alerting)
    return Figure(sums.bad / sums.valid, sums.bad, sums.valid, alerts, paged_s, by)


def _raised(alerting: AlertTracker) -> tuple[str, ...]:
    return tuple(
        sorted(
            alert.labels.get("severity")
            for alert in alerting.alerts()
            if alert.labels.get("alertname") == BURN
            and alert.state.phase is Phase.FIRING
        )
    )


def _labels(code: str) -> Labels:
    return Labels.of(__name__=METRIC, service=SERVICE, code=code)


def inputs(story: Story) -> list[dict[str, str]]:
    """The scrapes as input series of a unit test."""
    points: dict[str, dict[int, float | None]] = {}
    up: dict[int, float | None] = {}
    for at_s, page in story.pages():
        up[at_s] = 1.0
        for code, count in page.items():
            points.setdefault(code, {})[at_s] = float(count)
    own = {"job": JOB, "instance": "x"}
    named = {str(_labels(code).merged(own)): found for code, found in points.items()}
    named[str(Labels.of(__name__="up", **own))] = up
    return [
        {"series": name, "values": series(found, story.grid_s, story.end_s)}
        for name, found in named.items()
    ]


def compiled(story: Story) -> Figure:
    """What the compiled rules say."""
    groups = own_groups(service(story), _options(story))
    window = format_duration(parse_duration(story.window))
    bad = f'{Series.WINDOW_BAD}{{window="{window}"}}'
    valid = f'{Series.WINDOW_VALID}{{window="{window}"}}'
    told = _told(
        story, groups, [bad, valid], f'alertname="{BURN}"', "severity", SLICE_S
    )
    counts = told.first(bad), told.first(valid)
    ratio = counts[0] / counts[1] if counts[0] is not None and counts[1] else None
    return Figure(ratio, *counts, told.alerts, told.paged_s, told.paged_by)


def sloth(story: Story) -> Figure:
    """What rules shaped as Sloth's say."""
    alerts = SLOTH_7D if story.window == "7d" else ALERTS
    groups = sloth_rules.objective(0, story.window, alerts).groups()
    ratio = f"slo:sli_error:ratio_rate{story.window}"
    told = _told(story, groups, [ratio], "", "sloth_severity", 30)
    return Figure(
        told.first(ratio), None, None, told.alerts, told.paged_s, told.paged_by
    )


def pyrra(story: Story) -> Figure:
    """What rules shaped as Pyrra's say."""
    objective = _pyrra(story)
    ratio = objective.whole()
    told = _told(story, objective.groups(), [ratio], 'slo="availability"', "long", 30)
    return Figure(
        told.first(ratio), None, None, told.alerts, told.paged_s, told.paged_by
    )


def _pyrra(story: Story) -> pyrra_rules.PyrraObjective:
    total = parse_selector(f"{METRIC}{{{ALL}}}")
    errors = parse_selector(f"{METRIC}{{{ALL},{FAILED}}}")
    return pyrra_rules.PyrraObjective(
        "availability",
        TARGET,
        RollingWindow(parse_duration(story.window)),
        pyrra_rules.of_errors(errors, total),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    answers: dict[str, dict[str, float]]
    alerts: tuple[str, ...]
    paged_s: float | None
    paged_by: str | None

    def first(self, query: str) -> float | None:
        """The value of the only series; None without one, and for what is no number."""
        value = next(iter(self.answers[query].values()), math.nan)
        return None if math.isnan(value) else value


def _told(
    story: Story,
    groups: Sequence[Mapping[str, Yaml]],
    queries: Sequence[str],
    matcher: str,
    severity: str,
    step_s: int,
) -> _Told:
    firing = f'ALERTS{{alertstate="firing"{"," if matcher else ""}{matcher}}}'
    first = f"min_over_time(timestamp({firing})[{story.end_s}s:{step_s}s])"
    found = ask(
        RuleQuery(
            RuleSet(groups, step_s),
            inputs(story),
            [*queries, firing, first],
            grid_s=story.grid_s,
            at_s=story.end_s // step_s * step_s,
        ),
        LONGEST_S,
    )
    alerts = sorted({_label(labels, severity) for labels in found[firing]})
    paged_s, by = None, None
    paging = _paging(story)
    pages = [
        (at, label)
        for labels, at in found[first].items()
        if (label := _label(labels, severity)) in paging
    ]
    if story.failing_s is not None and pages:
        at, by = min(pages)
        paged_s = at - story.failing_s
    return _Told(found, tuple(alerts), paged_s, by)


def _paging(story: Story) -> set[str]:
    """Severities that wake somebody; of Pyrra's pairs the long windows that do."""
    burns = _pyrra(story).burns
    long = {
        format_duration(long_ms)
        for burn, long_ms, _, _ in burns
        if burn.severity is Severity.PAGE
    }
    return {"page", *long}


def _label(labels: str, name: str) -> str:
    return labels.partition(f'{name}="')[2].partition('"')[0]


def row(story: Story) -> Row:
    """One story as all see it."""
    return Row(
        story.name,
        truth(story),
        embedded(story),
        compiled(story),
        sloth(story),
        pyrra(story),
    )


def _shown(figure: dict[str, Any]) -> str:
    told = [f"{k}={v}" for k, v in figure.items() if v not in (None, ())]
    return " ".join(told) or "no value"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(prog="bench.accuracy", description=__doc__)
    options.add_argument(
        "--story", action="append", choices=[s.name for s in stories()]
    )
    options.add_argument("--write", action="store_true", help=f"rewrite {FIGURES.name}")
    options.add_argument("--quick", action="store_true", help="the same: it is quick")
    asked = options.parse_args()
    wanted = [s for s in stories() if not asked.story or s.name in asked.story]
    rows = []
    for story in wanted:
        rows.append(row(story))
        for name, figure in asdict(rows[-1]).items():
            if name != "story":
                print(f"accuracy: {story.name}: {name}: {_shown(figure)}", flush=True)
    if asked.write:
        FIGURES.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n")
    wrong = [r.story for r in rows if not r.is_exact]
    if wrong:
        sys.exit(f"accuracy: not the truth: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
