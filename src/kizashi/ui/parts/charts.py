"""Small charts that the server draws: SVG, readable without a script.

Colours are classes of the style sheet, so that a chart follows dark, light and print.
Nothing but numbers and our own words goes into the markup.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kizashi.slo.firing import ENOUGH_SEEN, is_little_seen
from kizashi.ui.parts.words import Words

Values = Sequence[float | None]
#: A stretch of which more was seen is drawn as seen in full.
_WHOLE = 0.99
#: Shares of the most above which a cell of a heat map is stronger.
_HEAT_EDGES = (0.01, 0.05, 0.2, 0.5)


def sparkline(values: Values, label: str, *, tone: str = "plain") -> Markup:
    """Return a line over its own range, its lowest at zero; a gap where no data is.

    Args:
        values: Oldest first.
        label: What a screen reader says instead.
        tone: plain, good, warning or bad.
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return Markup(
            '<svg class="spark none" role="img" aria-label="{}" viewBox="0 0 240 56"'
            ' preserveAspectRatio="none"><path class="gap" d="M0 52H240"/></svg>'
        ).format(label)
    return Markup(
        '<svg class="spark {}" role="img" aria-label="{}" viewBox="0 0 240 56"'
        ' preserveAspectRatio="none"><path d="{}"/></svg>'
    ).format(tone, label, _spark_path(values, max(known) or 1.0))


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


def line_path(
    values: Values, top: float, width: float, height: float, pad: float
) -> str:
    """Return a path through values from 0 to `top`; it is lifted where data lacks."""
    out, is_down = [], False
    for x, y in _points(values, top, width, height, pad):
        if y is None:
            is_down = False
            continue
        out.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = True
    return "".join(out)


def _points(
    values: Values, top: float, width: float, height: float, pad: float
) -> list[tuple[float, float | None]]:
    step = (width - 2 * pad) / max(1, len(values) - 1)
    inner = height - 2 * pad
    return [
        (
            pad + i * step,
            None
            if v is None or not math.isfinite(v)
            else height - pad - inner * min(1.0, max(0.0, v / top)),
        )
        for i, v in enumerate(values)
    ]


def bar(ratio: float | None, label: str, tone: str) -> Markup:
    """Return a horizontal bar, filled from the left; empty without data."""
    filled = 0.0 if ratio is None else 100 * min(1.0, max(0.0, ratio))
    return Markup(
        '<svg class="bar {}" role="img" aria-label="{}" viewBox="0 0 100 6"'
        ' preserveAspectRatio="none"><rect class="rail" width="100" height="6"/>'
        '<rect class="fill" width="{:.1f}" height="6"/></svg>'
    ).format(tone, label, filled)


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One line of a chart; `tone` is a class of the style sheet."""

    values: Values
    tone: str = "first"


def plot(
    lines: Sequence[ChartSeries],
    *,
    label: str,
    top: float | None = None,
    low: float = 0.0,
    marks: Sequence[tuple[float, str]] = (),
    upright: float | None = None,
) -> Markup:
    """Return lines over a common time, to be read without a script.

    Args:
        lines: All of the same length, oldest value first.
        label: What a screen reader says instead.
        top: The highest value shown; the highest there is if None.
        low: The lowest.
        marks: Horizontal lines: value and tone.
        upright: Where a vertical line stands, as a share of the width.
    """
    known = [
        v for one in lines for v in one.values if v is not None and math.isfinite(v)
    ]
    highest = (
        top if top is not None else max([*known, *(m for m, _ in marks)], default=1)
    )
    span = (highest - low) or 1.0
    parts = []
    for value, tone in marks:
        y = 196.0 - 192.0 * min(1.0, max(0.0, (value - low) / span))
        parts.append(
            Markup('<path class="mark {}" d="M4 {:.1f}H796"/>').format(tone, y)
        )
    if upright is not None:
        parts.append(
            Markup('<path class="mark" d="M{:.1f} 4V196"/>').format(4 + 792 * upright)
        )
    for one in lines:
        moved = [None if v is None else v - low for v in one.values]
        path = line_path(moved, span, 800.0, 200.0, 4.0)
        parts.append(Markup('<path class="line {}" d="{}"/>').format(one.tone, path))
    return Markup(
        '<svg class="plot" role="img" aria-label="{}" viewBox="0 0 800 200"'
        ' preserveAspectRatio="none"><path class="rail" d="M4 4V196H796"/>{}</svg>'
    ).format(label, Markup("").join(parts))


def strip(values: Values, label: str) -> Markup:
    """Return shares from 0 to 1 as a strip: full, partly, hardly or not at all seen."""
    step = 800 / max(1, len(values))
    parts, begins = [], 0
    # Neighbours of one tone are one piece: a quiet month is a single one.
    for tone, same in itertools.groupby(values, _seen_tone):
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


def _seen_tone(value: float | None) -> str:
    if not value:
        return "unseen"
    if value > _WHOLE:
        return "whole"
    return "little" if is_little_seen(value) else "most"


def heat_map(rows: Sequence[Values], label: str) -> Markup:
    """Return counts as a grid, the last row on top; the more, the stronger.

    Steps of the scale are powers, so that a few slow requests among many show.
    """
    most = max((v for row in rows for v in row if v), default=0.0)
    width = max((len(row) for row in rows), default=1)
    cell = 800 / width
    height = 200 / max(1, len(rows))
    parts = []
    for number, row in enumerate(reversed(rows)):
        begins, y = 0, number * height
        for step, same in itertools.groupby(row, lambda v: heat_step(v, most)):
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


def heat_step(value: float | None, most: float) -> int:
    """Return how strong a value shows, 1 to 5: each step is a few times the last.

    Nothing, and what is not known, is 0.
    """
    if not value or most <= 0:
        return 0
    share = value / most
    return 1 + sum(share > edge for edge in _HEAT_EDGES)


def top_text(lines: Sequence[tuple[str, ChartSeries]], unit: str, words: Words) -> str:
    """Return the highest value of some lines, as its unit is written."""
    known = [v for _, one in lines for v in one.values if v is not None]
    top = max(known, default=None)
    return UNITS[unit](words, top)


def steps() -> dict[str, object]:
    """Return from where on a script draws another tone: those of our own drawings."""
    return {"whole": _WHOLE, "enough": float(ENOUGH_SEEN), "heat": _HEAT_EDGES}


def units(words: Words) -> dict[str, str]:
    """Return how a script writes a number ``{n}`` of each unit."""
    return {name: words.t(message_id, n="{n}") for name, message_id in _UNITS.items()}


_UNITS = {
    "times": "ui.unit.times",
    "ms": "ui.unit.ms",
    "s": "ui.unit.s",
    "per_second": "ui.unit.per_second",
}


UNITS: Mapping[str, Callable[[Words, float | None], str]] = {
    "times": Words.burn,
    "count": Words.num,
    "share": lambda words, v: words.pct(v, 1),
    "seconds": Words.seconds,
    "rate": Words.rate,
    "bytes": Words.bytes,
    "cores": Words.num,
}
