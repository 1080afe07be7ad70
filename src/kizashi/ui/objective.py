"""One objective: its budget, how fast it burns, what was counted, and why."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kizashi.api._base import LATEST_S, bad_parameter, json_reply
from kizashi.app.answering import ObjectiveSlices
from kizashi.app.answers import NoteView, ObjectiveView
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
    projected,
    since,
)
from kizashi.app.standings import Declared, standings_of
from kizashi.errors import NotFoundError
from kizashi.model.durations import parse_duration
from kizashi.ports.alert_desk import EvidencePairView, EvidenceWindowView
from kizashi.slo.budget import budget_level, misses_target, value_of
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.slo.window_sums import mean_coverage
from kizashi.ui.parts import charts
from kizashi.ui.parts.base import Ask, Choice
from kizashi.ui.parts.calendar_days import cell_of, weeks
from kizashi.ui.parts.csv_files import csv_file, csv_number, series_rows
from kizashi.ui.parts.explained import Rows, explained
from kizashi.ui.parts.findings import LEVELS as LINT_LEVELS, findings_of
from kizashi.ui.parts.terms import (
    ALERT_NAMES,
    BUDGET_TONES,
    LEVELS,
    PHASES,
    SEVERITIES,
    STATES,
)
from kizashi.ui.parts.words import Words

_POINTS = 240
_MOST_POINTS = 2_000
_POINT_DIGITS = 5
_MOST_LATE = 20
_TABLE_ROWS = 24
_RANGES = ("1h", "6h", "1d", "3d", "7d", "30d")
_DAY_S = 86_400
#: One for each window of a burn chart.
_TONES = (
    *("first", "second", "third", "fourth"),
    *("fifth", "sixth", "seventh", "eighth"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """What charts show: ``(start, end]``, and the range that was chosen, if one was."""

    start: float
    end: float
    chosen: str


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows.

    Raises:
        NotFoundError: If no such objective is declared.
    """
    service, spec = spec_of(ask)
    api, words = ask.services.api, ask.words
    view = api.answers.objective(service.name, spec.name, ask.at)
    alerts = await api.alerts.objective_alerts(service.name, spec.name, ask.at)
    span = span_of(ask, view)
    read = await run_in_threadpool(_read, ask, spec, view, span)
    declared = ask.services.board.declared(service.name, spec.name)
    level = standings_of([view], [a.alert for a in alerts])[0].level
    return {
        "service": service,
        "spec": spec,
        "view": view,
        "name": title_of(spec, words),
        "service_name": words.local(service.display_name.as_dict(), service.name),
        "reason": reason(view, words),
        "level": level.word,
        "level_word": words.t(LEVELS[level]),
        "left_tone": BUDGET_TONES[budget_level(view.budget.remaining_ratio)],
        "is_missed": misses_target(view.sli, view.target),
        "explain": explained(view, words),
        "declared_rows": _declared_rows(
            [d for d in declared if d.since <= view.at], words
        ),
        "alerts": alerts,
        "findings": [] if ask.at is not None else await findings_of(ask, spec),
        "levels": LINT_LEVELS,
        "pairs": [(a, p) for a in alerts if a.evidence for p in a.evidence.pairs],
        "burns_of": lambda pair: _pair_burns(pair, view),
        "phases": PHASES,
        "states": STATES,
        "severities": SEVERITIES,
        "alert_names": ALERT_NAMES,
        "declared": declared,
        "notes": [note_text(n, words) for n in view.notes],
        "runbook": _runbook(service, spec),
        **_drawn(ask, view, read, span),
    }


def _drawn(
    ask: Ask, view: ObjectiveView, read: "_Read", span: Span
) -> Mapping[str, object]:
    """Return what the charts show, and where they come from."""
    words, down, shown = ask.words, read.down, read.shown
    left = _left(down, view)
    projection = _projection(view, parse_duration(view.window) / 1000)
    factors = sorted({float(p.factor) for a in view.alerts for p in a.pairs})
    past = "" if ask.at is None else f"{urlencode({'at': ask.query['at']})}&"
    return {
        "curves": shown,
        "down": down,
        "left": left,
        "ahead": projected(left, projection),
        "low": min(0.0, min((v for v in left if v is not None), default=0.0)),
        "projection": projection,
        "burn_lines": _burn_lines(shown),
        "factors": [(factor, "mark") for factor in factors],
        "calendar": weeks([cell_of(day, words) for day in read.days]),
        "late": read.late,
        "rows": _table(shown),
        "span": span,
        "range_choices": _choices(ask, span),
        "plots": _plots(shown, words, factors),
        "chart_url": f"{ask.address}/chart.json",
        "csv_url": f"{ask.address}/chart.csv?start={span.start:.0f}&end={span.end:.0f}",
        "window_csv": f"{ask.address}/chart.csv?{past}",
    }


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the window's curves, days and late events; the span's curves."""

    down: Curves
    days: list[Day]
    late: list[LatePoint]
    shown: Curves


def _read(ask: Ask, spec: ObjectiveSpec, view: ObjectiveView, span: Span) -> _Read:
    """Read the ledger for the page, once where the span ends with the window."""
    window_s = spec.window.length_ms / 1000
    newest = ask.stretch(spec.service, spec.name, start=view.at - 1, end=view.at)
    begin = max(0.0, span.start - longest_window_s(newest.tracked))
    together = span.end == view.at
    start = min(begin, view.at - window_s) if together else view.at - window_s
    read = ask.stretch(spec.service, spec.name, start=start, end=view.at)
    whole = since(read, view.at - window_s)
    down = curves(whole, view.at - window_s, _POINTS, burns=False)
    part = (
        since(read, begin)
        if together
        else ask.stretch(spec.service, spec.name, start=begin, end=span.end)
    )
    return _Read(
        down,
        _days(whole, view, ask.words),
        late_events(whole, _MOST_LATE),
        curves(part, span.start, _POINTS),
    )


async def chart_json(ask: Ask) -> Response:
    """Return the curves of a stretch for charts, all of them in one answer."""
    found = await _asked(ask)
    return json_reply(
        {
            "at": found.at,
            "step_s": found.step_s,
            "series": {
                "bad": found.bad,
                "valid": found.valid,
                "late": found.late,
                "coverage": found.coverage,
                **{f"burn {window}": v for window, v in found.burns.items()},
            },
        }
    )


async def chart_csv(ask: Ask) -> Response:
    """Return the curves of a stretch as a file to keep: one chart's, or all of them.

    Raises:
        RequestError: If there is no such chart (400).
    """
    chart = ask.query.get("chart", "")
    name = f"{ask.named['service']}-{ask.named['objective']}"
    if chart:
        name += f"-{chart}"
    if chart in {"budget", "days"}:
        rows = await run_in_threadpool(
            _budget_rows if chart == "budget" else _day_rows, ask
        )
        return csv_file(rows, name)
    found = await _asked(ask)
    columns: dict[str, Sequence[float | None]] = {
        "bad": found.bad,
        "valid": found.valid,
        "late": found.late,
        "coverage": found.coverage,
        **{f"burn_{window}": values for window, values in found.burns.items()},
    }
    wanted = _CSV_COLUMNS.get(chart)
    if wanted is None:
        raise bad_parameter("chart", chart, "ui.expected.chart")
    shown = {k: v for k, v in columns.items() if k.startswith(wanted)}
    return csv_file(series_rows(found.at, shown, ask.words), name)


#: What the names of each chart's columns begin with; all charts without a name.
_CSV_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "": ("",),
    "burns": ("burn_", "bad", "valid"),
    "events": ("bad", "valid", "late"),
    "coverage": ("coverage",),
}


def _budget_rows(ask: Ask) -> list[list[str]]:
    """Return what was left of the budget over the window, point by point."""
    down, left, _ = _whole(ask)
    columns = {"left_ratio": left, "bad": down.bad, "valid": down.valid}
    return series_rows(down.at, columns, ask.words)


def _day_rows(ask: Ask) -> list[list[str]]:
    """Return what each day of the window spent."""
    _, _, found = _whole(ask)
    rows = [["day", "bad", "valid", "coverage", "spent_ratio"]]
    for day in found:
        figures = (day.bad, day.valid, day.coverage, day.spent_ratio)
        rows.append([day.date.isoformat(), *map(csv_number, figures)])
    return rows


def _whole(ask: Ask) -> tuple[Curves, Values, list[Day]]:
    """Return the whole window: its curves, its budget's and its days."""
    _, spec = spec_of(ask)
    view = ask.services.api.answers.objective(spec.service, spec.name, ask.at)
    start = view.at - parse_duration(view.window) / 1000
    read = ask.stretch(spec.service, spec.name, start=start, end=view.at)
    down = curves(read, start, _POINTS, burns=False)
    return down, _left(down, view), _days(read, view, ask.words)


def _left(down: Curves, view: ObjectiveView) -> Values:
    """Return what was left of the budget; nothing is drawn from impossible figures."""
    if view.fault is not None:
        return (None,) * len(down.at)
    return budget_left(down, view.target)


def _days(read: ObjectiveSlices, view: ObjectiveView, words: Words) -> list[Day]:
    found = days(read, words.zone)
    if view.fault is None:
        return found
    return [replace(day, spent_ratio=None) for day in found]


async def _asked(ask: Ask) -> Curves:
    _, spec = spec_of(ask)
    view = ask.services.api.answers.objective(spec.service, spec.name, ask.at)
    span = span_of(ask, view)
    points = ask.query.get("points", "")
    is_count = points.isascii() and points.isdigit() and len(points) <= _POINT_DIGITS
    count = int(points) if is_count else _POINTS

    def read() -> Curves:
        near = ask.stretch(spec.service, spec.name, start=span.start, end=span.end)
        start = max(0.0, span.start - longest_window_s(near.tracked))
        part = ask.stretch(spec.service, spec.name, start=start, end=span.end)
        return curves(part, span.start, min(_MOST_POINTS, max(1, count)))

    return await run_in_threadpool(read)


def spec_of(ask: Ask) -> tuple[ServiceSpec, ObjectiveSpec]:
    """Return the service and the objective that a path names.

    Raises:
        NotFoundError: If they are not declared.
    """
    for service in ask.services.board.services():
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
    known = chosen if chosen in _RANGES else "6h"
    return Span(view.at - parse_duration(known) / 1000, view.at, known)


def title_of(spec: ObjectiveSpec, words: Words) -> str:
    """Return an objective's name for people."""
    return words.local(spec.display_name.as_dict(), spec.name)


def reason(view: ObjectiveView, words: Words) -> str:
    """Return in a sentence where the budget stands and where it goes."""
    budget = view.budget
    if view.fault is not None:
        return note_text(view.fault, words)
    if budget.remaining_ratio is None:
        return words.t("ui.objective.no_events", window=words.window(view.window))
    said = words.t(
        "ui.objective.spent_so_far",
        spent=words.num(budget.spent),
        allowed=words.num(round(budget.allowed or 0, 2)),
        window=words.window(view.window),
    )
    if budget.time_to_empty_s is None:
        more = words.t("ui.objective.lasts")
    elif budget.time_to_empty_s == 0:
        more = words.t("ui.reason.empty")
    else:
        more = words.t("ui.reason.empty_in", dur=words.dur(budget.time_to_empty_s))
    return words.sentences(said, more)


def _declared_rows(declared: Sequence[Declared], words: Words) -> Rows:
    """Return since when the target is what it is."""
    if not declared:
        return []
    newest = declared[0]
    return [
        (words.t("ui.column.since"), words.clock(newest.since, seconds=True)),
        (words.t("ui.column.target"), words.target(newest.target)),
        (words.t("ui.column.window"), words.dur(newest.window_s)),
        (words.t("ui.column.generation"), str(newest.generation)),
    ]


def note_text(note: NoteView, words: Words) -> str:
    """Return a note in the reader's language."""
    params = dict(note.params)
    message_id, when = _DATED_NOTES.get(note.code, (note.code, ""))
    if when:
        params[when] = words.clock(float(params[when]), seconds=True)
    return words.told(message_id, **params)


#: Notes that name a time in Unix seconds: how a page puts them, and what it replaces.
_DATED_NOTES = {
    "ledger.birth": ("ui.note.birth", "at"),
    "ledger.birth.no_created": ("ui.note.birth.no_created", "at"),
    "ledger.birth.any_created": ("ui.note.birth.any_created", "at"),
    "ledger.birth.new_process": ("ui.note.birth.new_process", "at"),
    "ledger.simulated": ("ui.note.simulated", "until"),
}


def _choices(ask: Ask, span: Span) -> list[Choice]:
    return [
        Choice(
            ask.words.window(text),
            ask.link(range=text, start=None, end=None),
            is_chosen=text == span.chosen,
        )
        for text in _RANGES
    ]


def _projection(view: ObjectiveView, window_s: float) -> float | None:
    """Return the share of the window after which the budget is empty, if within it."""
    empty_s = view.budget.time_to_empty_s
    if not empty_s or empty_s > window_s:
        return None
    return empty_s / window_s


def _burn_lines(found: Curves) -> list[tuple[str, charts.ChartSeries]]:
    pairs = zip(found.burns.items(), _TONES * 2, strict=False)
    return [
        (window, charts.ChartSeries(values, tone)) for (window, values), tone in pairs
    ]


def _plots(found: Curves, words: Words, factors: Sequence[float]) -> dict[str, object]:
    """Return what the script draws: which series, how they are called, their unit."""
    burns = [
        {"key": f"burn {window}", "label": words.window(window), "tone": line.tone}
        for window, line in _burn_lines(found)
    ]
    exact = [
        {"key": "bad", "label": words.t("ui.series.bad")},
        {"key": "valid", "label": words.t("ui.series.valid")},
    ]
    return {
        "burns": {"series": burns, "unit": "times", "exact": exact, "lines": factors},
        "events": {
            "series": [
                {"key": "valid", "label": words.t("ui.series.valid"), "tone": "first"},
                {"key": "bad", "label": words.t("ui.series.bad"), "tone": "bad"},
                {"key": "late", "label": words.t("ui.series.late"), "tone": "third"},
            ],
            "unit": "count",
            "kind": "steps",
        },
    }


def _table(found: Curves) -> list[dict[str, float | None]]:
    """Return the curves in a few rows, for readers without eyes on the chart."""
    step = max(1, math.ceil(len(found.at) / _TABLE_ROWS))
    rows: list[dict[str, float | None]] = []
    for end in range(len(found.at), 0, -step):
        begin = max(0, end - step)
        cut = slice(begin, end)
        seen = found.coverage[cut]
        rows.append(
            {
                "at": found.at[end - 1],
                "bad": sum(found.bad[cut]),
                "valid": sum(found.valid[cut]),
                "coverage": mean_coverage(seen),
            }
        )
    return rows


@dataclass(frozen=True, slots=True)
class PairBurn:
    """How fast one window of a pair burns, and whether that is above its factor."""

    window: EvidenceWindowView
    rate: float | None
    is_over: bool


def _pair_burns(pair: EvidencePairView, view: ObjectiveView) -> list[PairBurn]:
    """Return both windows of a pair, the long one first."""
    burns = [
        (window, None if view.fault else pair.burn(window))
        for window in (pair.long, pair.short)
    ]
    factor = Fraction(pair.factor)
    return [
        PairBurn(window, value_of(burn), burn is not None and burn.exceeds(factor))
        for window, burn in burns
    ]


def _runbook(service: ServiceSpec, spec: ObjectiveSpec) -> str:
    return next((r.ref for r in service.runbooks if r.on == spec.name), "")
