"""The dashboard of one objective: every number with its window and its coverage."""

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
)
from kizashi.compiler.dashboard_queries import ObjectiveQueries
from kizashi.rules.series_names import OBJECTIVE, SERVICE, WINDOW, Series

UID = "kizashi-objective"
_OWN = f'{SERVICE}="$service",{OBJECTIVE}="$objective"'
_CHOSEN = f'{WINDOW}=~"$window"'
_QUERIES = ObjectiveQueries(_OWN)
_BY_WINDOW = f"{{{{{WINDOW}}}}}"


def objective_detail(say: Say) -> DashboardBuilder:
    """Return the dashboard."""
    board = DashboardBuilder(say("dashboards.detail.title"), UID)
    board.source(say("dashboards.source"))
    info = f'{Series.INFO}{{{SERVICE}="$service"}}'
    windows = f"{Series.WINDOW_VALID}{{{_OWN}}}"
    board.choose_service(say)
    board.choice(
        "objective",
        say("dashboards.objective"),
        f"label_values({info}, {OBJECTIVE})",
    )
    board.choice(
        "window",
        say("dashboards.window"),
        f"label_values({windows}, {WINDOW})",
        has_several=True,
    )
    board.words(say("dashboards.detail.words"), height=3)
    _numbers(board, say)
    _histories(board, say)
    _events(board, say)
    return board


def _named(words: str) -> str:
    return f"{words} ({_BY_WINDOW})"


def _numbers(board: DashboardBuilder, say: Say) -> None:
    coverage = PanelQuery(
        _QUERIES.over_own_window(Series.WINDOW_COVERAGE),
        _named(say("dashboards.coverage")),
        SHARE,
        decimals=1,
        steps=SEEN_STEPS,
    )
    chosen_coverage = replace(
        coverage, expr=_QUERIES.select(Series.WINDOW_COVERAGE, _CHOSEN)
    )
    valid = PanelQuery(
        _QUERIES.over_own_window(Series.WINDOW_VALID),
        _named(say("dashboards.valid")),
        COUNT,
    )
    board.numbers(
        PanelFormat.of(say("dashboards.detail.sli"), SHARE, 8, 7),
        [
            PanelQuery(
                _QUERIES.sli, _named(say("dashboards.sli")), SHARE, decimals=PRECISE
            ),
            PanelQuery(
                _QUERIES.with_own_window(Series.TARGET),
                _named(say("dashboards.target")),
                SHARE,
                decimals=PRECISE,
            ),
            valid,
            coverage,
        ],
    )
    board.numbers(
        PanelFormat.of(say("dashboards.detail.budget"), SHARE, 8, 7),
        [
            PanelQuery(
                _QUERIES.with_own_window(Series.BUDGET_REMAINING),
                _named(say("dashboards.left")),
                SHARE,
                decimals=1,
                steps=LEFT_STEPS,
            ),
            PanelQuery(
                _QUERIES.events_left, _named(say("dashboards.events-left")), COUNT
            ),
            PanelQuery(
                _QUERIES.over_own_window(Series.WINDOW_BAD),
                _named(say("dashboards.bad")),
                COUNT,
            ),
            coverage,
        ],
    )
    board.numbers(
        PanelFormat.of(say("dashboards.detail.empty"), "s", 8, 7),
        [
            PanelQuery(_QUERIES.time_to_empty(_CHOSEN), _BY_WINDOW, "s"),
            chosen_coverage,
        ],
    )


def _histories(board: DashboardBuilder, say: Say) -> None:
    seen = f"min({_QUERIES.select(Series.WINDOW_COVERAGE, _CHOSEN)})"
    coverage = PanelQuery.of_coverage(seen, say)
    board.lines(
        PanelFormat.of(say("dashboards.detail.burn"), "none"),
        [PanelQuery(_QUERIES.burn_rate(_CHOSEN), _BY_WINDOW), coverage],
    )
    left = _QUERIES.with_own_window(Series.BUDGET_REMAINING)
    own = PanelQuery(
        _QUERIES.over_own_window(Series.WINDOW_COVERAGE),
        _named(say("dashboards.coverage")),
        SHARE,
        is_beside=True,
    )
    board.lines(
        replace(
            PanelFormat.of(say("dashboards.detail.left"), SHARE),
            steps=LEFT_STEPS,
            most=1,
        ),
        [PanelQuery(left, _named(say("dashboards.left"))), own],
    )


def _events(board: DashboardBuilder, say: Say) -> None:
    board.lines(
        PanelFormat.of(say("dashboards.detail.events"), COUNT),
        [
            PanelQuery(_QUERIES.select(Series.SLICE_VALID), say("dashboards.valid")),
            PanelQuery(_QUERIES.select(Series.SLICE_BAD), say("dashboards.bad")),
            PanelQuery.of_coverage(_QUERIES.select(Series.SLICE_SEEN), say),
        ],
    )
    board.lines(
        replace(
            PanelFormat.of(say("dashboards.detail.seen"), SHARE),
            steps=SEEN_STEPS,
            most=1,
        ),
        [PanelQuery(_QUERIES.select(Series.WINDOW_COVERAGE, _CHOSEN), _BY_WINDOW)],
    )
    board.states(
        PanelFormat.of(say("dashboards.detail.alerts"), width=24, height=5),
        [
            PanelQuery(
                f"max by (severity) ({_QUERIES.select(Series.PAIR_HELD)})",
                "{{severity}}",
            )
        ],
        {"0": say("dashboards.quiet"), "1": say("dashboards.firing")},
    )
