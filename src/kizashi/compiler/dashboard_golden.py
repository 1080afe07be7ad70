"""The golden signals of one service: latency, traffic, errors, saturation.

Traffic and errors are the very events that objectives count, so that a dashboard and an
alert never disagree. Latency is read off the histograms of latency objectives,
saturation where the service's preset says.

Source: Site Reliability Engineering, chapter 6, "The Four Golden Signals".
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kizashi.compiler._base import CompileNote, CompileOptions, note
from kizashi.compiler.dashboard_board import (
    COUNT,
    SHARE,
    DashboardBuilder,
    PanelFormat,
    PanelQuery,
    Say,
)
from kizashi.compiler.dashboard_objective import UID as OBJECTIVE_UID
from kizashi.compiler.dashboard_overview import UID as OVERVIEW_UID
from kizashi.compiler.dashboard_queries import ObjectiveQueries
from kizashi.compiler.objective_plan import plan_objective
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.model.regexes import any_of
from kizashi.rules.series_names import OBJECTIVE, SERVICE, Series, select
from kizashi.sli._base import GaugeSamples, format_bound, threshold_edge
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.slo.signal_presets import PRESETS, Saturation, Unit

#: Grafana's own: at least four scrapes, as long as the panel's resolution.
RATE_WINDOW = "$__rate_interval"
QUANTILES = ("0.5", "0.9", "0.99")
_LONGEST_UID = 40
_EVENTS_PER_SECOND = "cps"


#: What Grafana calls the units of saturation.
_UNITS: Mapping[Unit, str] = MappingProxyType(
    {Unit.NUMBER: "none", Unit.BYTES: "bytes", Unit.SHARE: SHARE}
)


def golden_signals(
    service: ServiceSpec, options: CompileOptions, say: Say
) -> tuple[DashboardBuilder, tuple[CompileNote, ...]]:
    """Return the dashboard of a service that has objectives, and what it lacks."""
    name = service.display_name.as_dict()[options.language] or service.name
    board = DashboardBuilder(
        say("dashboards.golden.title", name=name), uid_of(service), ["golden"]
    )
    board.source(say("dashboards.source"))
    board.link(say("dashboards.overview.title"), OVERVIEW_UID)
    board.link(say("dashboards.detail.title"), OBJECTIVE_UID)
    notes = []
    board.row(say("dashboards.golden.traffic"))
    _traffic(board, service, options, say)
    _errors(board, service, say)
    histograms = [o for o in service.objectives if _histogram(o) is not None]
    if histograms:
        board.row(say("dashboards.golden.latency"))
    else:
        notes.append(note("targets.grafana.no-latency", service=service.name))
    for objective in histograms:
        _latency(board, objective, options, say)
    gauges = [
        (objective, samples)
        for objective in service.objectives
        if isinstance(samples := objective.indicator.events, GaugeSamples)
    ]
    if gauges:
        board.row(say("dashboards.golden.gauges"))
    for objective, samples in gauges:
        looks = PanelFormat.of(
            say("dashboards.golden.gauge", objective=_called(objective, options)),
            COUNT,
            width=24,
        )
        board.lines(looks, [*_gauge(samples, say), _seen_of(objective, say)])
    preset = PRESETS.get(service.signals_preset or "")
    jobs = sorted({o.job for o in service.objectives if o.job is not None})
    saturation = () if preset is None else preset.saturation
    if saturation and jobs:
        board.row(say("dashboards.golden.saturation"))
        for signal in saturation:
            _saturation(board, signal, jobs, say)
    else:
        notes.append(note("targets.grafana.no-saturation", service=service.name))
    return board, tuple(notes)


def uid_of(service: ServiceSpec) -> str:
    """Return what names a service's dashboard in links, stable and short enough."""
    uid = f"kizashi-golden-{service.name}"
    if len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(service.name.encode()).hexdigest()[:8]
    return f"{uid[: _LONGEST_UID - 9]}-{digest}"


def _seen(service: ServiceSpec, say: Say) -> PanelQuery:
    slices = select(Series.SLICE_SEEN, **{SERVICE: service.name})
    return PanelQuery.of_coverage(f"min(avg_over_time({slices}[{RATE_WINDOW}]))", say)


def _traffic(
    board: DashboardBuilder, service: ServiceSpec, options: CompileOptions, say: Say
) -> None:
    queries = []
    for objective in service.objectives:
        own = {SERVICE: service.name, OBJECTIVE: objective.name}
        seconds = f"{plan_objective(objective, options).step_ms / 1000:g}"
        slices = select(Series.SLICE_VALID, **own)
        rate = f"avg_over_time({slices}[{RATE_WINDOW}]) / {seconds}"
        queries.append(PanelQuery(rate, objective.name))
    looks = PanelFormat.of(
        say("dashboards.golden.traffic.panel", window=RATE_WINDOW), _EVENTS_PER_SECOND
    )
    board.lines(looks, [*queries, _seen(service, say)])


def _errors(board: DashboardBuilder, service: ServiceSpec, say: Say) -> None:
    share = ObjectiveQueries(f'{SERVICE}="{service.name}"').slice_share(RATE_WINDOW)
    board.lines(
        PanelFormat.of(
            say("dashboards.golden.errors.panel", window=RATE_WINDOW), SHARE
        ),
        [PanelQuery(share, f"{{{{{OBJECTIVE}}}}}"), _seen(service, say)],
    )


def _histogram(objective: ObjectiveSpec) -> str | None:
    """Return the selector of an objective's buckets; None where it has none."""
    valid = objective.indicator.events.valid
    return None if valid.edge is None else str(valid.selector)


def _latency(
    board: DashboardBuilder, objective: ObjectiveSpec, options: CompileOptions, say: Say
) -> None:
    buckets = f"sum by (le) (rate({_histogram(objective)}[{RATE_WINDOW}]))"
    queries = [
        PanelQuery(f"histogram_quantile({q}, {buckets})", f"p{float(q) * 100:g}")
        for q in QUANTILES
    ]
    edge = threshold_edge(objective.indicator)
    queries.append(PanelQuery(f"vector({edge})", say("dashboards.golden.threshold")))
    words = say(
        "dashboards.golden.latency.panel",
        window=RATE_WINDOW,
        objective=_called(objective, options),
    )
    looks = PanelFormat.of(words, "s", width=24)
    board.lines(looks, [*queries, _seen_of(objective, say)])


def _gauge(samples: GaugeSamples, say: Say) -> list[PanelQuery]:
    """Return the gauges, and the bound of what is good."""
    bound = f"vector({format_bound(samples.test.bound)})"
    return [
        PanelQuery(str(samples.valid), "{{instance}}"),
        PanelQuery(bound, say("dashboards.golden.good", test=samples.test)),
    ]


def _called(objective: ObjectiveSpec, options: CompileOptions) -> str:
    return objective.display_name.as_dict()[options.language] or objective.name


def _seen_of(objective: ObjectiveSpec, say: Say) -> PanelQuery:
    slices = select(
        Series.SLICE_SEEN, **{SERVICE: objective.service, OBJECTIVE: objective.name}
    )
    return PanelQuery.of_coverage(f"avg_over_time({slices}[{RATE_WINDOW}])", say)


def _saturation(
    board: DashboardBuilder, signal: Saturation, jobs: Sequence[str], say: Say
) -> None:
    matchers = str(LabelMatcher("job", MatchOp.REGEX, any_of(jobs)))
    expr = signal.expr(matchers, RATE_WINDOW)
    up = f"avg(avg_over_time(up{{{matchers}}}[{RATE_WINDOW}]))"
    board.lines(
        PanelFormat.of(
            say(signal.message_id, window=RATE_WINDOW), _UNITS[signal.unit], width=8
        ),
        [PanelQuery(expr, "{{instance}}"), PanelQuery.of_coverage(up, say)],
    )
