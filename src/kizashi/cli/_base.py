"""What commands share: their row in the table, their language, their exit codes."""

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote

import msgspec
from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    Group,
    MissingArgumentError,
    Parameter,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from kizashi import messages
from kizashi.errors import DurationError
from kizashi.model.durations import parse_duration

if TYPE_CHECKING:
    from kizashi.cli.client import Client


class Exit(IntEnum):
    """What a command tells the shell."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2


class OutputFormat(StrEnum):
    """How what a command shows is written."""

    TEXT = "text"
    JSON = "json"


class Language(StrEnum):
    """The languages that ``--language`` takes."""

    EN = "en"
    JA = "ja"


T = TypeVar("T")

#: Where commands ask unless told otherwise.
DEFAULT_SERVER = "http://127.0.0.1:9470"


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table of commands.

    The command's code is ``kizashi.cli.NAME`` with dashes as underscores, whose
    ``build(language)`` returns its cyclopts App. It is imported only when the command
    is named, so that ``kizashi check`` does not wait for a web server to load.

    Attributes:
        name: As typed.
        help_id: Message id of the line that says what it does.
        code: The module, where the name is none that Python takes.
    """

    name: str
    help_id: str
    code: str = ""

    @property
    def module(self) -> str:
        """The name of the module that holds the command's code."""
        return f"kizashi.cli.{self.code or self.name.replace('-', '_')}"


class UsageError(Exception):
    """The arguments make no sense; the text is for the reader, in their language."""


def new_app(language: str, name: str, help_id: str, usage_id: str) -> App:
    """Make a cyclopts App whose fixed words are in the reader's language.

    Args:
        language: One of the catalogue's languages.
        name: As typed.
        help_id: Message id of what it does.
        usage_id: Message id of its arguments in short.

    Returns:
        The App, without commands or parameters yet.
    """
    usage = messages.render(
        language, "cli.usage", how=messages.render(language, usage_id)
    )
    app = App(
        name=name,
        # cyclopts would put the English word "Usage" in front of its own line.
        usage="",
        help=f"{usage}\n\n{messages.render(language, help_id)}",
        help_flags=["--help", "-h"],
        version_flags=[],
        help_format="plaintext",
        help_epilogue=messages.render(language, "cli.language.help"),
        group_arguments=Group(messages.render(language, "cli.group.arguments")),
        group_parameters=Group(messages.render(language, "cli.group.options")),
        group_commands=Group(messages.render(language, "cli.group.commands")),
    )
    for flag in app.help_flags:
        app[flag].help = messages.render(language, "cli.help.help")
    return app


def option(language: str, help_id: str, name: str | None = None) -> Parameter:
    """Return what cyclopts must know of an option.

    Args:
        language: The reader's language.
        help_id: Message id of what it does.
        name: As typed; None for the name of the function's parameter.
    """
    return Parameter(
        name=name,
        negative=(),
        help=messages.render(language, help_id),
        show_choices=False,
        show_default=False,
    )


def server_option(language: str) -> Parameter:
    """Return the option that names the server to ask."""
    return option(language, "status.option.server")


def token_option(language: str) -> Parameter:
    """Return the option that gives an access token."""
    return Parameter(
        help=messages.render(language, "status.option.token"),
        env_var="KIZASHI_TOKEN",
        show_default=False,
        show_env_var=False,
    )


def format_option(language: str) -> Parameter:
    """Return the option that says how the answer is written."""
    return option(language, "status.option.format", "--format")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What every command that asks a server is told.

    Attributes:
        client: What asks it.
        output: How what is shown is written.
    """

    client: "Client"
    output: OutputFormat

    def show(self, body: bytes, kind: type[T], text: Callable[[T], str]) -> T:
        """Print an answer, as it came or as text for a person; return what it says.

        Raises:
            ServerError: If it is not of this type, so that it is no Kizashi.
        """
        answer = self.client.read(body, kind)
        print(pretty(body) if self.output is OutputFormat.JSON else text(answer))
        return answer


def server_command(
    app: App, language: str, *, has_format: bool = True
) -> Callable[[Callable[..., int | None]], Callable[..., int]]:
    """Return a decorator that makes a function the command that an app runs.

    The function's first argument is `ServerOptions`; in its place the command takes
    ``--server``, ``--token`` and ``--format``, after the function's own options. Where
    the server fails it, the command says why. It returns an exit code, None for good.

    Args:
        app: The app.
        language: The reader's language.
        has_format: Whether there is anything to be written in a format.
    """
    options: dict[str, tuple[object, object]] = {
        "server": (Annotated[str, server_option(language)], DEFAULT_SERVER),
        "token": (Annotated[str | None, token_option(language)], None),
    }
    if has_format:
        as_said = Annotated[OutputFormat, format_option(language)]
        options["output"] = (as_said, OutputFormat.TEXT)

    def register(command: Callable[..., int | None]) -> Callable[..., int]:
        # Any: what a command is told besides is its own; cyclopts holds the types.
        @functools.wraps(command)
        def run(*arguments: Any, **params: Any) -> int:  # noqa: ANN401
            from kizashi.cli.client import Client, ServerError
            from kizashi.logs.logging import printable

            shared = {
                name: params.pop(name, default)
                for name, (_, default) in options.items()
            }
            client = Client(shared["server"], shared["token"], language)
            output = shared.get("output", OutputFormat.TEXT)
            try:
                code = command(ServerOptions(client, output), *arguments, **params)
            except ServerError as error:
                complain(printable(str(error)))
                return Exit.PROBLEMS
            return Exit.OK if code is None else code

        own = list(inspect.signature(command).parameters.values())[1:]
        common = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
            )
            for name, (kind, default) in options.items()
        ]
        every = [*own, *common]
        run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in every}
        return app.default(run)

    return register


def time_option(language: str) -> Parameter:
    """Return the option that names the time to answer for; see `time_query`."""
    return Parameter(
        help=messages.render(language, "alert.option.at"),
        show_default=False,
        allow_leading_hyphen=True,
    )


def time_query(at: str | None, now: float, language: str) -> str:
    """Return the query that asks for a time, empty where none is wanted.

    Args:
        at: Unix seconds, RFC 3339 (its T may be a space), or a time ago: ``-2h``.
        now: Unix seconds.
        language: The reader's language.

    Raises:
        UsageError: If a time ago is no duration.
    """
    if at is None:
        return ""
    if not at.startswith("-"):
        return f"?at={quote(at.replace(' ', 'T', 1))}"
    try:
        ago_s = parse_duration(at[1:]) / 1000
    except DurationError:
        raise UsageError(
            messages.render(language, "alert.bad_time", given=at)
        ) from None
    return f"?at={max(0.0, now - ago_s):.3f}"


def fold_help(command: App) -> App:
    """Return a command's command whose help begins with what it does, not how.

    A list of commands shows the first line of each.
    """
    usage, _, does = str(command.help).partition("\n\n")
    command.help = f"{does}\n\n{usage}"
    return command


def explain_usage(language: str, error: CycloptsError) -> str:
    """Return what is wrong with the arguments, in the reader's language."""
    match error:
        case UnknownOptionError(token=token, argument_collection=arguments):
            named = [name for argument in arguments for name in argument.names]
            known = [*named, *(error.app or ()), "--language"]
            given = (token.keyword or token.value).partition("=")[0]
            return _unknown(language, given, known)
        case UnknownCommandError(unused_tokens=[given, *_]):
            return _unknown(language, given, error.app or ())
        case UnusedCliTokensError(unused_tokens=[given, *_]):
            problem, params = "cli.usage.unused", {"given": given}
        case RepeatArgumentError(token=token):
            problem, params = "cli.usage.twice", {"name": token.keyword or token.value}
        case MissingArgumentError(argument=argument) if argument is not None:
            problem, params = "cli.usage.missing", {"name": argument.name}
        case CoercionError(argument=argument, token=token) if argument and token:
            problem, params = (
                "cli.usage.value",
                {"name": argument.name, "given": token.value},
            )
        case _:
            problem, params = "cli.usage.other", {"why": str(error)}
    return messages.render(language, problem, **params)


def _unknown(language: str, given: str, known: Iterable[str]) -> str:
    """Return that there is no such command or option, and which one is near."""
    from kizashi.declarations.problems import did_you_mean

    is_option = given.startswith("-")
    alike = (name for name in known if name.startswith("-") is is_option)
    near = did_you_mean(given, alike)
    if near is None:
        problem = "cli.usage.option" if is_option else "cli.usage.command"
        return messages.render(language, problem, given=given)
    problem = "cli.usage.option-near" if is_option else "cli.usage.command-near"
    return messages.render(language, problem, given=given, near=near)


def take_language(tokens: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take ``--language`` out of the arguments, wherever it stands among them.

    This comes before the command is parsed, because help and complaints about the
    arguments must be in that language already.

    Args:
        tokens: The arguments.

    Returns:
        What it says, None where it is not there, and the other arguments.

    Raises:
        UsageError: If it names a language that there is not, or none.
    """
    rest, chosen = [], None
    waiting = list(tokens)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        name, has_value, value = argument.partition("=")
        if name != "--language":
            rest.append(argument)
            continue
        chosen = value if has_value else (waiting.pop(0) if waiting else "")
        if chosen not in messages.LANGUAGES:
            raise UsageError(
                messages.render("en", "cli.language.unknown", given=chosen)
                + "\n"
                + messages.render("ja", "cli.language.unknown", given=chosen)
            )
    return chosen, rest


def pretty(body: bytes) -> str:
    """Return JSON for a person to read."""
    return msgspec.json.format(body, indent=2).decode()


def complain(text: str) -> None:
    """Print a line for a person on standard error."""
    print(text, file=sys.stderr)
