"""``kizashi backup``: a consistent copy while the server runs."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, complain, new_app
from kizashi.errors import StoreError
from kizashi.messages import render

if TYPE_CHECKING:
    from kizashi.offline.backup import DamagedError


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
        even_damaged: Annotated[
            bool,
            Parameter(negative=(), help=render(language, "backup.even-damaged.help")),
        ] = False,
        output: Annotated[
            Literal["text", "json"],
            Parameter(name="--format", help=render(language, "backup.format.help")),
        ] = "text",
    ) -> int:
        from kizashi.offline.backup import DamagedError, back_up

        try:
            made = back_up(data, to, even_damaged=even_damaged)
        except DamagedError as error:
            complain(_refusal(error, to, language))
            return Exit.PROBLEMS
        except StoreError as error:
            complain(render(language, "backup.failed", why=error))
            return Exit.PROBLEMS
        if output == "json":
            print(json.dumps(asdict(made)))
            return Exit.OK
        size = sum(d.bytes for d in made.databases)
        count = len(made.databases)
        print(render(language, "backup.done", to=to, count=count, bytes=f"{size:,}"))
        if made.damaged:
            print(render(language, "backup.left-out", count=len(made.damaged)))
            print("\n".join(f"  {line}" for line in made.damaged))
        return Exit.OK

    return app


def _refusal(error: "DamagedError", to: Path, language: str) -> str:
    """Return what is damaged, and the two ways on."""
    from kizashi.offline.verified_text import advice, findings_text

    data = shlex.quote(str(error.data))
    count = len(error.findings)
    lines = [render(language, "backup.damaged", data=data, count=count)]
    lines += findings_text(error.findings, language)
    params = {
        "command": advice(error.data, is_backup=False),
        "to": shlex.quote(str(to)),
        "data": data,
    }
    lines.append(render(language, "backup.damaged.advice", **params))
    return "\n".join(lines)
