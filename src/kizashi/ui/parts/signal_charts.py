"""What the charts of a service's golden signals show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kizashi.api._base import bad_parameter
from kizashi.app.signals import Cut, Signals
from kizashi.model.durations import parse_duration
from kizashi.ui.parts.base import Ask, Choice
from kizashi.ui.parts.charts import (
    LINE_TONES,
    Chart,
    ChartSection,
    ChartSeries,
    ChartUnit,
    Values,
)
from kizashi.ui.parts.signal_tiles import error_ratios
from kizashi.ui.parts.words import Words

_RANGES = ("1h", "6h", "1d", "3d", "7d")
#: Steps a chart is cut into; each is a whole number of the shortest.
_POINTS = 120
SHORTEST_STEP_MS = 60_000
_LONGEST_MS = 31 * 86_400_000
_TABLE_ROWS = 30


#: Lines of a chart: key, label and values of each.
Lines = Sequence[tuple[str, str, Values]]


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One step of the charts as a row of a table.

    Times are Unix seconds.
    """

    at: float
    requests: float | None
    errors: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    cpu: float | None
    memory: float | None
    in_flight: float | None
    seen: float


def cut_of(ask: Ask) -> tuple[Cut, str]:
    """Return the stretch that charts show, and the range that was chosen.

    Raises:
        RequestError: If a time of the address is none, or the stretch too long (400).
    """
    end = ask.now if ask.at is None else ask.at
    end_ms = int(end * 1000) // SHORTEST_STEP_MS * SHORTEST_STEP_MS
    chosen = ask.query.get("range", "")
    chosen = chosen if chosen in _RANGES else "1h"
    start_ms = end_ms - parse_duration(chosen)
    start, last = ask.time("start"), ask.time("end")
    if start is not None and last is not None:
        start_ms, end_ms = int(start * 1000), int(last * 1000)
        chosen = ""
        if not 0 < end_ms - start_ms <= _LONGEST_MS:
            raise bad_parameter("end", ask.query["end"], "ui.expected.end")
    wanted = -(-(end_ms - start_ms) // _POINTS)
    # A step shorter than the interval of scrapes would show when somebody looked.
    interval_ms = ask.services.overview.interval_ms(
        ask.named["service"], start_ms, end_ms
    )
    shortest = -(-interval_ms // SHORTEST_STEP_MS) * SHORTEST_STEP_MS
    step = max(1, -(-wanted // shortest)) * shortest
    # Whole steps alone: half a step would look like half the traffic.
    newest_ms = int(ask.now * 1000) // step * step
    start_ms = min(start_ms // step * step, newest_ms - step)
    end_ms = min(-(-end_ms // step) * step, newest_ms)
    return Cut(start_ms, max(end_ms, start_ms + step), step), chosen


def signal_section(ask: Ask, cut: Cut, chosen: str) -> ChartSection:
    """Return the section of the charts of a stretch."""
    start, end = cut.start_ms / 1000, cut.end_ms / 1000
    choices = [
        Choice(
            ask.words.window(text),
            ask.link(range=text, start=None, end=None),
            is_chosen=text == chosen,
        )
        for text in _RANGES
    ]
    return ChartSection(
        title=ask.words.t("ui.service.signals"),
        url=f"{ask.address}/signals.json",
        csv_url=f"{ask.address}/signals.csv?start={start:.0f}&end={end:.0f}",
        start=start,
        end=end,
        follows=bool(chosen) and ask.at is None,
        ranges=choices,
    )


def signal_series(signals: Signals) -> dict[str, Sequence[float | None]]:
    """Return every series that a chart draws, by its key."""
    series: dict[str, Sequence[float | None]] = {
        "requests": _per_second(signals.requests, signals.step_s),
        "errors": signals.errors,
        "requests count": signals.requests,
        "error ratio": error_ratios(signals),
        "cpu": signals.cpu,
        "memory": signals.memory,
        "in flight": signals.in_flight,
    }
    for q, values in signals.quantiles.items():
        series[f"p{q * 100:g}"] = values
    for route, values in signals.by_route.items():
        series[f"route {route}"] = _per_second(values, signals.step_s)
    for status, values in signals.by_status.items():
        series[f"status {status}"] = _per_second(values, signals.step_s)
    return series


def signal_charts(signals: Signals, words: Words) -> tuple[Chart, ...]:
    """Return every chart of lines; all are drawn anew by the script."""
    step = signals.step_s
    other = words.t(
        "ui.service.other" if len(signals.by_route) > 1 else "ui.service.all_routes"
    )
    quantiles = [
        (f"p{q * 100:g}", f"p{q * 100:g}", v) for q, v in signals.quantiles.items()
    ]
    routes = [
        (f"route {r}", r or other, _per_second(v, step))
        for r, v in signals.by_route.items()
    ]
    statuses = [
        (f"status {s}", s or other, _per_second(v, step))
        for s, v in signals.by_status.items()
    ]
    counts = (
        ChartSeries("errors", words.t("ui.series.bad")),
        ChartSeries("requests count", words.t("ui.series.valid")),
    )
    at, t = signals.at, words.t

    def one(key: str, title: str, unit: ChartUnit, lines: Lines) -> Chart:
        return Chart(key, t(title), at, _toned(lines), unit)

    errors = one(
        "errors",
        "ui.service.errors",
        ChartUnit.SHARE,
        [("error ratio", t("ui.signal.errors"), error_ratios(signals))],
    )
    cpu = [("cpu", t("ui.service.cpu_line"), signals.cpu)]
    memory = [("memory", t("ui.service.memory_line"), signals.memory)]
    in_flight = [("in flight", t("ui.service.in_flight_line"), signals.in_flight)]
    return (
        one("latency", "ui.signal.latency", ChartUnit.SECONDS, quantiles),
        one("routes", "ui.service.by_route", ChartUnit.RATE, routes),
        one("statuses", "ui.service.by_status", ChartUnit.RATE, statuses),
        replace(errors, exact=counts),
        one("cpu", "ui.service.cpu", ChartUnit.COUNT, cpu),
        one("memory", "ui.service.memory", ChartUnit.BYTES, memory),
        one("in-flight", "ui.service.in_flight", ChartUnit.COUNT, in_flight),
    )


def _toned(lines: Lines) -> tuple[ChartSeries, ...]:
    """Return lines of several tones; what failed has its own."""
    return tuple(
        ChartSeries(
            key,
            label,
            tuple(values),
            "bad" if key.startswith(("status 5", "error")) else tone,
        )
        for (key, label, values), tone in zip(lines, LINE_TONES * 2, strict=False)
    )


def edge_text(edge: float, words: Words) -> str:
    """Return an edge of a histogram's buckets."""
    return "+Inf" if edge == float("inf") else words.seconds(edge)


def _per_second(
    values: Sequence[float | None], step_s: float
) -> tuple[float | None, ...]:
    return tuple(None if v is None else v / step_s for v in values)


def signal_rows(signals: Signals) -> list[SignalRow]:
    """Return the newest steps in rows, the newest first."""
    count = len(signals.at)
    p50, p95, p99 = (signals.quantiles[q] for q in (0.5, 0.95, 0.99))
    return [
        SignalRow(
            at=signals.at[i],
            requests=signals.requests[i],
            errors=signals.errors[i],
            p50=p50[i],
            p95=p95[i],
            p99=p99[i],
            cpu=signals.cpu[i],
            memory=signals.memory[i],
            in_flight=signals.in_flight[i],
            seen=signals.seen[i],
        )
        for i in reversed(range(max(0, count - _TABLE_ROWS), count))
    ]
