"""Files that a configuration names, such as those of secrets: whether they are there."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import Problem, ProblemList
from kizashi.declarations.yaml_document import (
    YamlEntry,
    YamlList,
    YamlMap,
    YamlNode,
    parse_documents,
    text_in,
)
from kizashi.settings.relative_files import named_files


def unreadable_files(
    source: SourceText, configuration: object, folder: Path
) -> tuple[Problem, ...]:
    """Return a warning for each file that a configuration names and nobody can read.

    It is no error: a secret may come after its server, and is read when it is needed.

    Args:
        source: The configuration's text, which has the places.
        configuration: What was read of it, file names as they are written.
        folder: Where it is.
    """
    named = named_files(configuration)
    problems = ProblemList()
    for node in parse_documents(source.text, source.file, ProblemList()):
        for entry in _entries(node):
            given = text_in(entry.value)
            why = _fault(folder / given) if (entry.key, given) in named else ""
            if why:
                problems.advise(
                    entry.value.position,
                    "configuration.file-unreadable",
                    key=entry.key,
                    file=folder / given,
                    why=why,
                )
    return tuple(problems)


def _entries(node: YamlNode) -> Iterator[YamlEntry]:
    if isinstance(node, YamlList):
        for item in node.items:
            yield from _entries(item)
    if isinstance(node, YamlMap):
        for entry in node.entries:
            yield entry
            yield from _entries(entry.value)


def _fault(path: Path) -> str:
    """Return why a file cannot be read, empty where it can be."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    if stat.S_ISDIR(mode):
        return os.strerror(errno.EISDIR)
    return "" if os.access(path, os.R_OK) else os.strerror(errno.EACCES)
