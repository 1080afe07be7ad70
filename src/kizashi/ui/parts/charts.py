"""What a chart shows, said once for all who draw it.

The server draws it as SVG, to be read without a script; the script draws the same
chart on a canvas, to be zoomed and read exactly; a picture to keep is what of the two
is there. Which lines there are, what they are called, their unit, the limits they are
held against and where their scale begins comes from here. A value that is None is a
gap: what lies on its two sides is never joined.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from kizashi.ui.parts.base import Choice
from kizashi.ui.parts.words import Words

Values = Sequence[float | None]
#: Tones for as many lines as a chart may have.
LINE_TONES = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitStep:
    """How numbers of a unit are written, as far as `below`.

    Attributes:
        text: The id of a message with an ``{n}``, or such a text of symbols alone.
        times: What a number is multiplied with first.
        digits: How many decimals it has at most.
        below: Numbers from here on are written as the next step says; None for all.
    """

    text: str
    times: float = 1.0
    digits: int = 3
    below: float | None = None


class ChartUnit(Enum):
    """What the values of a chart are.

    A member is what the server writes a value with, how the script does, and the
    highest value of a scale on which nothing ever was.
    """

    TIMES = (Words.burn, (UnitStep("ui.unit.times", digits=2),), 1.0)
    COUNT = (Words.num, (UnitStep("{n}"),), 1.0)
    SHARE = (lambda w, v: w.pct(v, 1), (UnitStep("{n}%", times=100.0),), 0.01)
    SECONDS = (
        Words.seconds,
        (
            UnitStep("ui.unit.ms", times=1000.0, digits=2, below=1.0),
            UnitStep("ui.unit.s", digits=2),
        ),
        1.0,
    )
    RATE = (Words.rate, (UnitStep("ui.unit.per_second"),), 1.0)
    BYTES = (
        Words.bytes,
        (
            UnitStep("{n} B", digits=0, below=1e6),
            UnitStep("{n} MB", times=1e-6, digits=2, below=1e9),
            UnitStep("{n} GB", times=1e-9, digits=2),
        ),
        1.0,
    )

    def __init__(
        self,
        write: Callable[[Words, float | None], str],
        steps: tuple[UnitStep, ...],
        least: float,
    ) -> None:
        self.write = write
        self.steps = steps
        self.least = least


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One line of a chart.

    Attributes:
        key: Its name in the answer that the script asks for.
        label: What it is called.
        values: One for each step, oldest first; None is a gap.
        tone: A class of the style sheet.
    """

    key: str
    label: str
    values: Values = ()
    tone: str = "first"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    Attributes:
        key: Its name in addresses and files.
        title: What it is called.
        at: Right edges of its steps, Unix seconds.
        series: Its lines.
        unit: What their values are.
        limits: What the lines are held against, such as the factors of a policy;
            rising.
        exact: Counts that are told beside the lines.
        is_stepped: Whether a value holds for its whole step.
        low: Where its scale begins.
        high: Where its scale ends; None for what its lines and limits ask for.
        label: What a screen reader says instead; its title if empty.
    """

    key: str
    title: str
    at: Sequence[float]
    series: tuple[ChartSeries, ...]
    unit: ChartUnit
    limits: tuple[float, ...] = ()
    exact: tuple[ChartSeries, ...] = ()
    is_stepped: bool = False
    low: float = 0.0
    high: float | None = None
    label: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of all its series in an answer."""
        return tuple(one.key for one in (*self.series, *self.exact))

    @property
    def highest(self) -> float | None:
        """The highest value of its lines; None without data."""
        numbers = (v for one in self.series for v in one.values if v is not None)
        return max((v for v in numbers if math.isfinite(v)), default=None)

    def top_text(self, words: Words) -> str:
        """Return what stands at the top of its scale; a dash without anything on it."""
        is_blank = self.highest is None and not self.limits and self.high is None
        return self.unit.write(words, None if is_blank else self.top)

    def low_text(self, words: Words) -> str:
        """Return what stands at the foot of its scale."""
        return self.unit.write(words, self.low) if self.low else "0"

    @property
    def top(self) -> float:
        """Where its scale ends: at the limit above its lines, or at their highest."""
        if self.high is not None:
            return self.high
        highest = self.highest or 0.0
        above = next((limit for limit in self.limits if limit > highest), None)
        last = self.limits[-1] if self.limits else 0.0
        return max(highest or self.unit.least, last if above is None else above)


@dataclass(frozen=True, slots=True)
class ChartSection:
    """Charts of one stretch, which the script asks for together.

    Times are Unix seconds.

    Attributes:
        title: What it is called.
        url: Where the script asks for their values.
        csv_url: All of them as a file.
        start: Left edge, Unix seconds, not included.
        end: Right edge, included.
        follows: Whether it ends with now and moves on with it.
        ranges: Other stretches.
    """

    title: str
    url: str
    csv_url: str
    start: float
    end: float
    follows: bool
    ranges: Sequence[Choice]


def script_of(chart: Chart, words: Words) -> dict[str, object]:
    """Return the chart as the script is told it; the values it asks for itself."""
    return {
        "series": [
            {"key": one.key, "label": one.label, "tone": one.tone}
            for one in chart.series
        ],
        "unit": _unit(chart.unit, words),
        "least": chart.unit.least,
        "limits": list(chart.limits),
        "exact": [{"key": one.key, "label": one.label} for one in chart.exact],
        "stepped": chart.is_stepped,
    }


def _unit(unit: ChartUnit, words: Words) -> list[dict[str, object]]:
    return [
        {
            "text": words.t(step.text, n="{n}")
            if "{n}" not in step.text
            else step.text,
            "times": step.times,
            "digits": step.digits,
            "below": step.below,
        }
        for step in unit.steps
    ]
