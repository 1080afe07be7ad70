"""``kizashi serve``: the server."""

from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from kizashi import __version__
from kizashi.cli._base import Exit, UsageError, complain, new_app
from kizashi.errors import ConfigurationError, DurationError, StoreError
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.settings.declaration_files import CONFIGURATION_NAMES, Loaded

if TYPE_CHECKING:
    from kizashi.server.additions import Add
    from kizashi.server.settings import Settings

_LARGEST_PORT = 65_535


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "serve", "serve.help", "serve.usage")

    def option(message_id: str, name: str | None = None) -> Parameter:
        return Parameter(name=name, help=render(language, message_id))

    @app.default
    def serve(
        *,
        config: Annotated[Path | None, option("serve.config.help")] = None,
        listen: Annotated[str, option("serve.listen.help")] = "127.0.0.1:9470",
        data: Annotated[Path, option("serve.data.help")] = Path("data"),
        retention: Annotated[str | None, option("serve.retention.help")] = None,
        log_level: Annotated[str, option("serve.log-level.help")] = "info",
        log_format: Annotated[str, option("serve.log-format.help")] = "auto",
    ) -> int:
        from kizashi.server.garbage import importing

        with importing():
            # All of the server, which is wanted whole.
            import kizashi.server.composition  # noqa: F401
            from kizashi.server.settings import Settings

        host, port = _address(language, listen)
        settings = Settings(
            data=data,
            host=host,
            port=port,
            config=_config(language, config),
            retention_ms=_retention_ms(language, retention),
        )
        _configure_logs(language, log_level, log_format)
        return run_server(language, settings)

    return app


def run_server(language: str, settings: "Settings", add: "Add | None" = None) -> int:
    """Run a server until it is told to stop; return the command's exit code."""
    import asyncio
    import shlex

    from kizashi.httpd.descriptors import TooFewDescriptorsError
    from kizashi.server.composition import Server

    def say_ready(url: str) -> None:
        params = {"version": __version__, "url": url, "data": str(settings.data)}
        complain(render(language, "serve.ready", **params))

    async def run() -> None:
        await Server(settings, add=add).run(say_ready)

    try:
        asyncio.run(run())
    except ConfigurationError as error:
        loaded = error.args[0]
        if isinstance(loaded, Loaded):
            for problem in loaded.problems:
                text = render(language, problem.code, **problem.params)
                complain(f"{problem.position}: {text}")
        command = f"kizashi check --config {shlex.quote(str(settings.config))}"
        complain(render(language, "serve.unusable", command=command))
        return Exit.PROBLEMS
    except StoreError as error:
        complain(render(language, "serve.failed", why=error))
        return Exit.PROBLEMS
    except TooFewDescriptorsError as error:
        numbers = {"given": error.given, "needed": error.needed}
        complain(render(language, "serve.too-few-files", **numbers))
        return Exit.PROBLEMS
    return Exit.OK


def _config(language: str, given: Path | None) -> Path | None:
    # A link that leads nowhere is a file that somebody meant to be there.
    found = given or next((Path(n) for n in CONFIGURATION_NAMES if lexists(n)), None)
    if found is None or found.is_file():
        return found
    if not found.exists():
        raise UsageError(render(language, "cli.check.missing", names=found))
    raise UsageError(render(language, "serve.config.wrong", given=found))


def _address(language: str, given: str) -> tuple[str, int]:
    host, colon, port = given.rpartition(":")
    if not (colon and port.isdecimal() and port.isascii()):
        raise UsageError(render(language, "serve.listen.wrong", given=given))
    if int(port) > _LARGEST_PORT:
        raise UsageError(render(language, "serve.listen.wrong", given=given))
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - ":9470" asks for it


def _retention_ms(language: str, given: str | None) -> int | None:
    if given is None:
        return None
    try:
        return parse_duration(given)
    except DurationError as error:
        text = render(language, "serve.retention.wrong", given=given)
        raise UsageError(text) from error


def _configure_logs(language: str, level: str, style: str) -> None:
    from kizashi.errors import InputError
    from kizashi.logs.logging import LogStyle, configure

    try:
        configure(level, style=LogStyle(style))
    except (InputError, ValueError) as error:
        text = render(language, "cli.usage.value", name="--log-…", given=str(error))
        raise UsageError(text) from error
