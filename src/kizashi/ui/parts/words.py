"""Numbers, times and durations as a page's reader wants to see them."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from markupsafe import Markup

from kizashi.errors import DurationError
from kizashi.messages import formats, render, render_sentences
from kizashi.messages.formats import NONE, decimals_of
from kizashi.model.durations import parse_duration
from kizashi.slo.budget import share_of

_LONGEST_ZONE = 64
_FIELD = "%Y-%m-%dT%H:%M:%S"


@functools.lru_cache(maxsize=256)
def zone_of(name: str | None) -> tzinfo:
    """Return a time zone by its IANA name; UTC for a name that is none."""
    if not name or len(name) > _LONGEST_ZONE:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


@dataclass(frozen=True, slots=True)
class Words:
    """Writes for one reader at one time. No data, None or NaN, is a dash.

    Times are Unix seconds.

    Attributes:
        language: One of `kizashi.messages.LANGUAGES`.
        zone: The reader's time zone.
        now: Unix seconds.
        at: The past time that a page shows, which how long ago something was is
            told from; None for a page that shows now.
    """

    language: str
    zone: tzinfo
    now: float
    at: float | None = None

    def t(self, message_id: str, /, **params: object) -> str:
        """Return a message of the catalogue."""
        return render(self.language, message_id, **params)

    def told(self, message_id: str, /, **params: object) -> str:
        """Return a message that says what is wrong and what to do as sentences."""
        return render_sentences(self.language, message_id, **params)

    def sentences(self, *texts: str) -> str:
        """Return sentences one after the other."""
        return formats.sentences(self.language, texts)

    def local(self, texts: Mapping[str, str], otherwise: str) -> str:
        """Return a text of a declaration in the reader's language."""
        return texts.get(self.language) or texts.get("en") or otherwise

    def num(self, value: float | None) -> str:
        """Return a count, or another number with as many decimals as it is worth."""
        if value is None or not math.isfinite(value):
            return NONE
        is_plain = abs(value) < 1 or float(value).is_integer()
        return formats.number(value, None if is_plain else decimals_of(value))

    def pct(self, ratio: float | None, decimals: int = 1) -> str:
        """Return a ratio in per cent, rounded down; never 0 % of something."""
        return formats.share(ratio, decimals)

    def left(self, ratio: float | None) -> str:
        """Return what is left of a budget: written alike wherever it stands."""
        return self.pct(ratio, 1)

    def share(self, bad: float, valid: float) -> str:
        """Return a share of bad events in per cent with two digits that count."""
        ratio = share_of(bad, valid)
        if ratio is None:
            return NONE
        percent = 100 * ratio
        decimals = 1 if percent >= 1 else 2 if percent >= 0.1 else 3  # noqa: PLR2004
        return f"{formats.number(percent, decimals if percent else 0)}%"

    def target(self, ratio: float) -> str:
        """Return a target as it was declared."""
        return formats.percent(ratio)

    def sli(self, ratio: float | None, target: float) -> str:
        """Return an indicator with one decimal more than its target has."""
        return formats.indicator(ratio, target)

    def burn(self, rate: float | None) -> str:
        """Return a burn rate as a multiple."""
        if rate is None or not math.isfinite(rate):
            return NONE
        return self.t("ui.unit.times", n=formats.times(rate))

    def rate(self, per_s: float | None) -> str:
        """Return events per second."""
        if per_s is None or not math.isfinite(per_s):
            return NONE
        return self.t("ui.unit.per_second", n=formats.number(per_s, decimals_of(per_s)))

    def seconds(self, seconds: float | None) -> str:
        """Return a latency: milliseconds below a second."""
        if seconds is None or not math.isfinite(seconds):
            return NONE
        if seconds < 1:
            shown = formats.number(seconds * 1000, decimals_of(seconds * 1000, 1))
            return self.t("ui.unit.ms", n=shown)
        return self.t("ui.unit.s", n=formats.number(seconds, 2))

    def bytes(self, size: float | None) -> str:
        """Return a size in powers of a thousand."""
        if size is None or not math.isfinite(size):
            return NONE
        return formats.size(int(size))

    def dur(self, seconds: float | None) -> str:
        """Return a duration in its two largest units, rounded down."""
        if seconds is None:
            return NONE
        return formats.duration(self.language, seconds)

    def window(self, text: str) -> str:
        """Return a Prometheus duration as the language writes it."""
        try:
            return self.dur(parse_duration(text) / 1000)
        except DurationError:
            return text

    def ago(self, at: float | None) -> str:
        """Return how long ago, or in how long, a time is."""
        if at is None:
            return NONE
        now = self.now if self.at is None else self.at
        return formats.relative(self.language, now - at)

    def clock(self, at: float | None, *, seconds: bool = False) -> str:
        """Return a time with its zone; with its day unless that is today."""
        if at is None:
            return NONE
        there = datetime.fromtimestamp(math.floor(at), self.zone)
        here = datetime.fromtimestamp(self.now, self.zone)
        text = there.strftime("%H:%M:%S" if seconds else "%H:%M")
        shown = f"{text} {formats.zone_name(there)}"
        return shown if there.date() == here.date() else f"{self.day(at)} {shown}"

    def day(self, at: float) -> str:
        """Return a day; with its year unless that is this year."""
        there = datetime.fromtimestamp(at, self.zone)
        here = datetime.fromtimestamp(self.now, self.zone)
        if there.year == here.year:
            return formats.short_day(self.language, there)
        return formats.day(self.language, there)

    def short_day(self, day: date) -> str:
        """Return a day without its year."""
        return formats.short_day(self.language, day)

    def moment(self, at: float) -> str:
        """Return a time with its day, its seconds and its zone."""
        there = datetime.fromtimestamp(math.floor(at), self.zone)
        told = f"{there:%H:%M:%S} {formats.zone_name(there)}"
        return f"{self.day(at)} {told}"

    def zone_name(self, at: float) -> str:
        """Return what the reader's time zone is called at a time."""
        return formats.zone_name(datetime.fromtimestamp(at, self.zone))

    def field(self, at: float) -> str:
        """Return a time as a field for one holds it, in the reader's time zone."""
        return datetime.fromtimestamp(math.floor(at), self.zone).strftime(_FIELD)

    def instant(self, text: str) -> float | None:
        """Return the time that such a field holds, None where it is none."""
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        if found.tzinfo is not None or "T" not in text:
            return None
        return found.replace(tzinfo=self.zone).timestamp()

    def iso(self, at: float) -> str:
        """Return a time for machines."""
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")

    def when(self, at: float | None) -> str:
        """Return a time element: how long ago, and when exactly."""
        if at is None:
            return NONE
        return Markup(
            '<time datetime="{}">{} <span class="exact">({})</span></time>'
        ).format(self.iso(at), self.ago(at), self.clock(at, seconds=True))
