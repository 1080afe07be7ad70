"""``kizashi status``: one line per objective, the worst first."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from kizashi.alert.words import source_word
from kizashi.cli._base import (
    Exit,
    ServerOptions,
    UsageError,
    new_app,
    server_command,
    time_option,
    time_query,
)
from kizashi.cli.text.alerts import state_word
from kizashi.cli.text.drift import Drift, drift_text
from kizashi.cli.text.terminal import (
    Cell,
    Tone,
    columns_of,
    shows_color,
    table,
    table_width,
    utc,
)
from kizashi.clock import SystemClock
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.messages.formats import (
    duration,
    floored,
    indicator,
    number,
    percent,
    share,
    times,
)
from kizashi.slo.budget import BudgetLevel, budget_level, misses_target
from kizashi.slo.firing import is_little_seen
from kizashi.slo.standing import (
    Burning,
    Urgency,
    alert_level,
    burning,
    objective_level,
    worst_first,
)

_DASH = "-"


class Budget(msgspec.Struct):
    """What a line needs of a budget."""

    remaining_ratio: float | None
    minutes: float | None
    time_to_empty_s: float | None


class BurnRate(msgspec.Struct):
    """What a line needs of a burn rate."""

    window: str
    value: float | None


class PairWindows(msgspec.Struct):
    """What a line needs of a pair of windows: their names."""

    long: str
    short: str


class StatusAlert(msgspec.Struct):
    """What a line needs of an alert."""

    severity: str
    state: str
    pairs: tuple[PairWindows, ...] = ()


class StatusNote(msgspec.Struct):
    """What a line needs of a note."""

    text: str
    code: str = ""


class StatusObjective(msgspec.Struct):
    """What a line needs of an objective; the API's document says what each is.

    Times are Unix seconds.
    """

    service: str
    objective: str
    target: float
    window: str
    valid: int | float
    sli: float | None
    coverage: float
    state: str
    budget: Budget
    burn_rates: tuple[BurnRate, ...]
    alerts: tuple[StatusAlert, ...]
    simulated_until: float | None = None
    fault: StatusNote | None = None
    notes: tuple[StatusNote, ...] = ()

    def burning(self) -> Burning | None:
        """Return the burn rate that both windows of a pair agree on, the fastest."""
        rates = {rate.window: rate.value for rate in self.burn_rates}
        return burning(
            (pair.long, pair.short, rates.get(pair.long), rates.get(pair.short))
            for alert in self.alerts
            for pair in alert.pairs
        )

    def raised(self) -> tuple[StatusAlert, ...]:
        """Return the alerts that a person should see."""
        return tuple(a for a in self.alerts if a.state not in _QUIET)


class StatusAnswer(msgspec.Struct):
    """The answer of ``/kizashi/v1/objectives``."""

    objectives: tuple[StatusObjective, ...]


#: What begins the codes of notes that a line of figures must not stand without.
_DAMAGED = "ledger.damaged."
_QUIET = frozenset({"inactive", "resolved"})
_BUDGET_TONES: Mapping[BudgetLevel | None, Tone] = {
    None: Tone.PLAIN,
    BudgetLevel.AMPLE: Tone.GOOD,
    BudgetLevel.LOW: Tone.WARNING,
    BudgetLevel.SPENT: Tone.BAD,
}
_COLUMNS = (
    ("status.column.objective", False),
    ("status.column.target", True),
    ("status.column.now", True),
    ("status.column.window", True),
    ("status.column.left", True),
    ("status.column.minutes", True),
    ("status.column.burn", True),
    ("status.column.empty", True),
    ("status.column.coverage", True),
    ("alert.column.state", False),
    ("status.column.events", True),
    ("status.column.alerts", False),
)
#: What a narrow terminal does without, the first to go first. How much was seen stays
#: beside the figures.
_SPARED = (
    "status.column.events",
    "status.column.minutes",
    "status.column.window",
    "status.column.target",
    "alert.column.state",
    "status.column.empty",
)


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "status", "status.help", "status.usage")

    @server_command(app, language)
    def status(
        server: ServerOptions,
        /,
        *,
        drift: Annotated[
            bool, Parameter(negative=(), help=render(language, "status.drift.option"))
        ] = False,
        at: Annotated[str | None, time_option(language)] = None,
    ) -> int | None:
        query = time_query(at, SystemClock().now_ms() / 1000, language)
        if drift and query:
            raise UsageError(render(language, "status.drift.at"))
        if drift:
            return _show_drift(server, language)

        def text(answer: StatusAnswer) -> str:
            if not answer.objectives:
                return render(language, "status.empty")
            color = shows_color(sys.stdout)
            columns = columns_of(sys.stdout)
            return as_table(answer.objectives, language, color=color, columns=columns)

        body = server.client.get(f"/kizashi/v1/objectives{query}")
        server.show(body, StatusAnswer, text)
        return None

    return app


def _show_drift(server: ServerOptions, language: str) -> int:
    """Print how the rules of the server that is read differ; 1 where they do."""
    body = server.client.get("/kizashi/v1/drift")
    drift = server.show(body, Drift, partial(drift_text, language=language))
    return Exit.OK if drift.is_in_step else Exit.PROBLEMS


def as_table(
    objectives: Sequence[StatusObjective],
    language: str,
    *,
    color: bool = False,
    columns: int | None = None,
) -> str:
    """Return one line per objective below a line of headings, the worst first.

    Args:
        objectives: What is shown.
        language: The reader's language.
        color: Whether tones are shown.
        columns: How many columns the terminal has; what can be spared is left out
            until the lines fit. None for any number.
    """
    head = [
        Cell(render(language, message_id), Tone.FAINT, is_right)
        for message_id, is_right in _COLUMNS
    ]
    worst_first = sorted(objectives, key=badness)
    rows = [head, *(_row(o, language) for o in worst_first)]
    rows, left_out = _fitting(rows, columns)
    lines = [table(rows, color=color)]
    if left_out:
        names = ", ".join(render(language, each) for each in left_out)
        lines += ["", render(language, "status.left_out", columns=names)]
    odd = [o for o in worst_first if o.fault is not None]
    lines += ["", *(_fault(o) for o in odd)] if odd else []
    made_up = [o.simulated_until for o in objectives if o.simulated_until is not None]
    if made_up:
        until = utc(max(made_up))
        lines += ["", render(language, "status.simulated", until=until)]
    lines += [
        printable(f"{o.service}/{o.objective}: {note.text}")
        for o in worst_first
        for note in o.notes
        if note.code.startswith(_DAMAGED)
    ]
    return "\n".join(lines)


def _fitting(
    rows: list[list[Cell]], columns: int | None
) -> tuple[list[list[Cell]], list[str]]:
    """Return rows that fit as far as they can, and the headings that are left out."""
    shown = [message_id for message_id, _ in _COLUMNS]
    left_out: list[str] = []
    for spared in _SPARED:
        if columns is None or table_width(rows) <= columns:
            break
        place = shown.index(spared)
        rows = [[*row[:place], *row[place + 1 :]] for row in rows]
        left_out.append(shown.pop(place))
    return rows, left_out


def _fault(objective: StatusObjective) -> str:
    why = "" if objective.fault is None else objective.fault.text
    return printable(f"{objective.service}/{objective.objective}: {why}")


def badness(objective: StatusObjective) -> tuple[int, float, float, str, str]:
    """Return a key that sorts the worst first, as every list does."""
    left, burning = objective.budget.remaining_ratio, objective.burning()
    alerts = min(
        (alert_level(a.state, a.severity) for a in objective.alerts),
        default=Urgency.CALM,
    )
    level = objective_level(alerts, objective.state, left)
    rate = None if burning is None else burning.rate
    key = worst_first(level, [rate], [left])
    return (*key, objective.service, objective.objective)


def _row(objective: StatusObjective, language: str) -> list[Cell]:
    budget = objective.budget
    state = source_word(objective.state, language)
    is_odd = objective.fault is not None
    none = state if is_odd else render(language, "status.none")
    mark = "" if objective.simulated_until is None else " *"
    return [
        Cell(f"{objective.service}/{objective.objective}{mark}"),
        Cell(percent(objective.target), is_right=True),
        Cell(
            none
            if objective.sli is None
            else indicator(objective.sli, objective.target),
            _sli_tone(objective),
            is_right=True,
        ),
        Cell(objective.window, is_right=True),
        Cell(
            _DASH if budget.remaining_ratio is None else share(budget.remaining_ratio),
            _budget_tone(budget),
            is_right=True,
        ),
        Cell(
            _DASH if budget.minutes is None else floored(budget.minutes),
            is_right=True,
        ),
        Cell(burn_text(objective.burning()), is_right=True),
        Cell(empty_text(budget.time_to_empty_s, language), is_right=True),
        Cell(
            share(objective.coverage, 0),
            Tone.WARNING if is_little_seen(objective.coverage) else Tone.PLAIN,
            is_right=True,
        ),
        Cell(
            state, Tone.PLAIN if objective.state in {"live", "idle"} else Tone.WARNING
        ),
        Cell(number(objective.valid, 0), is_right=True),
        _alert_cell(objective.raised(), language),
    ]


def _alert_cell(alerts: Sequence[StatusAlert], language: str) -> Cell:
    if not alerts:
        return Cell(_DASH)
    text = ", ".join(f"{a.severity} {state_word(a.state, language)}" for a in alerts)
    is_bad = any(a.state == "firing" for a in alerts)
    return Cell(text, Tone.BAD if is_bad else Tone.WARNING)


def _sli_tone(objective: StatusObjective) -> Tone:
    if objective.sli is None:
        return Tone.WARNING
    is_missed = misses_target(objective.sli, objective.target)
    return Tone.BAD if is_missed else Tone.GOOD


def _budget_tone(budget: Budget) -> Tone:
    return _BUDGET_TONES[budget_level(budget.remaining_ratio)]


def burn_text(burn: Burning | None) -> str:
    """Return a burn rate with three digits or more, and the windows that have it."""
    if burn is None:
        return _DASH
    return f"{times(burn.rate)} ({burn.long}/{burn.short})"


def empty_text(seconds: float | None, language: str) -> str:
    """Return a time to empty in its two largest units, rounded down."""
    if seconds is None:
        return _DASH
    if seconds <= 0:
        return render(language, "status.spent")
    return duration(language, seconds)
