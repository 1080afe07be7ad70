"""The figures behind an objective's charts: for the script, and as files to keep."""

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kizashi.api._base import bad_parameter, json_reply
from kizashi.app.curves import Curves, curves, longest_window_s
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.csv_files import csv_file, csv_number, series_rows
from kizashi.ui.parts.objective_reading import POINTS, span_of, spec_of, whole_window
from kizashi.ui.parts.tones import seen_tone

_MOST_POINTS = 2_000
_POINT_DIGITS = 5
#: What the names of each chart's columns begin with; all charts without a name.
_CSV_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "": ("",),
    "burns": ("burn_", "bad", "valid"),
    "events": ("bad", "valid", "late"),
    "coverage": ("coverage",),
}


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
            "seen": [seen_tone(share) for share in found.coverage],
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


def _budget_rows(ask: Ask) -> list[list[str]]:
    """Return what was left of the budget over the window, point by point."""
    down, left, _ = whole_window(ask)
    columns = {"left_ratio": left, "bad": down.bad, "valid": down.valid}
    return series_rows(down.at, columns, ask.words)


def _day_rows(ask: Ask) -> list[list[str]]:
    """Return what each day of the window spent."""
    _, _, days_read = whole_window(ask)
    rows = [["day", "bad", "valid", "coverage", "spent_ratio"]]
    for day in days_read:
        figures = (day.bad, day.valid, day.coverage, day.spent_ratio)
        rows.append([day.date.isoformat(), *map(csv_number, figures)])
    return rows


async def _asked(ask: Ask) -> Curves:
    _, spec = spec_of(ask)
    view = ask.services.api.answers.objective(spec.service, spec.name, ask.at)
    span = span_of(ask, view)
    points = ask.query.get("points", "")
    is_count = points.isascii() and points.isdigit() and len(points) <= _POINT_DIGITS
    count = int(points) if is_count else POINTS

    def read() -> Curves:
        near = ask.stretch(spec.service, spec.name, start=span.start, end=span.end)
        start = max(0.0, span.start - longest_window_s(near.tracked))
        part = ask.stretch(spec.service, spec.name, start=start, end=span.end)
        return curves(part, span.start, min(_MOST_POINTS, max(1, count)))

    return await run_in_threadpool(read)
