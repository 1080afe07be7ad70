"""``kizashi verify``: what in a data folder, or a backup, is not what was written."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, complain, new_app
from kizashi.errors import StoreError
from kizashi.messages import render


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "verify", "verify.help", "verify.usage")

    @app.default
    def verify(
        *,
        data: Annotated[
            Path, Parameter(help=render(language, "verify.data.help"))
        ] = Path("data"),
        output: Annotated[
            Literal["text", "json"],
            Parameter(name="--format", help=render(language, "backup.format.help")),
        ] = "text",
    ) -> int:
        from kizashi.offline import verifying
        from kizashi.offline.verified_text import verified_text

        try:
            verified = verifying.verify(data)
        except StoreError as error:
            complain(render(language, "verify.failed", why=error))
            return Exit.USAGE
        if output == "json":
            print(verifying.as_json(verified))
        else:
            print(verified_text(verified, language))
        return Exit.PROBLEMS if verified.is_damaged else Exit.OK

    return app
