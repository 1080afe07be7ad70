"""``kizashi restore``: a backup into an empty data folder."""

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
    app = new_app(language, "restore", "restore.help", "restore.usage")

    @app.default
    def restore(
        backup: Annotated[Path, Parameter(help=render(language, "restore.from.help"))],
        /,
        *,
        data: Annotated[Path, Parameter(help=render(language, "backup.data.help"))],
        output: Annotated[
            Literal["text", "json"],
            Parameter(name="--format", help=render(language, "backup.format.help")),
        ] = "text",
    ) -> int:
        from kizashi.offline import backup as backups

        try:
            made = backups.restore(backup, data)
        except StoreError as error:
            complain(render(language, "backup.failed", why=error))
            return Exit.PROBLEMS
        if output == "json":
            print(json.dumps(asdict(made)))
            return Exit.OK
        size = sum(d.bytes for d in made.databases)
        params = {"data": data, "count": len(made.databases), "bytes": f"{size:,}"}
        print(render(language, "restore.done", **params))
        return Exit.OK

    return app
