"""Small pictures that the server draws: SVG, readable without a script.

Colours are classes of the style sheet, so that a picture follows dark, light and print.
Nothing but numbers and our own words goes into the markup.
"""

import itertools
import math
from collections.abc import Sequence

from markupsafe import Markup

from kizashi.ui.parts.charts import Chart, Values
from kizashi.ui.parts.tones import heat_steps, seen_tone

_WIDTH, _HEIGHT, _PAD = 800.0, 200.0, 4.0


def sparkline(values: Values, label: str, *, tone: str = "plain") -> Markup:
    """Return a line over its own range, its lowest at zero; a gap where no data is.

    Args:
        values: Oldest first.
        label: What a screen reader says instead.
        tone: plain, warning or bad.
    """
    numbers = [v for v in values if v is not None and math.isfinite(v)]
    if not numbers:
        return Markup(
            '<svg class="spark none" role="img" aria-label="{}" viewBox="0 0 240 56"'
            ' preserveAspectRatio="none"><path class="gap" d="M0 52H240"/></svg>'
        ).format(label)
    return Markup(
        '<svg class="spark {}" role="img" aria-label="{}" viewBox="0 0 240 56"'
        ' preserveAspectRatio="none"><path d="{}"/></svg>'
    ).format(tone, label, _spark_path(values, max(numbers) or 1.0))


def _spark_path(values: Values, top: float) -> str:
    """Return a surface for each stretch with data, in whole and relative numbers.

    Its edges at the sides and at the foot lie outside of the picture, so that one path
    is both surface and line: a page holds hundreds of them.
    """
    step = 240 / max(1, len(values) - 1)
    out: list[str] = []
    last: tuple[int, int] | None = None
    for i, value in enumerate(values):
        x = round(i * step)
        if value is None or not math.isfinite(value):
            if last is not None:
                out.append("V62Z")
            last = None
            continue
        y = 52 - round(48 * min(1.0, max(0.0, value / top)))
        if last is None:
            left = -4 if i == 0 else x
            out.append(f"M{left} 62V{y}H{x}")
        else:
            out.append(f"l{x - last[0]} {y - last[1]}")
        last = x, y
    if last is not None:
        out.append("H244V62Z")
    return "".join(out)


def bar(ratio: float | None, label: str, tone: str) -> Markup:
    """Return a horizontal bar, filled from the left; empty without data."""
    filled = 0.0 if ratio is None else 100 * min(1.0, max(0.0, ratio))
    return Markup(
        '<svg class="bar {}" role="img" aria-label="{}" viewBox="0 0 100 6"'
        ' preserveAspectRatio="none"><rect class="rail" width="100" height="6"/>'
        '<rect class="fill" width="{:.1f}" height="6"/></svg>'
    ).format(tone, label, filled)


def plot(chart: Chart, *, known: float | None = None) -> Markup:
    """Return a chart, to be read without a script.

    Args:
        chart: What it shows.
        known: The share of its width up to which its lines are known, where they are
            carried on: there stands a vertical line.
    """
    span = (chart.top - chart.low) or 1.0
    parts = []
    for limit in chart.limits:
        share = (limit - chart.low) / span
        if 0 <= share <= 1:
            mark = Markup('<path class="mark{}" d="M4 {:.1f}H796"/>')
            tone = "" if limit else " zero"
            parts.append(mark.format(tone, 196.0 - 192.0 * share))
    if known is not None:
        parts.append(
            Markup('<path class="mark" d="M{:.1f} 4V196"/>').format(4 + 792 * known)
        )
    for one in chart.series:
        moved = [None if v is None else v - chart.low for v in one.values]
        path = line_path(moved, span)
        parts.append(Markup('<path class="line {}" d="{}"/>').format(one.tone, path))
    return Markup(
        '<svg class="plot" role="img" aria-label="{}" viewBox="0 0 800 200"'
        ' preserveAspectRatio="none"><path class="rail" d="M4 4V196H796"/>{}</svg>'
    ).format(chart.label or chart.title, Markup("").join(parts))


def line_path(values: Values, top: float) -> str:
    """Return a path through values from 0 to `top`; it is lifted where data lacks."""
    step = (_WIDTH - 2 * _PAD) / max(1, len(values) - 1)
    inner = _HEIGHT - 2 * _PAD
    out, is_down = [], False
    for i, value in enumerate(values):
        if value is None or not math.isfinite(value):
            is_down = False
            continue
        x = _PAD + i * step
        y = _HEIGHT - _PAD - inner * min(1.0, max(0.0, value / top))
        out.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = True
    return "".join(out)


def strip(values: Values, label: str) -> Markup:
    """Return shares from 0 to 1 as a strip: full, partly, hardly or not at all seen."""
    step = 800 / max(1, len(values))
    parts, begins = [], 0
    # Neighbours of one tone are one piece: a quiet month is a single one.
    for tone, same in itertools.groupby(values, seen_tone):
        ends = begins + len(list(same))
        x, width = begins * step, (ends - begins) * step + 0.3
        parts.append(
            f'<rect class="{tone}" x="{x:.2f}" width="{width:.2f}" height="12"/>'
        )
        begins = ends
    return Markup(
        '<svg class="strip" role="img" aria-label="{}" viewBox="0 0 800 12"'
        ' preserveAspectRatio="none">{}</svg>'
    ).format(label, Markup("".join(parts)))  # noqa: S704


def heat_map(rows: Sequence[Values], label: str) -> Markup:
    """Return counts as a grid, the last row on top; the more, the stronger."""
    width = max((len(row) for row in rows), default=1)
    cell = 800 / width
    height = 200 / max(1, len(rows))
    parts = []
    for number, row in enumerate(reversed(heat_steps(rows))):
        begins, y = 0, number * height
        for step, same in itertools.groupby(row):
            ends = begins + len(list(same))
            if step:
                x, wide = begins * cell, (ends - begins) * cell
                parts.append(
                    f'<rect class="h{step}" x="{x:.1f}" y="{y:.1f}"'
                    f' width="{wide:.1f}" height="{height:.1f}"/>'
                )
            begins = ends
    return Markup(
        '<svg class="plot heat" role="img" aria-label="{}" viewBox="0 0 800 200"'
        ' preserveAspectRatio="none">{}</svg>'
    ).format(label, Markup("".join(parts)))  # noqa: S704
