"""The command line, one file per command.

A new command is a file here and a row in COMMANDS.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from cyclopts import App, CycloptsError

from kizashi import __version__, messages
from kizashi.cli._base import (
    Command,
    Exit,
    UsageError,
    complain,
    explain_usage,
    new_app,
    take_language,
)
from kizashi.settings.environment import terminal_locale

#: What a shell reports of a program that SIGPIPE or SIGINT ended: 128 + 13, or 2.
_ENDED_BY_PIPE, _ENDED_BY_CTRL_C = 141, 130

COMMANDS = (
    Command("backup", "backup.help"),
    Command("check", "cli.check.help"),
    Command("compile", "compile.help"),
    Command("policy", "policy.help"),
    Command("restore", "restore.help"),
    Command("serve", "serve.help"),
    Command("demo", "demo.help"),
    Command("init", "init.help"),
    Command("import", "import.help", "import_declarations"),
    Command("import-samples", "import-samples.help"),
    Command("status", "status.help"),
    Command("explain", "explain.help"),
    Command("alert", "alert.help"),
    Command("silence", "silence.help"),
    Command("token", "token.help"),
    Command("verify", "verify.help"),
)


def main() -> None:
    """Run the command named in the arguments and end with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show Japanese shows escapes, and no traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:], terminal_locale())
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _ENDED_BY_PIPE
    except KeyboardInterrupt:
        code = _ENDED_BY_CTRL_C
    sys.exit(code)


def run(tokens: Sequence[str], locale: str | None = None) -> int:
    """Run a command.

    Args:
        tokens: The arguments, the program's name left out.
        locale: The terminal's locale, such as ``ja_JP.UTF-8``.

    Returns:
        Its exit code.
    """
    try:
        explicit, rest = take_language(tokens)
    except UsageError as error:
        complain(str(error))
        return Exit.USAGE
    language = messages.choose_language(explicit, locale)
    app = build_app(language, rest)
    try:
        code = app(
            rest, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except UsageError as error:
        complain(str(error))
        return Exit.USAGE
    except CycloptsError as error:
        complain(explain_usage(language, error))
        complain(messages.render(language, "cli.usage.hint"))
        return Exit.USAGE
    return int(code or Exit.OK)


def build_app(language: str, tokens: Sequence[str] = ()) -> App:
    """Return the program's App; only the command that tokens name is imported."""
    app = new_app(language, "kizashi", "cli.app.help", "cli.app.usage")
    app.version = f"kizashi {__version__}"
    app.version_flags = ["--version"]
    app["--version"].help = messages.render(language, "cli.version.help")
    named = next((token for token in tokens if not token.startswith("-")), None)
    for command in COMMANDS:
        if command.name == named:
            module = import_module(command.module)
            app.command(module.build(language), name=command.name)
        else:
            help_text = messages.render(language, command.help_id)
            app.command(
                App(help=help_text, help_flags=[], version_flags=[]), name=command.name
            )
    return app
