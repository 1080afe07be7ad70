"""Declarations as they were when they were last taken, for a start with a bad file.

A server that does not come up measures nothing and wakes nobody: one file that somebody
spoilt must not do that to the others. So the texts in force are kept in the data
folder, and where a file has an error at a start, the one that was kept stands in.
"""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from kizashi.data_folder import PRIVATE, sync
from kizashi.declarations.problems import Level, Problem
from kizashi.ports.effective import RefusedFile
from kizashi.runtime.annotating import errors_in_short
from kizashi.runtime.declaration_files import CONFIGURATION_NAMES, Loaded, load

NAME = "declarations.json"
#: A file is replaced, then left out; who still has errors after so many readings has
#: them because of others, and is left out too.
_MOST_READINGS = 6

_LOG = logging.getLogger(__name__)


def load_for_start(config: Path | None, data: Path) -> Loaded:
    """Read a configuration and its declarations, with kept copies for bad files.

    Args:
        config: The configuration file, or None.
        data: The data folder, which may hold copies.

    Returns:
        What is to be used. It is not usable where the configuration itself has an
        error, or where not one service is left.
    """
    first = load([], config)
    bad = _bad(first.problems)
    if not bad or any(_is_configuration(file, config) for file in bad):
        return first
    kept = _read(data / NAME)
    instead: dict[str, str | None] = {}
    found = first
    for reading in range(_MOST_READINGS):
        for file in _bad(found.problems):
            real = os.path.realpath(file)
            is_new = real not in instead and reading < _MOST_READINGS - 1
            instead[real] = kept.get(real) if is_new else None
        found = load([], config, instead=instead)
        if found.is_usable:
            break
    if not found.is_usable or not found.services:
        return first
    refused = tuple(
        _refused(file, problem, instead) for file, problem in bad.items()
    ) + tuple(_dragged(instead, bad))
    for line in errors_in_short(first.problems):
        _LOG.error("a declaration is bad: %s", line)
    for each in refused:
        used = "its last good copy is used" if each.has_copy else "it is left out"
        _LOG.error("the declarations of %s are not taken: %s", each.file, used)
    return replace(found, refused=refused)


def refused_files(problems: Iterable[Problem]) -> tuple[RefusedFile, ...]:
    """Return the files that a reload did not take; what was in force still is."""
    return tuple(
        _as_refused(problem, has_copy=True) for problem in _bad(problems).values()
    )


def keep(data: Path, loaded: Loaded, config: Path | None) -> None:
    """Keep the texts of declarations that were taken; what is kept already stays.

    A disk that fails costs the copies and nothing else: the log tells.
    """
    files = {
        os.path.realpath(file): text
        for file, text in loaded.texts.items()
        if not _is_configuration(file, config)
    }
    path = data / NAME
    try:
        if files != _read(path):
            _write(path, files)
    except OSError as error:
        _LOG.warning("declarations cannot be kept for a start to come: %s", error)


def _bad(problems: Iterable[Problem]) -> dict[str, Problem]:
    """Return the first error of each file that has one."""
    found: dict[str, Problem] = {}
    for problem in problems:
        if problem.level is Level.ERROR:
            found.setdefault(problem.position.file, problem)
    return found


def _is_configuration(file: str, config: Path | None) -> bool:
    path = Path(file)
    return path.name in CONFIGURATION_NAMES or (
        config is not None and os.path.realpath(config) == os.path.realpath(path)
    )


def _refused(
    file: str, problem: Problem, instead: Mapping[str, str | None]
) -> RefusedFile:
    return _as_refused(problem, has_copy=instead[os.path.realpath(file)] is not None)


def _dragged(
    instead: Mapping[str, str | None], bad: Mapping[str, Problem]
) -> Iterable[RefusedFile]:
    """Yield files that are left out because of what stands in for others."""
    named = {os.path.realpath(file) for file in bad}
    for real in sorted(instead.keys() - named):
        has_copy = instead[real] is not None
        yield RefusedFile(real, has_copy, f"{real}:1:1", "file.clashes", {})


def _as_refused(problem: Problem, *, has_copy: bool) -> RefusedFile:
    place, params = str(problem.position), dict(problem.params)
    return RefusedFile(problem.position.file, has_copy, place, problem.code, params)


def _read(path: Path) -> dict[str, str]:
    """Return the texts that were kept, by real path; none where they are damaged."""
    try:
        held = json.loads(path.read_text("utf-8"))
        files = {str(name): str(text) for name, text in held["files"].items()}
        is_whole = held["sha256"] == _digest(files)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        _LOG.warning("%s cannot be read, so no copies stand in: %s", path, error)
        return {}
    if not is_whole:
        _LOG.warning("%s is damaged, so no copies stand in", path)
        return {}
    return files


def _write(path: Path, files: Mapping[str, str]) -> None:
    beside = path.with_name(f"{NAME}.new")
    content = json.dumps({"sha256": _digest(files), "files": files})
    handle = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync(path.parent)


def _digest(files: Mapping[str, str]) -> str:
    return sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
