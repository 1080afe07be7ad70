"""``kizashi backup``: a consistent copy while the server runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, complain, new_app
from kizashi.errors import StoreError
from kizashi.messages import render


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "backup", "backup.help", "backup.usage")

    @app.default
    def backup(
        to: Annotated[Path, Parameter(help=render(language, "backup.to.help"))],
        /,
        *,
        data: Annotated[
            Path, Parameter(help=render(language, "backup.data.help"))
        ] = Path("data"),
        output: Annotated[
            Literal["text", "json"],
            Parameter(name="--format", help=render(language, "backup.format.help")),
        ] = "text",
    ) -> int:
        from kizashi.runtime.backup import back_up

        try:
            made = back_up(data, to)
        except StoreError as error:
            complain(render(language, "backup.failed", why=error))
            return Exit.PROBLEMS
        if output == "json":
            print(json.dumps(asdict(made)))
            return Exit.OK
        size = sum(d.bytes for d in made.databases)
        count = len(made.databases)
        print(render(language, "backup.done", to=to, count=count, bytes=f"{size:,}"))
        return Exit.OK

    return app
