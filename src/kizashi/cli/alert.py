"""``kizashi alert``: what stands, why, who acknowledged it, and its end."""

import sys
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from cyclopts import App, Parameter

from kizashi.cli._base import (
    ServerOptions,
    fold_help,
    new_app,
    option,
    server_command,
    time_option,
    time_query,
)
from kizashi.cli.client import silences_of
from kizashi.cli.text.alerts import (
    held_back,
    state_tone,
    state_word,
    what_of,
)
from kizashi.cli.text.explanation import Explainer
from kizashi.cli.text.terminal import Cell, Tone, shows_color, table, utc
from kizashi.clock import SystemClock
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.ports.alert_service import AlertDetailView, AlertListView

_ALERTS = "/kizashi/v1/alerts"
_WORST_FIRST = ("firing", "frozen", "pending", "resolved")
_COLUMNS = (
    "alert.column.severity",
    "alert.column.state",
    "alert.column.name",
    "alert.column.what",
    "alert.column.since",
    "alert.column.held_back",
    "alert.column.id",
)


class AlertList(msgspec.Struct):
    """The answer of ``/kizashi/v1/alerts``."""

    alerts: tuple[AlertListView, ...]


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "alert", "alert.help", "alert.usage")
    for add in (_add_list, _add_show, _add_ack, _add_resolve):
        app.command(fold_help(add(language)))
    return app


def _id_option(language: str) -> Parameter:
    return option(language, "alert.option.id", "ID")


def _add_list(language: str) -> App:
    app = new_app(language, "list", "alert.list.help", "alert.list.usage")

    @server_command(app, language)
    def list_(
        server: ServerOptions,
        /,
        *,
        state: Annotated[str | None, option(language, "alert.option.state")] = None,
        service: Annotated[str | None, option(language, "alert.option.service")] = None,
        at: Annotated[str | None, time_option(language)] = None,
    ) -> None:
        query = time_query(at, SystemClock().now_ms() / 1000, language)
        wanted = {"state": state, "service": service}
        more = urlencode({k: v for k, v in wanted.items() if v is not None})
        if more:
            query = f"{query}&{more}" if query else f"?{more}"

        def text(answer: AlertList) -> str:
            if not answer.alerts:
                return render(language, "alert.none")
            return as_table(answer.alerts, language, color=shows_color(sys.stdout))

        server.show(server.client.get(_ALERTS + query), AlertList, text)

    return app


def _add_show(language: str) -> App:
    app = new_app(language, "show", "alert.show.help", "alert.show.usage")

    @server_command(app, language)
    def show(
        server: ServerOptions,
        alert_id: Annotated[str, _id_option(language)],
        /,
        *,
        at: Annotated[str | None, time_option(language)] = None,
    ) -> None:
        query = time_query(at, SystemClock().now_ms() / 1000, language)

        def text(detail: AlertDetailView) -> str:
            silences = silences_of(server.client, [detail])
            explainer = Explainer(language, shows_color(sys.stdout), silences)
            lines = [printable(what_of(detail.alert)), *explainer.alert(detail)]
            return "\n".join(lines)

        body = server.client.get(f"{_ALERTS}/{quote(alert_id, safe='')}{query}")
        server.show(body, AlertDetailView, text)

    return app


def _add_ack(language: str) -> App:
    app = new_app(language, "ack", "alert.ack.help", "alert.ack.usage")

    @server_command(app, language)
    def ack(
        server: ServerOptions,
        alert_id: Annotated[str, _id_option(language)],
        /,
        *,
        by: Annotated[str | None, option(language, "alert.option.by")] = None,
    ) -> None:
        def text(alert: AlertListView) -> str:
            who = alert.acknowledged.who if alert.acknowledged else "?"
            what = _named(alert)
            return printable(render(language, "alert.acknowledged", what=what, by=who))

        path = f"{_ALERTS}/{quote(alert_id, safe='')}/ack"
        body = server.client.send("POST", path, _given(by=by))
        server.show(body, AlertListView, text)

    return app


def _add_resolve(language: str) -> App:
    app = new_app(language, "resolve", "alert.resolve.help", "alert.resolve.usage")

    @server_command(app, language)
    def resolve(
        server: ServerOptions,
        alert_id: Annotated[str, _id_option(language)],
        /,
        *,
        reason: Annotated[str, option(language, "alert.option.reason")],
        by: Annotated[str | None, option(language, "alert.option.by")] = None,
    ) -> None:
        def text(alert: AlertListView) -> str:
            return printable(render(language, "alert.resolved", what=_named(alert)))

        path = f"{_ALERTS}/{quote(alert_id, safe='')}/resolve"
        body = server.client.send("POST", path, _given(reason=reason, by=by))
        server.show(body, AlertListView, text)

    return app


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _named(alert: AlertListView) -> str:
    return f"{alert.name} ({alert.severity}) {what_of(alert)}".rstrip()


def as_table(
    alerts: Sequence[AlertListView], language: str, *, color: bool = False
) -> str:
    """Return one line per alert below a line of headings, the worst first."""
    head = [Cell(render(language, message_id), Tone.FAINT) for message_id in _COLUMNS]
    rows = [
        [
            Cell(alert.severity),
            Cell(state_word(alert.state, language), state_tone(alert.state)),
            Cell(alert.name),
            Cell(what_of(alert)),
            Cell("-" if alert.since is None else utc(alert.since)),
            Cell(held_back(alert, language)),
            Cell(alert.id),
        ]
        for alert in sorted(alerts, key=badness)
    ]
    return table([head, *rows], color=color)


def badness(alert: AlertListView) -> tuple[int, bool, float, str]:
    """Return a key that sorts the worst first: state, then pages, then the newest."""
    known = alert.state in _WORST_FIRST
    rank = _WORST_FIRST.index(alert.state) if known else len(_WORST_FIRST)
    return rank, alert.severity != "page", -(alert.since or 0.0), alert.id
