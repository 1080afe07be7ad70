"""``kizashi token``: make, list and revoke access tokens of a data folder."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from kizashi.cli._base import (
    Exit,
    OutputFormat,
    UsageError,
    complain,
    fold_help,
    new_app,
    option,
)
from kizashi.cli.text.terminal import Cell, Tone, shows_color, table
from kizashi.errors import DurationError, InputError, NotFoundError, StoreError
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.offline.tokens import (
    DEFAULT_FOLDER,
    create_token,
    list_tokens,
    revoke_token,
)
from kizashi.ports.tokens import IssuedToken, Role, TokenRecord

_COLUMNS = (
    "alert.column.id",
    "token.column.name",
    "token.column.role",
    "token.column.created",
    "token.column.expires",
    "token.column.used",
)


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "token", "token.help", "token.usage")
    for add in (_add_create, _add_list, _add_revoke):
        app.command(fold_help(add(language)))
    return app


def _add_create(language: str) -> App:
    app = new_app(language, "create", "token.create.help", "token.create.usage")

    @app.default
    def create(
        *,
        role: Annotated[Role, option(language, "token.option.role")],
        name: Annotated[str | None, option(language, "token.option.name")] = None,
        expires: Annotated[str | None, option(language, "token.option.expires")] = None,
        data: Annotated[Path, option(language, "token.option.data")] = DEFAULT_FOLDER,
        output: Annotated[
            OutputFormat, option(language, "status.option.format", "--format")
        ] = OutputFormat.TEXT,
    ) -> int:
        lifetime_ms = _lifetime_ms(expires, language)

        def make() -> int:
            issued = create_token(
                data,
                role.value if name is None else name,
                role,
                lifetime_ms=lifetime_ms,
            )
            _show_issued(issued, data, output, language)
            return Exit.OK

        return _told_why(make, language, name or "")

    return app


def _add_list(language: str) -> App:
    app = new_app(language, "list", "token.list.help", "token.list.usage")

    @app.default
    def list_(
        *,
        data: Annotated[Path, option(language, "token.option.data")] = DEFAULT_FOLDER,
        output: Annotated[
            OutputFormat, option(language, "status.option.format", "--format")
        ] = OutputFormat.TEXT,
    ) -> int:
        def show() -> int:
            records = list_tokens(data)
            if output is OutputFormat.JSON:
                tokens = [_as_json(record) for record in records]
                print(json.dumps({"tokens": tokens}, ensure_ascii=False, indent=2))
            elif records:
                print(_as_table(records, language))
            else:
                print(render(language, "token.none"))
            return Exit.OK

        return _told_why(show, language)

    return app


def _add_revoke(language: str) -> App:
    app = new_app(language, "revoke", "token.revoke.help", "token.revoke.usage")

    @app.default
    def revoke(
        token_id: Annotated[
            str, Parameter(name="ID", help=render(language, "token.option.id"))
        ],
        /,
        *,
        data: Annotated[Path, option(language, "token.option.data")] = DEFAULT_FOLDER,
    ) -> int:
        def delete() -> int:
            try:
                gone = revoke_token(data, token_id)
            except NotFoundError:
                complain(render(language, "token.unknown", id=token_id, folder=data))
                return Exit.PROBLEMS
            print(
                render(
                    language,
                    "token.revoked",
                    id=gone.id,
                    name=gone.name,
                    role=gone.role.value,
                )
            )
            return Exit.OK

        return _told_why(delete, language)

    return app


def _told_why(work: Callable[[], int], language: str, name: str = "") -> int:
    """Run a piece of work; say in the reader's language why it could not be done."""
    try:
        return work()
    except InputError:
        complain(render(language, "token.bad_name", name=name))
        return Exit.USAGE
    except StoreError as error:
        complain(render(language, "token.failed", why=error))
        return Exit.PROBLEMS


def _lifetime_ms(text: str | None, language: str) -> int | None:
    if text is None:
        return None
    try:
        lifetime_ms = parse_duration(text)
    except DurationError:
        lifetime_ms = 0
    if lifetime_ms <= 0:
        raise UsageError(render(language, "token.bad_expires", given=text))
    return lifetime_ms


def _show_issued(
    issued: IssuedToken, folder: Path, output: OutputFormat, language: str
) -> None:
    record = issued.record
    if output is OutputFormat.JSON:
        shown = {**_as_json(record), "token": issued.plaintext}
        print(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    expiry = (
        render(language, "token.endless")
        if record.expires_ms is None
        else render(language, "token.expires", when=_when(record.expires_ms))
    )
    # The token alone on standard output, so that a script may capture it.
    print(issued.plaintext)
    complain(
        render(
            language,
            "token.created",
            id=record.id,
            name=record.name,
            role=record.role.value,
            folder=folder.absolute(),
            expiry=expiry,
        )
    )


def _as_json(record: TokenRecord) -> dict[str, object]:
    """Return a token for a program; times are Unix seconds."""
    return {
        "id": record.id,
        "name": record.name,
        "role": record.role.value,
        "created": _seconds(record.created_ms),
        "expires": _seconds(record.expires_ms),
        "last_used": _seconds(record.last_used_ms),
    }


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _as_table(records: Sequence[TokenRecord], language: str) -> str:
    never = render(language, "policy.never")
    head = [Cell(render(language, message_id), Tone.FAINT) for message_id in _COLUMNS]
    rows = [
        [
            Cell(record.id),
            Cell(record.name),
            Cell(record.role.value),
            Cell(_when(record.created_ms)),
            Cell(never if record.expires_ms is None else _when(record.expires_ms)),
            Cell(never if record.last_used_ms is None else _when(record.last_used_ms)),
        ]
        for record in records
    ]
    return table([head, *rows], color=shows_color(sys.stdout))


def _when(milliseconds: int) -> str:
    """Return a time as people write it, in UTC, to the minute."""
    when = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return when.strftime("%Y-%m-%d %H:%MZ")
