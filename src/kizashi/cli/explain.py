"""``kizashi explain``: how figures came to be, why alerts fired or did not."""

import sys
from typing import Annotated
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter

from kizashi.alert.words import source_word
from kizashi.cli._base import (
    OutputFormat,
    ServerOptions,
    UsageError,
    new_app,
    pretty,
    server_command,
    time_option,
    time_query,
)
from kizashi.cli.client import Client, silences_of
from kizashi.cli.text.explanation import Explainer, shortest_window
from kizashi.cli.text.terminal import shows_color, utc
from kizashi.clock import SystemClock
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.messages.formats import NONE, number, percent
from kizashi.ports.alert_service import AlertDetailView


class ExplainedFigure(msgspec.Struct):
    """What is told of a figure.

    Times are Unix seconds.
    """

    figure: str
    value: float | None
    formula: str
    query: str
    bad: float
    valid: float
    seen: float
    expected: int
    result: str
    start: float = msgspec.field(name="from")
    end: float = msgspec.field(name="to")


class ExplainedNote(msgspec.Struct):
    """What is told of a note."""

    text: str


class ExplainedObjective(msgspec.Struct):
    """What is told of an objective.

    Times are Unix seconds.
    """

    service: str
    objective: str
    target: float
    window: str
    at: float
    state: str
    explain: tuple[ExplainedFigure, ...]
    notes: tuple[ExplainedNote, ...]
    fault: ExplainedNote | None = None


class ObjectiveAlerts(msgspec.Struct):
    """The answer of ``/kizashi/v1/objectives/{service}/{objective}/alerts``."""

    alerts: tuple[AlertDetailView, ...]


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "explain", "explain.help", "explain.usage")

    @server_command(app, language)
    def explain(
        server: ServerOptions,
        what: Annotated[
            str,
            Parameter(
                name="SERVICE/OBJECTIVE",
                help=render(language, "explain.option.objective"),
            ),
        ],
        /,
        *,
        at: Annotated[str | None, time_option(language)] = None,
    ) -> None:
        path = _path(what, language)
        query = time_query(at, SystemClock().now_ms() / 1000, language)

        figures = server.client.get(path + query)
        alerts = server.client.get(f"{path}/alerts{query}")
        alerts_told = server.client.read(alerts, ObjectiveAlerts).alerts
        if server.output is OutputFormat.JSON:
            print(_as_json(figures, alerts))
            return
        _show(
            server.client.read(figures, ExplainedObjective), alerts_told, server.client
        )

    return app


def _path(what: str, language: str) -> str:
    service, slash, objective = what.partition("/")
    if not (service and slash and objective):
        raise UsageError(render(language, "alert.bad_objective", given=what))
    return (
        f"/kizashi/v1/objectives/{quote(service, safe='')}/{quote(objective, safe='')}"
    )


def _as_json(figures: bytes, alerts: bytes) -> str:
    both = b'{"objective":%b,"alerts":%b}' % (
        figures,
        bytes(msgspec.json.decode(alerts, type=dict[str, msgspec.Raw])["alerts"]),
    )
    return pretty(both)


def _show(
    objective: ExplainedObjective, details: tuple[AlertDetailView, ...], client: Client
) -> None:
    language = client.language
    print("\n".join(as_lines(objective, language)))
    silences = silences_of(client, details)
    explainer = Explainer(
        language, shows_color(sys.stdout), silences, shortest_window(details)
    )
    for detail in details:
        print()
        print("\n".join(explainer.alert(detail)))


def as_lines(objective: ExplainedObjective, language: str) -> list[str]:
    """Return an objective's figures, each with its formula and its numbers."""

    def say(message_id: str, /, **params: object) -> str:
        return printable(render(language, message_id, **params))

    lines = [
        say(
            "explain.title",
            what=f"{objective.service}/{objective.objective}",
            target=percent(objective.target),
            window=objective.window,
            at=utc(objective.at),
            state=source_word(objective.state, language),
        ),
        *([] if objective.fault is None else [printable(objective.fault.text)]),
        "",
        say("explain.figures"),
    ]
    nothing = say("status.none")
    if objective.fault is not None:
        nothing = source_word(objective.state, language)
    before = ""
    for figure in objective.explain:
        work, _, value = figure.result.rpartition(" = ")
        if figure.value is None:
            value = NONE if value == "never" else nothing
        formula = _formula(figure, language)
        text = printable(f"{figure.figure} = {formula} = {work} = {value}")
        lines.append(f"  {text}")
        told = say(
            "explain.figure.window",
            bad=number(figure.bad),
            valid=number(figure.valid),
            seen=number(figure.seen),
            expected=f"{figure.expected:,}",
            start=utc(figure.start),
            end=utc(figure.end),
        )
        if told != before:
            lines.append(f"    {told}")
        before = told
    queries = dict.fromkeys(figure.query for figure in objective.explain)
    lines += [f"  {say('explain.counted', query=query)}" for query in queries]
    if objective.notes:
        lines += ["", say("explain.notes")]
        lines += [f"  {printable(note.text)}" for note in objective.notes]
    return lines


def _formula(figure: ExplainedFigure, language: str) -> str:
    """Return a figure's formula in the reader's words; the server's are English."""
    message_id = _FORMULAS.get(figure.figure.partition("[")[0])
    if language == "en" or message_id is None:
        return figure.formula
    return render(language, message_id)


_FORMULAS = {
    "sli": "ui.formula.sli",
    "coverage": "ui.formula.coverage",
    "budget.remaining_ratio": "ui.formula.left",
    "budget.spent": "ui.formula.spent",
    "late": "ui.formula.late",
    "budget.time_to_empty_s": "ui.formula.empty",
    "burn_rate": "ui.formula.burn",
}
