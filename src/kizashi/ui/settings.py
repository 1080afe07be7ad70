"""Settings: what the server runs with. To read only; the files are the source."""

from collections.abc import Mapping

from markupsafe import Markup

from kizashi.docsite.markdown import coloured
from kizashi.ui.parts.base import Ask


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    found = ask.services.effective()
    return {
        "found": found,
        "net": ask.services.connections(),
        # Coloured text is escaped text.
        "configuration": Markup(coloured(found.configuration, "yaml")),  # noqa: S704
        "warnings": [
            (where, ask.words.t(code, **params))
            for where, code, params in found.warnings
        ],
    }
