"""Small charts that the server draws: SVG, readable without a script.

Colours are classes of the style sheet, so that a chart follows dark, light and print.
Nothing but numbers and our own words goes into the markup.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

_WIDTH = 120.0
_HEIGHT = 28.0
_PAD = 2.0

Values = Sequence[float | None]


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
            '<svg class="spark none" role="img" aria-label="{}" viewBox="0 0 120 28"'
            ' preserveAspectRatio="none"><path class="gap" d="M2 26H118"/></svg>'
        ).format(label)
    top = max(known) or 1.0
    path = line_path(values, top, _WIDTH, _HEIGHT, _PAD)
    area = area_path(values, top, _WIDTH, _HEIGHT, _PAD)
    return Markup(
        '<svg class="spark {}" role="img" aria-label="{}" viewBox="0 0 120 28"'
        ' preserveAspectRatio="none"><path class="area" d="{}"/>'
        '<path class="line" d="{}"/></svg>'
    ).format(tone, label, area, path)


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


def area_path(
    values: Values, top: float, width: float, height: float, pad: float
) -> str:
    """Return the surface under `line_path`, a part for each stretch with data."""
    out: list[str] = []
    part: list[tuple[float, float]] = []
    for x, y in [*_points(values, top, width, height, pad), (0.0, None)]:
        if y is not None:
            part.append((x, y))
            continue
        if part:
            line = "".join(f"L{px:.1f} {py:.1f}" for px, py in part)
            floor = height - pad
            out.append(f"M{part[0][0]:.1f} {floor}{line}L{part[-1][0]:.1f} {floor}Z")
            part = []
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
