"""One service: its golden signals, its objectives, its targets, what it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kizashi.app.answers import TargetView
from kizashi.app.signals import Cut, Signals
from kizashi.errors import NotFoundError
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.signal_presets import PRESETS, SignalPreset
from kizashi.ui.parts import drawings
from kizashi.ui.parts.base import Ask, Column, Sorting
from kizashi.ui.parts.cards import COLUMNS, Card, arranged, card_of
from kizashi.ui.parts.charts import Chart, ChartSection
from kizashi.ui.parts.contexts import Badge, PageContext
from kizashi.ui.parts.explained import Rows
from kizashi.ui.parts.glance import glance
from kizashi.ui.parts.needs import Need, dependencies
from kizashi.ui.parts.signal_charts import (
    SHORTEST_STEP_MS,
    SignalRow,
    cut_of,
    edge_text,
    signal_charts,
    signal_rows,
    signal_section,
)
from kizashi.ui.parts.signal_explained import SignalExplainer
from kizashi.ui.parts.signal_tiles import Tile, tiles
from kizashi.ui.parts.signals import NEWEST_STEPS
from kizashi.ui.parts.terms import health_badge
from kizashi.ui.parts.words import Words


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """A target of the service: how it is scraped, and why it is not.

    Times are Unix seconds.
    """

    instance: str
    job: str
    badge: Badge
    error: str
    last_scrape: float | None
    last_duration_s: float | None
    samples: int | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Requests by how long they took.

    Attributes:
        svg: The cells, drawn.
        edges: The edges of its rows, the slowest first.
        csv_url: The address of the same as CSV.
        why: How it came to be.
    """

    svg: Markup
    edges: Sequence[str]
    csv_url: str
    why: Rows


@dataclass(frozen=True, slots=True)
class SignalCharts:
    """The charts of a service's golden signals.

    Times are Unix seconds.

    Attributes:
        section: The stretch of time that they show.
        coverage: How much of it was seen.
        start: The left edge of the first step.
        end: The right edge of the last step.
        latency: Quantiles of how long requests took.
        heat: How many requests took how long, as a heat map.
        others: Traffic, errors and saturation.
        why: How the points of each came to be.
        rows: The newest steps, as a table.
    """

    section: ChartSection
    coverage: float
    start: float
    end: float
    latency: Chart
    heat: HeatMap
    others: Sequence[Chart]
    why: Mapping[str, Rows]
    rows: Sequence[SignalRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext(PageContext):
    """What the page of a service shows.

    Attributes:
        card: How it stands, with its objectives.
        columns: What is shown of each objective.
        sorting: The order the reader chose.
        tiles: The newest minutes of its signals.
        why_tiles: How each tile's figure came to be.
        signals: Their charts; None for a service that declares no signals.
        targets: What is scraped of it.
        needs: The services that it depends on.
        needed_by: The services that depend on it.
    """

    card: Card
    columns: Sequence[Column]
    sorting: Sorting
    tiles: Sequence[Tile]
    why_tiles: Mapping[str, Rows]
    signals: SignalCharts | None
    targets: Sequence[ServiceTarget]
    needs: Sequence[Need]
    needed_by: Sequence[Need]


async def show(ask: Ask) -> ServiceContext:
    """Return what the page shows.

    Raises:
        NotFoundError: If no such service is declared.
    """
    overview, words = ask.services.overview, ask.words
    everything, past = await glance(ask)
    groups = {g.spec.name: g for g in everything}
    group = groups.get(ask.named["service"])
    if group is None:
        raise NotFoundError(f"no service {ask.named['service']} is declared")
    spec = group.spec
    keys = [(s.service, s.objective) for s in group.standings]
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    views = past or overview.objectives(keys)
    cut, chosen = cut_of(ask)
    read = await ask.services.signals.read(spec, cut)
    newest = await _newest(ask, spec, cut, read)
    jobs = overview.jobs(spec.name)
    needs, needed_by = dependencies(spec, groups, words)
    return ServiceContext(
        card=arranged(card_of(group, views, words), sorting),
        columns=COLUMNS,
        sorting=sorting,
        tiles=() if newest is None else tiles(newest, words),
        why_tiles={}
        if newest is None
        else _explainer(ask, spec, newest).tiles(newest.newest(NEWEST_STEPS)),
        signals=None
        if read is None
        else _charts(read, signal_section(ask, cut, chosen), ask, spec),
        targets=[
            _target(target, words)
            for target in ask.services.api.answers.targets()
            if target.job in jobs
        ],
        needs=needs,
        needed_by=needed_by,
    )


def _explainer(ask: Ask, spec: ServiceSpec, signals: Signals) -> SignalExplainer:
    names = PRESETS.get(spec.signals_preset or "", SignalPreset())
    return SignalExplainer(signals, names, ask.services.signals.jobs(spec), ask.words)


def _charts(
    signals: Signals, section: ChartSection, ask: Ask, spec: ServiceSpec
) -> SignalCharts:
    words = ask.words
    why = _explainer(ask, spec, signals).charts()
    latency, *others = signal_charts(signals, words)
    heat = HeatMap(
        drawings.heat_map(signals.heat, words.t("ui.service.heat_label")),
        [edge_text(edge, words) for edge in reversed(signals.edges)],
        f"{section.csv_url}&chart=heat",
        why["heat"],
    )
    return SignalCharts(
        section=section,
        coverage=signals.coverage,
        start=signals.at[0],
        end=signals.at[-1],
        latency=latency,
        heat=heat,
        others=others,
        why=why,
        rows=signal_rows(signals),
    )


def _target(target: TargetView, words: Words) -> ServiceTarget:
    error = target.last_error or ""
    if target.last_error and target.error:
        error = words.t(target.error.code, **target.error.params)
    return ServiceTarget(
        instance=target.instance,
        job=target.job,
        badge=health_badge(target.health, words),
        error=error,
        last_scrape=target.last_scrape,
        last_duration_s=target.last_duration_s,
        samples=target.samples,
    )


async def _newest(
    ask: Ask, spec: ServiceSpec, cut: Cut, read: Signals | None
) -> Signals | None:
    """Return the signals whose newest minutes stand above the charts."""
    is_zoomed = bool(ask.query.get("start"))
    if read is None or (cut.step_ms == SHORTEST_STEP_MS and not is_zoomed):
        return read
    if ask.at is not None:
        return await ask.services.signals.hour(spec, ask.at)
    return ask.services.signals.recent([spec]).get(spec.name)
