"""The ticket of figures that cannot be: more of a part than of the whole.

The ledger allows for as many events in flight as its largest slice holds. A maximum over
every slice of a month would cost more than all other rules; so the largest slice of each
block is recorded, and the largest of these costs what a budget does. Rules tell a block
later than the ledger, and of the same figures.
"""

from collections.abc import Sequence

from kizashi.alert.kinds.invalid_figures import NAME as INVALID_FIGURES
from kizashi.compiler.births import COUNTER, TARGET, counted
from kizashi.compiler.counting import up_selector
from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan
from kizashi.compiler.promql_text import (
    either,
    indented,
    labelled,
    left_open,
)
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.telling import alert_labels
from kizashi.compiler.windows import choose
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.model.windows import Window
from kizashi.rules.series_names import OBJECTIVE, SERVICE, WINDOW, Series, select
from kizashi.sli._base import threshold_edge
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.starts import AGAIN, JITTER_S, REMEMBERED_MS
from kizashi.slo.validity import SETTLED_MS

_SAME = "on (service, objective)"
#: So many objectives share a rule: an expression stays well within what is read.
_TOGETHER = 25


def largest_rule(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]
) -> CompiledRule:
    """Return the rule that records the most events of one side in any slice of a block.

    Args:
        plans: Objectives that count what counters grow by, at least one.
        everyone: All objectives of the service.
    """
    alike: dict[tuple[int, int, bool], list[ObjectivePlan]] = {}
    for plan in plans:
        by_good = "good" in counted(plan)
        alike.setdefault((plan.slice_ms, plan.step_ms, by_good), []).append(plan)
    parts = [
        _largest(choose(own, everyone), own[0], by_good=by_good)
        for (_, _, by_good), own in alike.items()
    ]
    return CompiledRule(Series.BLOCK_LARGEST, either(parts))


def _largest(chosen: str, like: ObjectivePlan, *, by_good: bool) -> str:
    """Return the largest slices; bad events that are a difference are never the most.

    Args:
        chosen: Picks the objectives.
        like: One of them.
        by_good: Whether it is good events that are counted beside valid ones.
    """
    within, step = left_open(BLOCK_MS), format_duration(like.slice_ms)
    every = f"{within[:-1]}:{step}]"
    bad, valid = (f"{name}{chosen}" for name in (Series.SLICE_BAD, Series.SLICE_VALID))
    part = f"max_over_time({bad}{within})"
    whole = f"max_over_time({valid}{within})"
    if like.step_ms != like.slice_ms:
        # Recorded are pieces of a slice.
        bad, valid = (
            f"sum_over_time({x}{left_open(like.slice_ms)})" for x in (bad, valid)
        )
        part, whole = (f"max_over_time({x}{every})" for x in (bad, valid))
    if by_good:
        part = f"max_over_time(({valid} - {bad}){every})"
    return f"{part} > {whole}\nor\n{whole}\nor\n{part}"


def alternating_rule(plans: Sequence[ObjectivePlan], owner: str) -> CompiledRule:
    """Return the rule that records 1 for targets at which two processes answer by turns.

    `resets` would count starts that are worked out anew at every scrape and differ by a
    hundredth. Twice an interval each sample is held against the one before.

    Args:
        plans: Objectives that count what counters grow by, at least one.
        owner: Which service it is recorded for.
    """
    paces: dict[str, int] = {}
    for plan in plans:
        up, half_ms = up_selector(plan), plan.interval_ms // 2
        paces[up] = min(half_ms, paces.get(up, half_ms))
    back, parts = left_open(REMEMBERED_MS), []
    for up, half_ms in paces.items():
        started = up.replace("up", "process_start_time_seconds", 1)
        half = format_duration(half_ms)
        parts.append(
            f"count_over_time((\n"
            f"  last_over_time({started}{back})\n"
            f"  < last_over_time({started}{back} offset {half}) - {JITTER_S:g}\n"
            f"){back[:-1]}:{half}]) >= {AGAIN}"
        )
    turns = f"1 + 0 * max by (job, instance) (\n{indented(either(parts))}\n)"
    return CompiledRule(Series.TARGET_ALTERNATES, turns, {COUNTER: owner})


def figure_alerts(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    language: str,
    owner: str,
) -> list[CompiledRule]:
    """Return the ticket of a service's objectives whose figures cannot be.

    Args:
        service: The service.
        plans: Those of its objectives that count what counters grow by: where samples
            are events each is bad or good, and counts once.
        everyone: All of them.
        language: Of the annotations.
        owner: Which service the targets of two processes are recorded for.
    """
    return [
        _alert(service, plans[n : n + _TOGETHER], everyone, language, owner)
        for n in range(0, len(plans), _TOGETHER)
    ]


def _alert(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    language: str,
    owner: str,
) -> CompiledRule:
    parts = [
        part
        for window in sorted({p.spec.window for p in plans})
        for part in _exceeding(
            [p for p in plans if p.spec.window == window], everyone, window
        )
    ]
    parts += [_without_edge(plan) for plan in plans if _has_edge(plan)]
    parts += [_alternating(plan, owner) for plan in plans]
    said = {"summary": "notify.invalid.summary", "description": "compile.invalid.what"}
    names = {name: f"{{{{ $labels.{name} }}}}" for name in (SERVICE, OBJECTIVE)}
    return CompiledRule(
        INVALID_FIGURES,
        f"max by ({SERVICE}, {OBJECTIVE}) (\n{indented(either(parts))}\n)",
        alert_labels(service, Severity.TICKET),
        is_alert=True,
        for_ms=SETTLED_MS,
        annotations={n: render(language, code, **names) for n, code in said.items()},
    )


def _exceeding(
    own: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan], window: Window
) -> list[str]:
    """Return what finds windows of which a part holds more than the whole."""
    chosen = choose(own, everyone)
    windowed = choose(own, everyone, **{WINDOW: str(window)})
    bad, valid = f"{Series.WINDOW_BAD}{windowed}", f"{Series.WINDOW_VALID}{windowed}"
    # Whole blocks, of which the oldest may reach beyond the window.
    reach_ms = -(-window.length_ms // BLOCK_MS) * BLOCK_MS
    largest = f"max_over_time({Series.BLOCK_LARGEST}{chosen}{left_open(reach_ms)})"
    over = f"(\n  {bad} - {valid} > 0\n  or 0 - {bad} > 0\n)"
    return [
        f"{over} > {_SAME} {largest}",
        f"{bad} > 0 unless {_SAME} {valid} != 0",
    ]


def _alternating(plan: ObjectivePlan, owner: str) -> str:
    """Return what finds counters at whose target two processes answer by turns."""
    counters = " or ".join(dict.fromkeys(counted(plan).values()))
    turns = select(Series.TARGET_ALTERNATES, **{COUNTER: owner})
    return labelled(f"group(({counters}) and {TARGET} {turns})", **plan.identity)


def _has_edge(plan: ObjectivePlan) -> bool:
    return threshold_edge(plan.spec.indicator) is not None


def _without_edge(plan: ObjectivePlan) -> str:
    """Return what finds a histogram none of whose series has the threshold's edge."""
    selectors = counted(plan)
    lacking = f"group({selectors['valid']}) unless group({selectors['good']})"
    return labelled(lacking, **plan.identity)
