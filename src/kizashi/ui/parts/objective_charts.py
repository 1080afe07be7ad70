"""What the charts of an objective show."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from kizashi.app.answers import ObjectiveView
from kizashi.app.curves import Curves, projected
from kizashi.model.durations import parse_duration
from kizashi.slo.window_sums import mean_coverage
from kizashi.ui.parts import drawings
from kizashi.ui.parts.base import Ask, Choice
from kizashi.ui.parts.charts import (
    LINE_TONES,
    Chart,
    ChartSection,
    ChartSeries,
    ChartUnit,
)
from kizashi.ui.parts.objective_reading import RANGES, Span, left_of
from kizashi.ui.parts.tones import budget_tone
from kizashi.ui.parts.words import Words

_TABLE_ROWS = 24


@dataclass(frozen=True, slots=True)
class BurnDown:
    """What is left of the budget over the window, and where it goes.

    Times are Unix seconds.
    """

    svg: Markup
    low: str
    start: float
    end: float
    #: What is said of the line that is carried on; empty where there is none.
    ahead: str
    csv_url: str


@dataclass(frozen=True, slots=True)
class CurveRow:
    """A few points of the charts as a row of a table.

    Times are Unix seconds.
    """

    at: float
    bad: float
    valid: float
    coverage: float | None


def burn_down(
    view: ObjectiveView, down: Curves, csv_url: str, words: Words
) -> BurnDown:
    """Return what is left of the budget over the window, drawn."""
    t, left = words.t, left_of(down, view)
    tone = budget_tone(view.budget.remaining_ratio)
    projection = _projection(view, parse_duration(view.window) / 1000)
    past, ahead = projected(left, projection)
    lines = [ChartSeries("left", "", past, "bad" if tone == "bad" else "first")]
    if ahead:
        lines.append(ChartSeries("ahead", "", ahead, "ahead"))
    chart = Chart(
        "budget",
        t("ui.objective.burn_down"),
        down.at,
        tuple(lines),
        ChartUnit.SHARE,
        limits=(0.0,),
        low=min(0.0, min((v for v in left if v is not None), default=0.0)),
        high=1.0,
        label=t(
            "ui.objective.burn_down_label", left=words.left(view.budget.remaining_ratio)
        ),
    )
    told = ""
    if projection is not None:
        empty = t("ui.reason.empty_in", dur=words.dur(view.budget.time_to_empty_s))
        told = f"{empty} {t('ui.objective.ahead_note')}"
    known = (len(left) - 1) / (len(past) - 1) if ahead else None
    return BurnDown(
        svg=drawings.plot(chart, known=known),
        low=words.pct(chart.low, 0),
        start=view.at - len(down.at) * down.step_s,
        end=view.at + (len(past) - len(left)) * down.step_s,
        ahead=told,
        csv_url=csv_url,
    )


def _projection(view: ObjectiveView, window_s: float) -> float | None:
    """Return the share of the window after which the budget is empty, if within it."""
    empty_s = view.budget.time_to_empty_s
    if not empty_s or empty_s > window_s:
        return None
    return empty_s / window_s


def objective_section(ask: Ask, span: Span) -> ChartSection:
    """Return the section of the charts of a stretch."""
    choices = [
        Choice(
            ask.words.window(text),
            ask.link(range=text, start=None, end=None),
            is_chosen=text == span.chosen,
        )
        for text in RANGES
    ]
    return ChartSection(
        title=ask.words.t("ui.objective.history"),
        url=f"{ask.address}/chart.json",
        csv_url=f"{ask.address}/chart.csv?start={span.start:.0f}&end={span.end:.0f}",
        start=span.start,
        end=span.end,
        follows=bool(span.chosen) and ask.at is None,
        ranges=choices,
    )


def objective_charts(curves: Curves, view: ObjectiveView, words: Words) -> list[Chart]:
    """Return burn rates and events; both are drawn anew by the script."""
    t = words.t
    tones = zip(curves.burns.items(), LINE_TONES * 2, strict=False)
    bad, valid = t("ui.series.bad"), t("ui.series.valid")
    return [
        Chart(
            "burns",
            t("ui.objective.burn_rates"),
            curves.at,
            tuple(
                ChartSeries(f"burn {window}", words.window(window), values, tone)
                for (window, values), tone in tones
            ),
            ChartUnit.TIMES,
            limits=tuple(
                sorted({float(p.factor) for a in view.alerts for p in a.pairs})
            ),
            exact=(ChartSeries("bad", bad), ChartSeries("valid", valid)),
        ),
        Chart(
            "events",
            t("ui.objective.events"),
            curves.at,
            (
                ChartSeries("valid", valid, curves.valid),
                ChartSeries("bad", bad, curves.bad, "bad"),
                ChartSeries("late", t("ui.series.late"), curves.late, "third"),
            ),
            ChartUnit.COUNT,
            is_stepped=True,
        ),
    ]


def curve_rows(curves: Curves) -> list[CurveRow]:
    """Return the curves in a few rows, for readers without eyes on the chart."""
    step = max(1, math.ceil(len(curves.at) / _TABLE_ROWS))
    rows = []
    for end in range(len(curves.at), 0, -step):
        cut = slice(max(0, end - step), end)
        rows.append(
            CurveRow(
                curves.at[end - 1],
                sum(curves.bad[cut]),
                sum(curves.valid[cut]),
                mean_coverage(curves.coverage[cut]),
            )
        )
    return rows
