"""What is read of one objective for its page and for the figures behind its charts."""

from dataclasses import dataclass, replace

from kizashi.api._base import LATEST_S, bad_parameter
from kizashi.app.answering import ObjectiveSlices
from kizashi.app.answers import ObjectiveView
from kizashi.app.curves import (
    Curves,
    Day,
    LatePoint,
    Values,
    budget_left,
    curves,
    days,
    late_events,
    longest_window_s,
    since,
)
from kizashi.errors import NotFoundError
from kizashi.model.durations import parse_duration
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.words import Words

#: Points of a chart, unless another number is asked for.
POINTS = 240
RANGES = ("1h", "6h", "1d", "3d", "7d", "30d")
_MOST_LATE = 20


@dataclass(frozen=True, slots=True)
class Span:
    """What charts show: ``(start, end]``, and the range that was chosen, if one was.

    Times are Unix seconds.
    """

    start: float
    end: float
    chosen: str


@dataclass(frozen=True, slots=True)
class ObjectiveReading:
    """What was read: the window's curves, days and late events; the span's curves."""

    down: Curves
    days: list[Day]
    late: list[LatePoint]
    shown: Curves


def spec_of(ask: Ask) -> tuple[ServiceSpec, ObjectiveSpec]:
    """Return the service and the objective that a path names.

    Raises:
        NotFoundError: If they are not declared.
    """
    for service in ask.services.overview.services():
        if service.name == ask.named["service"]:
            for spec in service.objectives:
                if spec.name == ask.named["objective"]:
                    return service, spec
    raise NotFoundError(f"no objective {ask.path} is declared")


def span_of(ask: Ask, view: ObjectiveView) -> Span:
    """Return the stretch that charts show.

    Raises:
        RequestError: If a time of the address is none, or the end comes first (400).
    """
    start, end = ask.time("start"), ask.time("end")
    if start is not None and end is not None:
        if not start < end <= LATEST_S:
            raise bad_parameter("end", ask.query["end"], "ui.expected.end")
        return Span(start, end, "")
    chosen = ask.query.get("range", "")
    known = chosen if chosen in RANGES else "6h"
    return Span(view.at - parse_duration(known) / 1000, view.at, known)


def reading(
    ask: Ask, spec: ObjectiveSpec, view: ObjectiveView, span: Span
) -> ObjectiveReading:
    """Read the ledger for the page, once where the span ends with the window."""
    window_s = spec.window.length_ms / 1000
    newest = ask.stretch(spec.service, spec.name, start=view.at - 1, end=view.at)
    begin = max(0.0, span.start - longest_window_s(newest.tracked))
    together = span.end == view.at
    start = min(begin, view.at - window_s) if together else view.at - window_s
    read = ask.stretch(spec.service, spec.name, start=start, end=view.at)
    whole = since(read, view.at - window_s)
    down = curves(whole, view.at - window_s, POINTS, burns=False)
    part = (
        since(read, begin)
        if together
        else ask.stretch(spec.service, spec.name, start=begin, end=span.end)
    )
    return ObjectiveReading(
        down,
        _days(whole, view, ask.words),
        late_events(whole, _MOST_LATE),
        curves(part, span.start, POINTS),
    )


def whole_window(ask: Ask) -> tuple[Curves, Values, list[Day]]:
    """Return the whole window: its curves, its budget's and its days."""
    _, spec = spec_of(ask)
    view = ask.services.api.answers.objective(spec.service, spec.name, ask.at)
    start = view.at - parse_duration(view.window) / 1000
    read = ask.stretch(spec.service, spec.name, start=start, end=view.at)
    down = curves(read, start, POINTS, burns=False)
    return down, left_of(down, view), _days(read, view, ask.words)


def left_of(down: Curves, view: ObjectiveView) -> Values:
    """Return what was left of the budget; nothing is drawn from impossible figures."""
    if view.fault is not None:
        return (None,) * len(down.at)
    return budget_left(down, view.target)


def _days(read: ObjectiveSlices, view: ObjectiveView, words: Words) -> list[Day]:
    found = days(read, words.zone)
    if view.fault is None:
        return found
    return [replace(day, spent_ratio=None) for day in found]
