"""Settings: what the server runs with. To read only; the files are the source."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kizashi.docsite.markdown import coloured
from kizashi.ports.effective import ConnectionsView
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import PageContext


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsContext(PageContext):
    """What the page of settings shows.

    Attributes:
        flags: What only a restart changes: the option, and its value.
        files: The files that were read.
        warnings: What was found wrong with them: where, and what.
        configuration: What is in force, coloured.
        connections: Connections from outside; None where nobody counts them.
    """

    flags: Sequence[tuple[str, str]]
    files: Sequence[str]
    warnings: Sequence[tuple[str, str]]
    configuration: Markup
    connections: ConnectionsView | None


async def show(ask: Ask) -> SettingsContext:
    """Return what the page shows."""
    effective = ask.services.effective()
    return SettingsContext(
        flags=effective.flags,
        files=effective.files,
        warnings=[
            (where, ask.words.t(code, **params))
            for where, code, params in effective.warnings
        ],
        # Coloured text is escaped text.
        configuration=Markup(coloured(effective.configuration, "yaml")),  # noqa: S704
        connections=ask.services.connections(),
    )
