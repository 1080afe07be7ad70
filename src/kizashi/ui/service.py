"""One service: its golden signals, its objectives, its targets, what it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from kizashi.api._base import bad_parameter, json_reply
from kizashi.app.signals import Cut, Signals
from kizashi.errors import NotFoundError
from kizashi.model.durations import parse_duration
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.signal_presets import PRESETS, SignalPreset
from kizashi.ui.parts import charts
from kizashi.ui.parts.base import Ask, Choice, Sorting
from kizashi.ui.parts.cards import COLUMNS, Group, arranged, card_of
from kizashi.ui.parts.csv_files import csv_file, series_rows
from kizashi.ui.parts.glance import glance
from kizashi.ui.parts.signal_explained import SignalExplainer
from kizashi.ui.parts.signal_tiles import error_ratios, tiles
from kizashi.ui.parts.signals import NEWEST_STEPS
from kizashi.ui.parts.terms import LEVELS
from kizashi.ui.parts.words import Words

_RANGES = ("1h", "6h", "1d", "3d", "7d")
#: Steps a chart is cut into; each is a whole number of the shortest.
_POINTS = 120
_SHORTEST_STEP_MS = 60_000
_LONGEST_MS = 31 * 86_400_000
_TONES = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
)  # fmt: skip
_TABLE_ROWS = 30
_HEALTH = {
    "up": "ui.health.up",
    "down": "ui.health.down",
    "unknown": "ui.health.unknown",
}
#: A path of services is shown so far.
_DEEPEST = 12
_KINDS = {"hard": "ui.depends.hard", "soft": "ui.depends.soft"}


@dataclass(frozen=True, slots=True)
class Need:
    """Another service, and how it stands; `level` is None for one not declared.

    `beyond` is what it needs in its turn, or what needs it.
    """

    name: str
    title: str
    kind: str
    level: str | None
    level_word: str
    beyond: "tuple[Need, ...]" = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart of the page."""

    key: str
    title: str
    plot: Mapping[str, object]
    lines: tuple[tuple[str, charts.ChartSeries], ...]
    keys: tuple[str, ...]


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows.

    Raises:
        NotFoundError: If no such service is declared.
    """
    board, words = ask.services.board, ask.words
    everything, past = await glance(ask)
    groups = {g.spec.name: g for g in everything}
    group = groups.get(ask.named["service"])
    if group is None:
        raise NotFoundError(f"no service {ask.named['service']} is declared")
    spec = group.spec
    keys = [(s.service, s.objective) for s in group.standings]
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    views = past or board.objectives(keys)
    card = arranged(card_of(group, views, words), sorting)
    cut, chosen = _cut(ask)
    signals = await ask.services.signals.read(spec, cut)
    newest = await _newest(ask, spec, cut, signals)
    jobs, read = board.jobs(spec.name), ask.services.signals.jobs(spec)
    names = PRESETS.get(spec.signals_preset or "", SignalPreset())
    return {
        "card": card,
        "columns": COLUMNS,
        "sorting": sorting,
        "signals": signals,
        "tiles": None if newest is None else tiles(newest, words),
        "why_tiles": {}
        if newest is None
        else SignalExplainer(newest, names, read, words).tiles(
            newest.newest(NEWEST_STEPS)
        ),
        "figures": () if signals is None else _figures(signals, words),
        "why": {}
        if signals is None
        else SignalExplainer(signals, names, read, words).charts(),
        "heat_label": words.t("ui.service.heat_label"),
        "edges": [] if signals is None else [_edge(e, words) for e in signals.edges],
        "rows": () if signals is None else _table(signals),
        "ranges": _choices(ask, chosen),
        "chart_url": f"{ask.address}/signals.json",
        "csv_url": f"{ask.address}/signals.csv?start={cut.start_ms / 1000:.0f}"
        f"&end={cut.end_ms / 1000:.0f}",
        "span": cut,
        "follows": bool(chosen) and ask.at is None,
        "targets": [t for t in ask.services.api.answers.targets() if t.job in jobs],
        "health": _HEALTH,
        **_dependencies(spec, groups, words),
    }


async def _newest(
    ask: Ask, spec: ServiceSpec, cut: Cut, read: Signals | None
) -> Signals | None:
    """Return the signals whose newest minutes stand above the charts."""
    is_zoomed = bool(ask.query.get("start"))
    if read is None or (cut.step_ms == _SHORTEST_STEP_MS and not is_zoomed):
        return read
    if ask.at is not None:
        return await ask.services.signals.hour(spec, ask.at)
    return ask.services.signals.recent([spec]).get(spec.name)


def _dependencies(
    spec: ServiceSpec, groups: Mapping[str, Group], words: Words
) -> dict[str, tuple[Need, ...]]:
    """Return what a service needs, and what needs it, each with what is beyond."""
    needs = {
        name: [(d.service, d.kind) for d in group.spec.depends_on]
        for name, group in groups.items()
    }
    needed_by: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(needs):
        for other, kind in needs[name]:
            needed_by.setdefault(other, []).append((name, kind))

    def need(name: str, kind: str, beyond: tuple[Need, ...]) -> Need:
        group = groups.get(name)
        kind_word = words.t(_KINDS.get(kind, "ui.depends.hard"))
        if group is None:
            unknown = words.t("ui.depends.unknown")
            return Need(name, name, kind_word, None, unknown, beyond)
        title = words.local(group.spec.display_name.as_dict(), name)
        level = group.level
        word = words.t(LEVELS[level])
        return Need(name, title, kind_word, level.word, word, beyond)

    return {
        "needs": _followed(spec.name, needs, need),
        "needed_by": _followed(spec.name, needed_by, need),
    }


def _followed(
    start: str,
    edges: Mapping[str, Sequence[tuple[str, str]]],
    need: Callable[[str, str, tuple[Need, ...]], Need],
) -> tuple[Need, ...]:
    """Return what a service leads to, and that in its turn.

    Each service is followed once, where it is nearest to the beginning: declarations
    may go in circles.
    """
    nearest = {start: 0}
    waiting = [start]
    for name in waiting:
        for other, _ in edges.get(name, ()):
            if other not in nearest:
                nearest[other] = nearest[name] + 1
                waiting.append(other)
    followed = {start}

    def follow(name: str, depth: int) -> tuple[Need, ...]:
        found = []
        for other, kind in edges.get(name, ()):
            is_here = other not in followed and nearest[other] == depth
            if is_here and depth < _DEEPEST:
                followed.add(other)
                found.append(need(other, kind, follow(other, depth + 1)))
            else:
                found.append(need(other, kind, ()))
        return tuple(found)

    return follow(start, 1)


async def signals_json(ask: Ask) -> Response:
    """Return the signals of a stretch for charts, all of them in one answer.

    Raises:
        NotFoundError: If the service is not declared or declares no signals.
    """
    spec = _declared(ask)
    cut, _ = _cut(ask)
    signals = await ask.services.signals.read(spec, cut)
    if signals is None:
        raise NotFoundError(f"{spec.name} declares no signals")
    return json_reply(
        {
            "at": signals.at,
            "step_s": signals.step_s,
            "series": _series(signals),
            "edges": [_edge(e, ask.words) for e in signals.edges],
            "heat": signals.heat,
        }
    )


async def signals_csv(ask: Ask) -> Response:
    """Return the signals of a stretch as a file to keep: one chart's, or all of them.

    Raises:
        NotFoundError: If the service is not declared or declares no signals.
        RequestError: If there is no such chart (400).
    """
    spec = _declared(ask)
    cut, _ = _cut(ask)
    signals = await ask.services.signals.read(spec, cut)
    if signals is None:
        raise NotFoundError(f"{spec.name} declares no signals")
    chart = ask.query.get("chart", "")
    columns = _series(signals)
    heat: dict[str, Sequence[float | None]] = {
        f"bucket {edge:g}": row
        for edge, row in zip(signals.edges, signals.heat, strict=True)
    }
    if chart == "heat":
        columns = heat
    elif chart:
        figures = {f.key: f for f in _figures(signals, ask.words)}
        if chart not in figures:
            raise bad_parameter("chart", chart, "ui.expected.chart")
        columns = {key: columns[key] for key in figures[chart].keys}
    else:
        columns |= heat
    name = f"{spec.name}-{chart or 'signals'}"
    return csv_file(series_rows(signals.at, columns, ask.words), name)


def _series(signals: Signals) -> dict[str, Sequence[float | None]]:
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


def _declared(ask: Ask) -> ServiceSpec:
    for spec in ask.services.board.services():
        if spec.name == ask.named["service"]:
            return spec
    raise NotFoundError(f"no service {ask.named['service']} is declared")


def _cut(ask: Ask) -> tuple[Cut, str]:
    """Return the stretch that charts show, and the range that was chosen.

    Raises:
        RequestError: If a time of the address is none, or the stretch too long (400).
    """
    end = ask.now if ask.at is None else ask.at
    end_ms = int(end * 1000) // _SHORTEST_STEP_MS * _SHORTEST_STEP_MS
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
    interval_ms = ask.services.board.interval_ms(ask.named["service"], start_ms, end_ms)
    shortest = -(-interval_ms // _SHORTEST_STEP_MS) * _SHORTEST_STEP_MS
    step = max(1, -(-wanted // shortest)) * shortest
    # Whole steps alone: half a step would look like half the traffic.
    newest_ms = int(ask.now * 1000) // step * step
    start_ms = min(start_ms // step * step, newest_ms - step)
    end_ms = min(-(-end_ms // step) * step, newest_ms)
    return Cut(start_ms, max(end_ms, start_ms + step), step), chosen


def _choices(ask: Ask, chosen: str) -> list[Choice]:
    return [
        Choice(
            ask.words.window(text),
            ask.link(range=text, start=None, end=None),
            is_chosen=text == chosen,
        )
        for text in _RANGES
    ]


Parts = Sequence[tuple[str, str, Sequence[float | None]]]


def _figures(signals: Signals, words: Words) -> tuple[Figure, ...]:
    """Return every chart: what the script draws, and what stands there without it."""
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
    errors = [("error ratio", words.t("ui.signal.errors"), error_ratios(signals))]
    cpu = [("cpu", words.t("ui.service.cpu_line"), signals.cpu)]
    memory = [("memory", words.t("ui.service.memory_line"), signals.memory)]
    in_flight = [("in flight", words.t("ui.service.in_flight_line"), signals.in_flight)]
    counts = [
        {"key": "errors", "label": words.t("ui.series.bad")},
        {"key": "requests count", "label": words.t("ui.series.valid")},
    ]
    return (
        _figure("latency", words.t("ui.service.latency"), "seconds", quantiles),
        _figure("routes", words.t("ui.service.by_route"), "rate", routes),
        _figure("statuses", words.t("ui.service.by_status"), "rate", statuses),
        _figure("errors", words.t("ui.service.errors"), "share", errors, counts),
        _figure("cpu", words.t("ui.service.cpu"), "cores", cpu),
        _figure("memory", words.t("ui.service.memory"), "bytes", memory),
        _figure("in-flight", words.t("ui.service.in_flight"), "count", in_flight),
    )


def _figure(
    key: str,
    title: str,
    unit: str,
    parts: Parts,
    exact: Sequence[Mapping[str, str]] = (),
) -> Figure:
    toned = [
        (name, label, values, _tone(name, tone))
        for (name, label, values), tone in zip(parts, _TONES * 2, strict=False)
    ]
    return Figure(
        key,
        title,
        {
            "unit": unit,
            "series": [
                {"key": name, "label": label, "tone": tone}
                for name, label, _, tone in toned
            ],
            "exact": list(exact),
        },
        tuple(
            (label, charts.ChartSeries(tuple(values), tone))
            for _, label, values, tone in toned
        ),
        (*(name for name, *_ in toned), *(one["key"] for one in exact)),
    )


def _tone(name: str, otherwise: str) -> str:
    return "bad" if name.startswith(("status 5", "error")) else otherwise


def _edge(edge: float, words: Words) -> str:
    return "+Inf" if edge == float("inf") else words.seconds(edge)


def _per_second(
    values: Sequence[float | None], step_s: float
) -> tuple[float | None, ...]:
    return tuple(None if v is None else v / step_s for v in values)


def _table(signals: Signals) -> list[dict[str, float | None]]:
    """Return the newest steps in rows, the newest first."""
    count = len(signals.at)
    return [
        {
            "at": signals.at[i],
            "requests": signals.requests[i],
            "errors": signals.errors[i],
            **{f"p{q * 100:g}": v[i] for q, v in signals.quantiles.items()},
            "cpu": signals.cpu[i],
            "memory": signals.memory[i],
            "in_flight": signals.in_flight[i],
            "seen": signals.seen[i],
        }
        for i in reversed(range(max(0, count - _TABLE_ROWS), count))
    ]
