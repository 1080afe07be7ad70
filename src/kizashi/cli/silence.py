"""``kizashi silence``: tell nobody of some alerts for a while."""

import sys
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from cyclopts import App, Parameter

from kizashi.cli._base import (
    OutputFormat,
    ServerOptions,
    UsageError,
    complain,
    fold_help,
    new_app,
    option,
    server_command,
)
from kizashi.cli.text.terminal import Cell, Tone, shows_color, table, utc
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.ports.alert_service import (
    DamagedSilencesView,
    SilenceListView,
    SilenceView,
)

_SILENCES = "/kizashi/v1/silences"
_STATES = {
    "pending": "silence.state.pending",
    "active": "silence.state.active",
    "expired": "silence.state.expired",
}
_COLUMNS = (
    ("alert.column.state", False),
    ("silence.column.matchers", False),
    ("silence.column.starts", False),
    ("silence.column.ends", False),
    ("silence.column.mutes", True),
    ("silence.column.owner", False),
    ("silence.column.reason", False),
    ("alert.column.id", False),
)


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "silence", "silence.help", "silence.usage")
    for add in (_add_add, _add_list, _add_end):
        app.command(fold_help(add(language)))
    return app


def _add_add(language: str) -> App:
    app = new_app(language, "add", "silence.add.help", "silence.add.usage")

    @server_command(app, language)
    def add(  # noqa: PLR0913 - each is an option
        server: ServerOptions,
        objective: Annotated[
            str | None,
            option(language, "silence.option.objective", "SERVICE/OBJECTIVE"),
        ] = None,
        /,
        *,
        matcher: Annotated[
            list[str] | None,
            Parameter(
                help=render(language, "silence.option.matcher"),
                negative="",
                show_default=False,
            ),
        ] = None,
        reason: Annotated[str, option(language, "silence.option.reason")],
        duration: Annotated[
            str | None, option(language, "silence.option.for", "--for")
        ] = None,
        until: Annotated[str | None, option(language, "silence.option.until")] = None,
        owner: Annotated[str | None, option(language, "silence.option.owner")] = None,
    ) -> None:
        if bool(objective) == bool(matcher):
            raise UsageError(render(language, "silence.what"))
        if bool(duration) == bool(until):
            raise UsageError(render(language, "silence.when"))
        fields = {
            "objective": objective,
            "matchers": matcher,
            "reason": reason,
            "duration": duration,
            "ends": until and until.replace(" ", "T", 1),
            "owner": owner,
        }

        def text(made: SilenceView) -> str:
            params = {"id": made.id, "ends": utc(made.ends), "count": len(made.mutes)}
            return render(language, "silence.added", **params)

        wanted = {name: value for name, value in fields.items() if value}
        body = server.client.send("POST", _SILENCES, wanted)
        server.show(body, SilenceView, text)

    return app


def _add_list(language: str) -> App:
    app = new_app(language, "list", "silence.list.help", "silence.list.usage")

    @server_command(app, language)
    def list_(server: ServerOptions, /) -> None:
        def text(silences: SilenceListView) -> str:
            if not silences.silences:
                return render(language, "silence.none")
            return as_table(silences.silences, language, color=shows_color(sys.stdout))

        silences = server.show(server.client.get(_SILENCES), SilenceListView, text)
        if silences.damaged is not None and server.output is OutputFormat.TEXT:
            complain(damage_text(silences.damaged, language))

    return app


def _add_end(language: str) -> App:
    app = new_app(language, "end", "silence.end.help", "silence.end.usage")

    @server_command(app, language, has_format=False)
    def end(
        server: ServerOptions,
        silence_id: Annotated[str, option(language, "silence.option.id", "ID")],
        /,
    ) -> None:
        server.client.send("DELETE", f"{_SILENCES}/{quote(silence_id, safe='')}")
        print(printable(render(language, "silence.ended", id=silence_id)))

    return app


def as_table(
    silences: Sequence[SilenceView], language: str, *, color: bool = False
) -> str:
    """Return one line per silence below a line of headings, as the server sorts."""
    head = [
        Cell(render(language, message_id), Tone.FAINT, is_right)
        for message_id, is_right in _COLUMNS
    ]
    rows = [
        [
            Cell(_state(silence, language), _tone(silence)),
            Cell(_matchers(silence)),
            Cell(utc(silence.starts)),
            Cell(utc(silence.ends)),
            Cell(f"{len(silence.mutes):,}", is_right=True),
            Cell(silence.who),
            Cell(silence.reason),
            Cell(silence.id),
        ]
        for silence in silences
    ]
    return table([head, *rows], color=color)


def damage_text(damaged: DamagedSilencesView, language: str) -> str:
    """Return that some silences are damaged, since when, and what to do."""
    since = utc(damaged.since)
    return render(language, "silence.damaged", count=damaged.count, since=since)


def _state(silence: SilenceView, language: str) -> str:
    known = _STATES.get(silence.state)
    return silence.state if known is None else render(language, known)


def _tone(silence: SilenceView) -> Tone:
    return Tone.WARNING if silence.state == "active" else Tone.PLAIN


def _matchers(silence: SilenceView) -> str:
    return ", ".join(
        f'{m.get("name", "?")}{m.get("op", "=")}"{m.get("value", "")}"'
        for m in silence.matchers
    )
