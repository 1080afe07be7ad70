"""The only reader of the process environment."""

import os
from collections.abc import Mapping


def terminal_locale(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the locale in which the terminal's user wants messages, None if unsaid.

    Args:
        environment: Variables; None for the process's own.

    Source: POSIX.1-2017, Base Definitions, 8.2, "Internationalization Variables":
        the first that is set and not empty decides.
    """
    variables = os.environ if environment is None else environment
    wanted = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((variables[name] for name in wanted if variables.get(name)), None)


def allows_color(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether a terminal's user wants colours.

    Args:
        environment: Variables; None for the process's own.

    Source: no-color.org: any value of NO_COLOR but the empty one says no.
    """
    variables = os.environ if environment is None else environment
    return not variables.get("NO_COLOR") and variables.get("TERM") != "dumb"
