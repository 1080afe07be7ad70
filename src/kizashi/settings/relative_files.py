"""File names of a configuration, relative to the folder that it is in."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from kizashi.model.scraping import FileDiscovery

T = TypeVar("T")
_ONE_FILE = "_file"


def resolve_relative_files(value: T, folder: Path) -> T:
    """Return settings whose file names no longer depend on where we run.

    A field whose name ends in ``_file`` names a file, in whatever is set: a new one
    needs no list.

    Args:
        value: A frozen dataclass of settings, what they hold included.
        folder: Where its file is.

    Source: Prometheus configuration: relative paths are relative to the file that
    they are written in.
    """
    return cast("T", _resolved(value, folder))


def named_files(value: object) -> frozenset[tuple[str, str]]:
    """Return the fields of settings that name a file, each with the name it has.

    Args:
        value: A frozen dataclass of settings, what they hold included.
    """
    found: set[tuple[str, str]] = set()
    if isinstance(value, tuple):
        found.update(*map(named_files, value))
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            held = getattr(value, one.name)
            if isinstance(held, str) and one.name.endswith(_ONE_FILE) and held:
                found.add((one.name, held))
            found |= named_files(held)
    return frozenset(found)


def _resolved(value: object, folder: Path) -> object:
    if isinstance(value, tuple):
        return tuple(_resolved(each, folder) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, object] = {}
    for one in fields(value):
        held = getattr(value, one.name)
        if isinstance(held, str):
            is_file = one.name.endswith(_ONE_FILE) and held
            moved: object = str(folder / held) if is_file else held
        elif isinstance(value, FileDiscovery) and one.name == "paths":
            moved = tuple(str(folder / path) for path in value.paths)
        else:
            moved = _resolved(held, folder)
        if moved != held:
            changed[one.name] = moved
    return replace(value, **changed) if changed else value
