"""The ticket of figures that cannot be: more of a part than of the whole.

The ledger allows for as many events in flight as its largest slice holds. A maximum over
every slice of a month would cost more than all other rules; one over its blocks costs
what a budget does. A block holds sixteen slices and more, so that rules tell a little
later than the ledger, and never of what it calls sound.
"""

from collections.abc import Sequence

from kizashi.compiler.objective_plan import LONGEST_QUICK_MS, ObjectivePlan
from kizashi.compiler.promql_text import (
    either,
    event_selector,
    indented,
    labelled,
    left_open,
)
from kizashi.compiler.series_names import (
    OBJECTIVE,
    SERVICE,
    SEVERITY,
    WINDOW,
    Series,
    select,
)
from kizashi.compiler.windows import choose
from kizashi.compiler.yaml_text import Yaml
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.policy import Severity
from kizashi.slo.starts import REMEMBERED_MS
from kizashi.slo.validity import SETTLED_MS

INVALID_FIGURES = "InvalidFigures"

_SAME = "on (service, objective)"
#: So many objectives share a rule: an expression stays well within what is read.
_TOGETHER = 50


def figure_alerts(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    language: str,
) -> list[Yaml]:
    """Return the ticket of a service's objectives whose figures cannot be.

    Args:
        service: The service.
        plans: Some of its objectives.
        everyone: All of them.
        language: Of the annotations.
    """
    # Where samples are events each is bad or good, and counts once.
    counted = [p for p in plans if p.spec.indicator.sample_test is None]
    return [
        _alert(service, counted[n : n + _TOGETHER], everyone, language)
        for n in range(0, len(counted), _TOGETHER)
    ]


def _alert(
    service: ServiceSpec,
    counted: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    language: str,
) -> Yaml:
    windows = sorted({p.spec.window_ms for p in counted})
    parts = [
        part
        for window_ms in windows
        for part in _exceeding(
            [p for p in counted if p.spec.window_ms == window_ms], everyone, window_ms
        )
    ]
    parts += [_without_edge(plan) for plan in counted if _has_edge(plan)]
    jobs = sorted({p.spec.job for p in counted if p.spec.job is not None})
    parts += [
        _alternating([p for p in counted if p.spec.job == job], everyone, job)
        for job in jobs
    ]
    said = {
        "summary": "notify.invalid.summary",
        "description": "compile.invalid.what",
    }
    names = {name: f"{{{{ $labels.{name} }}}}" for name in (SERVICE, OBJECTIVE)}
    return {
        "alert": INVALID_FIGURES,
        "expr": f"max by ({SERVICE}, {OBJECTIVE}) (\n{indented(either(parts))}\n)",
        "for": format_duration(SETTLED_MS),
        "labels": {
            **service.labels.as_dict(),
            SERVICE: service.name,
            SEVERITY: Severity.TICKET.value,
        },
        "annotations": {
            name: render(language, code, **names) for name, code in said.items()
        },
    }


def _exceeding(
    own: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan], window_ms: int
) -> list[str]:
    """Return what finds windows of which a part holds more than the whole."""
    chosen = choose(own, everyone)
    windowed = choose(own, everyone, **{WINDOW: format_duration(window_ms)})
    is_long = window_ms > LONGEST_QUICK_MS
    pieces = Series.BLOCK_VALID if is_long else Series.SLICE_VALID
    bad, valid = f"{Series.WINDOW_BAD}{windowed}", f"{Series.WINDOW_VALID}{windowed}"
    largest = f"max_over_time({pieces}{chosen}{left_open(window_ms)})"
    over = f"(\n  {bad} - {valid} > 0\n  or 0 - {bad} > 0\n)"
    return [
        f"{over} > {_SAME} {largest}",
        f"{bad} > 0 unless {_SAME} {valid}",
    ]


def _alternating(
    own: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan], job: str
) -> str:
    """Return what finds a job of which two processes answer behind one address."""
    starts = select("process_start_time_seconds", job=job)
    back = f"max(resets({starts}[{format_duration(REMEMBERED_MS)}])) > 1"
    return f"{Series.INFO}{choose(own, everyone)} and on () ({back})"


def _has_edge(plan: ObjectivePlan) -> bool:
    good = plan.spec.indicator.good_selector
    return good is not None and good.edge is not None


def _without_edge(plan: ObjectivePlan) -> str:
    """Return what finds a histogram none of whose series has the threshold's edge."""
    good = plan.spec.indicator.good_selector
    valid = f"group({event_selector(plan.spec.indicator.valid_selector)})"
    edge = "" if good is None else f" unless group({event_selector(good)})"
    return labelled(f"{valid}{edge}", **plan.identity)
