"""One objective: its budget, how fast it burns, what was counted, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from kizashi.alert.words import SOURCE_STATES
from kizashi.app.curves import LatePoint
from kizashi.app.standings import Declared, standings_of
from kizashi.ports.alert_service import AlertDetailView
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.ui.parts import drawings
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.calendar_days import DayCell, cell_of, weeks
from kizashi.ui.parts.charts import Chart, ChartSection
from kizashi.ui.parts.contexts import Badge, PageContext, Stat
from kizashi.ui.parts.explained import Rows, explained
from kizashi.ui.parts.findings import ShownFinding, findings_of
from kizashi.ui.parts.histories import HistoryEvent, history_of
from kizashi.ui.parts.objective_charts import (
    BurnDown,
    CurveRow,
    burn_down,
    curve_rows,
    objective_charts,
    objective_section,
)
from kizashi.ui.parts.objective_facts import (
    declared_rows,
    note_text,
    objective_stats,
    reason,
)
from kizashi.ui.parts.objective_reading import reading, span_of, spec_of
from kizashi.ui.parts.pairs import PairRow, pair_rows
from kizashi.ui.parts.terms import (
    alert_badge,
    alert_name,
    level_badge,
    severity_text,
)
from kizashi.ui.parts.words import Words

_MOST_EVENTS = 20
_BURN = "burn_rate["


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """An alert of the objective that is not calm.

    Times are Unix seconds.
    """

    id: str
    badge: Badge
    since: float | None


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """One alert of the objective, and how it changed."""

    id: str
    title: str
    badge: Badge
    events: Sequence[HistoryEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveContext(PageContext):
    """What the page of an objective shows.

    Attributes:
        name: What it is called.
        service: Its service's name in addresses.
        service_title: What its service is called.
        window: Its window, as it was declared.
        active: Its alerts that are pending, firing or frozen.
        standing: How it stands where no alert is active.
        state: What its data looks like, a message id.
        has_impossible: Whether its figures cannot be, which its state does not tell.
        reason: Where the budget stands and where it goes.
        runbook: Its runbook's reference; empty for none.
        stats: Its figures.
        burn_down: What is left of its budget, drawn.
        pairs: What each pair of windows says.
        burns_explained: How each burn rate came to be: its name, how, and its window.
        section: The stretch of time that the charts show.
        charts: The charts themselves.
        coverage_strip: How much was seen, drawn.
        coverage_csv: The address of the coverage as CSV.
        curve_rows: The charts' points, as a table.
        calendar: What each day spent, in weeks.
        days_csv: The address of the calendar as CSV.
        histories: How its alerts changed.
        late: Events that became known late.
        findings: What the lint says about it.
        declared: What it was declared to be, the newest first.
        notes: What else a reader should know.
    """

    name: str
    service: str
    service_title: str
    window: str
    active: Sequence[ActiveAlert]
    standing: Badge
    state: str
    has_impossible: bool
    reason: str
    runbook: str
    stats: Sequence[Stat]
    burn_down: BurnDown
    pairs: Sequence[PairRow]
    burns_explained: Sequence[tuple[str, Rows, str]]
    section: ChartSection
    charts: Sequence[Chart]
    coverage_strip: Markup
    coverage_csv: str
    curve_rows: Sequence[CurveRow]
    calendar: Sequence[Sequence[DayCell | None]]
    days_csv: str
    histories: Sequence[AlertHistory]
    late: Sequence[LatePoint]
    findings: Sequence[ShownFinding]
    declared: Sequence[Declared]
    notes: Sequence[str]


async def show(ask: Ask) -> ObjectiveContext:
    """Return what the page shows.

    Raises:
        NotFoundError: If no such objective is declared.
    """
    service, spec = spec_of(ask)
    api, words = ask.services.api, ask.words
    view = api.answers.objective(service.name, spec.name, ask.at)
    alerts = await api.alerts.objective_alerts(service.name, spec.name, ask.at)
    span = span_of(ask, view)
    read = await run_in_threadpool(reading, ask, spec, view, span)
    declared = ask.services.overview.declared(service.name, spec.name)
    level = standings_of([view], [a.alert for a in alerts])[0].level
    explain = explained(view, words)
    section = objective_section(ask, span)
    past = "" if ask.at is None else f"{urlencode({'at': ask.query['at']})}&"
    window_csv = f"{ask.address}/chart.csv?{past}chart="
    return ObjectiveContext(
        name=words.local(spec.display_name.as_dict(), spec.name),
        service=service.name,
        service_title=words.local(service.display_name.as_dict(), service.name),
        window=view.window,
        active=_active(alerts, words),
        standing=level_badge(level, words),
        state=SOURCE_STATES[view.state],
        has_impossible=view.fault is not None and level.word != view.state,
        reason=reason(view, words),
        runbook=_runbook(service, spec),
        stats=objective_stats(
            view, explain, declared_rows(declared, view.at, words), words
        ),
        burn_down=burn_down(view, read.down, f"{window_csv}budget", words),
        pairs=pair_rows(alerts, view, words),
        burns_explained=[
            (figure, rows, words.window(figure.removeprefix(_BURN).rstrip("]")))
            for figure, rows in explain.items()
            if figure.startswith(_BURN)
        ],
        section=section,
        charts=objective_charts(read.shown, view, words),
        coverage_strip=drawings.strip(
            read.shown.coverage, words.t("ui.objective.coverage_label")
        ),
        coverage_csv=f"{section.csv_url}&chart=coverage",
        curve_rows=curve_rows(read.shown),
        calendar=weeks([cell_of(day, words) for day in read.days]),
        days_csv=f"{window_csv}days",
        histories=_histories(ask, alerts),
        late=read.late,
        findings=[] if ask.at is not None else await findings_of(ask, spec),
        declared=declared,
        notes=[note_text(n, words) for n in view.notes],
    )


def _active(alerts: Sequence[AlertDetailView], words: Words) -> list[ActiveAlert]:
    return [
        ActiveAlert(alert.id, alert_badge(alert, words), alert.since)
        for alert in (one.alert for one in alerts)
        if alert.state not in {"inactive", "resolved"}
    ]


def _histories(ask: Ask, alerts: Sequence[AlertDetailView]) -> list[AlertHistory]:
    words = ask.words
    return [
        AlertHistory(
            one.alert.id,
            alert_name(one.alert.name, words),
            Badge(one.alert.severity, severity_text(one.alert.severity, words)),
            history_of(
                one.history,
                _MOST_EVENTS,
                lambda at: ask.link(at=at, range=None, start=None, end=None),
                words,
            ),
        )
        for one in alerts
        if one.history
    ]


def _runbook(service: ServiceSpec, spec: ObjectiveSpec) -> str:
    return next((r.ref for r in service.runbooks if r.on == spec.name), "")
