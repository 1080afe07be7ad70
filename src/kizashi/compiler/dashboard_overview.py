"""The dashboard of all objectives: what is left, what burns, what is seen."""

from collections.abc import Sequence
from dataclasses import replace

from kizashi.compiler.dashboard_board import (
    COUNT,
    LEFT_STEPS,
    PRECISE,
    SEEN_STEPS,
    SHARE,
    DashboardBuilder,
    PanelFormat,
    PanelQuery,
    Say,
    Steps,
)
from kizashi.compiler.dashboard_objective import UID as OBJECTIVE_UID
from kizashi.compiler.dashboard_queries import ObjectiveQueries
from kizashi.rules.series_names import OBJECTIVE, SERVICE, SEVERITY, WINDOW, Series

UID = "kizashi-overview"
_LEGEND = f"{{{{{SERVICE}}}}} / {{{{{OBJECTIVE}}}}}"
_QUERIES = ObjectiveQueries(f'{SERVICE}=~"$service"')


def overview(say: Say) -> DashboardBuilder:
    """Return the dashboard."""
    board = DashboardBuilder(say("dashboards.overview.title"), UID)
    board.source(say("dashboards.source"))
    board.choose_service(say, has_several=True)
    board.words(say("dashboards.overview.words"), height=3)
    _sums(board, say)
    _table(board, say)
    _histories(board, say)
    return board


def _sums(board: DashboardBuilder, say: Say) -> None:
    coverage = _QUERIES.over_own_window(Series.WINDOW_COVERAGE)
    alarm = ((None, "green"), (1, "red"))
    rows: Sequence[tuple[str, str, str, Steps]] = (
        ("dashboards.overview.objectives", f"count({_QUERIES.info})", COUNT, ()),
        ("dashboards.overview.firing", _QUERIES.firing, COUNT, alarm),
        ("dashboards.overview.spent", _QUERIES.spent, COUNT, alarm),
        ("dashboards.overview.least-seen", f"min({coverage})", SHARE, SEEN_STEPS),
    )
    for message_id, expr, unit, steps in rows:
        looks = PanelFormat.of(say(message_id), unit, width=6, height=4)
        query = PanelQuery(expr, looks.title)
        board.numbers(replace(looks, steps=steps), [query])


def _table(board: DashboardBuilder, say: Say) -> None:
    columns = (
        PanelQuery(
            _QUERIES.with_own_window(Series.TARGET),
            say("dashboards.target"),
            SHARE,
            decimals=PRECISE,
        ),
        PanelQuery(_QUERIES.sli, say("dashboards.sli"), SHARE, decimals=PRECISE),
        PanelQuery(
            _QUERIES.with_own_window(Series.BUDGET_REMAINING),
            say("dashboards.left"),
            SHARE,
            decimals=1,
            steps=LEFT_STEPS,
        ),
        PanelQuery(
            _QUERIES.over_own_window(Series.WINDOW_BAD), say("dashboards.bad"), COUNT
        ),
        PanelQuery(
            _QUERIES.over_own_window(Series.WINDOW_VALID),
            say("dashboards.valid"),
            COUNT,
        ),
        PanelQuery(
            _QUERIES.over_own_window(Series.WINDOW_COVERAGE),
            say("dashboards.coverage"),
            SHARE,
            decimals=1,
            steps=SEEN_STEPS,
        ),
    )
    labels = {
        SERVICE: say("dashboards.service"),
        OBJECTIVE: say("dashboards.objective"),
        WINDOW: say("dashboards.window"),
    }
    service, objective = (
        f'${{__data.fields["{labels[name]}"]}}' for name in (SERVICE, OBJECTIVE)
    )
    url = f"/d/{OBJECTIVE_UID}?var-service={service}&var-objective={objective}"
    board.table(
        PanelFormat.of(say("dashboards.overview.table"), width=24, height=9),
        columns,
        labels,
        (labels[OBJECTIVE], f"{url}&${{__url_time_range}}"),
    )


def _histories(board: DashboardBuilder, say: Say) -> None:
    least = PanelFormat.of(say("dashboards.overview.least-seen"))
    seen = f"min({_QUERIES.over_own_window(Series.WINDOW_COVERAGE)})"
    left = _QUERIES.with_own_window(Series.BUDGET_REMAINING)
    looks = PanelFormat.of(say("dashboards.overview.left"), SHARE)
    board.lines(
        replace(looks, steps=LEFT_STEPS, most=1),
        [
            PanelQuery(left, f"{_LEGEND} ({{{{{WINDOW}}}}})"),
            PanelQuery(seen, least.title, SHARE, is_beside=True),
        ],
    )
    held = _QUERIES.select(Series.PAIR_HELD)
    each = f"max by ({SERVICE}, {OBJECTIVE}, {SEVERITY}) ({held})"
    board.states(
        PanelFormat.of(say("dashboards.overview.alerts")),
        [PanelQuery(each, f"{_LEGEND} ({{{{{SEVERITY}}}}})")],
        {"0": say("dashboards.quiet"), "1": say("dashboards.firing")},
    )
