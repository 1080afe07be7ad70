"""Declarations as they were when they were last taken, for a start with a bad file.

A server that does not come up measures nothing and wakes nobody: one file that somebody
spoilt must not do that to the others. So the texts in force are kept in the data
folder, and where a file has an error at a start, or is gone without a word in the
configuration, the one that was kept stands in.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from kizashi.declarations.problems import Problem, ProblemLevel
from kizashi.model.positions import Position
from kizashi.ports.effective import EmptiedFile, RefusedFile
from kizashi.settings.annotating import errors_in_short
from kizashi.settings.declaration_files import FallbackFiles, Loaded, load
from kizashi.settings.kept_declarations import (
    LastDeclarations,
    declared_in,
    read_kept,
    write_kept,
)

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
    kept = read_kept(data)
    first = compared(load([], config), kept)
    bad = _bad(first, kept)
    if not bad:
        tell(first, (), first.emptied)
        return first
    if config is not None and str(config) in bad:
        return first
    instead = FallbackFiles()
    found = first
    for reading in range(_MOST_READINGS):
        for name in _bad(found, kept):
            is_gone = name in found.missing.values()
            is_late = reading == _MOST_READINGS - 1
            _replace(name, instead, kept, is_gone=is_gone, is_late=is_late)
        found = compared(load([], config, instead=instead), kept)
        if found.is_usable:
            break
    if not found.is_usable or not found.services:
        return first
    refused = tuple(_all_refused(first, bad, instead))
    tell(first, refused, found.emptied)
    return replace(found, refused=refused)


def compared(loaded: Loaded, kept: LastDeclarations) -> Loaded:
    """Return what was read, seen against what was last in force.

    Of two files that say the same name, the one that has changed is to blame; and a
    file that no longer declares anything is told with what it declared.
    """
    problems = tuple(_blamed(problem, loaded, kept) for problem in loaded.problems)
    still = {name for names in declared_in(loaded).values() for name in names}
    emptied = []
    for problem in problems:
        file = problem.position.file
        declared = kept.services.get(os.path.abspath(file), ())
        gone = tuple(name for name in declared if name not in still)
        if problem.code == "file.empty" and gone:
            emptied.append(EmptiedFile(file, gone))
    return replace(loaded, problems=problems, emptied=tuple(emptied))


def refused_files(
    loaded: Loaded, kept: LastDeclarations, config: Path | None
) -> tuple[RefusedFile, ...]:
    """Return the files that a reload did not take; what was in force still is.

    Args:
        loaded: What was read, compared with what is in force.
        kept: What is in force.
        config: The configuration file.
    """

    def has_copy(name: str) -> bool:
        is_known = kept.text_of(name) is not None or bool(kept.found_by(name))
        return is_known or (config is not None and name == str(config))

    bad = _bad(loaded, kept)
    return tuple(_refused(n, bad[n], has_copy=has_copy(n)) for n in bad)


def tell(
    loaded: Loaded, refused: Iterable[RefusedFile], emptied: Iterable[EmptiedFile]
) -> None:
    """Log which files are not in force as they stand, as pages say it."""
    told = [each.said("en") for each in refused]
    for text in told:
        _LOG.error("%s", text)
    lines = list(errors_in_short(loaded.problems))
    for line in lines if len(lines) > len(told) else ():
        _LOG.error("%s", line)
    for each in emptied:
        _LOG.warning("%s", each.said("en"))


def keep(data: Path, loaded: Loaded, config: Path | None) -> None:
    """Keep the declarations that were taken; what is kept already stays.

    A disk that fails costs the copies and nothing else: the log tells.
    """
    before = read_kept(data)
    now = LastDeclarations.of(loaded, config)
    # A copy that is of no use today may be tomorrow, when what it clashes with is gone.
    idle = {
        os.path.abspath(each.file): text
        for each in loaded.refused
        if not each.has_copy and (text := before.text_of(each.file)) is not None
    }
    now = replace(now, files={**idle, **now.files})
    try:
        if now != before:
            write_kept(data, now)
    except OSError as error:
        _LOG.warning("declarations cannot be kept for a start to come: %s", error)


def _errors(loaded: Loaded) -> dict[str, Problem]:
    """Return the first error of each file that has one, or that is not there."""
    errors: dict[str, Problem] = {}
    for problem in loaded.problems:
        if problem.level is ProblemLevel.ERROR:
            file = loaded.missing.get(problem.position, problem.position.file)
            errors.setdefault(file, problem)
    return errors


def _bad(loaded: Loaded, kept: LastDeclarations) -> dict[str, Problem]:
    """Return the errors to blame: of files that changed, where there are such."""
    found = _errors(loaded)
    changed = {n: p for n, p in found.items() if not _is_unchanged(n, loaded, kept)}
    return changed or found


def _is_unchanged(name: str, loaded: Loaded, kept: LastDeclarations) -> bool:
    text = loaded.texts.get(name)
    return text is not None and text == kept.text_of(name)


def _blamed(problem: Problem, loaded: Loaded, kept: LastDeclarations) -> Problem:
    """Return a clash of two files at the place in the one that has changed."""
    first = _position(str(problem.params.get("first", "")))
    mine, other = problem.position.file, first.file
    if other == mine or other not in loaded.texts:
        return problem
    if _is_unchanged(other, loaded, kept) or not _is_unchanged(mine, loaded, kept):
        return problem
    params = {**problem.params, "first": str(problem.position)}
    return replace(problem, position=first, params=params)


def _position(text: str) -> Position:
    file, _, place = text.rpartition(":")
    file, _, line = file.rpartition(":")
    if not (line.isdecimal() and place.isdecimal()):
        return Position(text)
    return Position(file, int(line), int(place))


def _replace(
    name: str,
    instead: FallbackFiles,
    kept: LastDeclarations,
    *,
    is_gone: bool,
    is_late: bool,
) -> None:
    """Let the kept copy of a bad file stand in, or nothing where that was no better."""
    if is_gone:
        names = () if is_late or name in instead.named else kept.found_by(name)
        texts = {n: text for n in names if (text := kept.text_of(n)) is not None}
        instead.texts.update(texts)
        instead.named[name] = tuple(texts)
        return
    is_new = name not in instead.texts and not is_late
    instead.texts[name] = kept.text_of(name) if is_new else None


def _has_copy(name: str, instead: FallbackFiles) -> bool:
    names = instead.named.get(name, (name,))
    return any(instead.texts.get(each) is not None for each in names)


def _all_refused(
    first: Loaded, bad: Mapping[str, Problem], instead: FallbackFiles
) -> Iterable[RefusedFile]:
    """Yield the files that are not in force as they stand, those to blame first.

    Args:
        first: What was read without any copy.
        bad: The errors to blame.
        instead: What is used.
    """
    known = _errors(first)
    stand_ins = {each for names in instead.named.values() for each in names}
    others = sorted(instead.texts.keys() - bad.keys() - stand_ins)
    for name in (*bad, *others):
        text = instead.texts.get(name)
        if name in instead.texts and text is not None and text == first.texts.get(name):
            continue
        clash = Problem(Position(name), ProblemLevel.ERROR, "file.clashes")
        problem = bad.get(name) or known.get(name) or clash
        yield _refused(name, problem, has_copy=_has_copy(name, instead))


def _refused(name: str, problem: Problem, *, has_copy: bool) -> RefusedFile:
    place, params = str(problem.position), dict(problem.params)
    return RefusedFile(name, has_copy, place, problem.code, params)
