"""Put the handbook into the wheel: Kizashi itself serves it, at /docs.

An editable installation has none of it: it serves the pages of its checkout.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackDocs(BuildHookInterface):
    """Adds every Markdown page below docs/ to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to include."""
        if version == "editable":
            return
        docs = Path(self.root) / "docs"
        for page in sorted(docs.rglob("*.md")):
            name = page.relative_to(docs).as_posix()
            build_data["force_include"][str(page)] = f"kizashi/docsite/pages/{name}"
