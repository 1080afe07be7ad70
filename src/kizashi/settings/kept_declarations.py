"""The record of what was declared when declarations were last taken.

It lies in the data folder, and is read as strictly as what strangers send: a damaged
record costs the copies in it, never a start.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec

from kizashi.data_folder import PRIVATE, sync
from kizashi.declarations.yaml_document import MOST_BYTES
from kizashi.settings.declaration_files import Loaded, read_source

NAME = "declarations.json"
#: A thousand services take two; escapes may make six characters of one.
MOST_KEPT_BYTES = 64 * MOST_BYTES
#: What version of this record we write, and read beside the first, which named none.
VERSION = 2

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LastDeclarations:
    """What was last in force, files by their absolute names.

    Attributes:
        files: The text of each file.
        services: What each file declares; of one that no longer declares anything, what
            it last declared.
        named: The files that were found by each pattern and folder.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, loaded: Loaded, config: Path | None) -> Self:
        """Return what was read, for a later start or reload to compare with."""
        own = "" if config is None else os.path.realpath(config)
        emptied = {each.file: each.services for each in loaded.emptied}
        services = {**declared_in(loaded), **emptied}
        return cls(
            {
                os.path.abspath(name): text
                for name, text in loaded.texts.items()
                if os.path.realpath(name) != own
            },
            {os.path.abspath(name): each for name, each in services.items()},
            {
                os.path.abspath(pattern): tuple(map(os.path.abspath, names))
                for pattern, names in loaded.named.items()
            },
        )

    def text_of(self, name: str) -> str | None:
        """Return what a file last said, None where that is not known."""
        text = self.files.get(os.path.abspath(name))
        if text is not None:
            return text
        try:
            # The first version of the record knew files by where links lead.
            return self.files.get(os.path.realpath(name))
        except (OSError, ValueError):
            return None  # No file can have this name here.

    def found_by(self, pattern: str) -> tuple[str, ...]:
        """Return the files that a pattern or folder last yielded, named as it is."""
        absolute = os.path.abspath(pattern)
        names = self.named.get(absolute)
        if names is None:
            below = os.path.join(absolute, "")
            names = tuple(n for n in self.files if f"{n}/".startswith(below))
            if not names and self.text_of(pattern) is not None:
                return (pattern,)
        if os.path.isabs(pattern):
            return names
        return tuple(os.path.relpath(name) for name in names)


def declared_in(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Return what each file declares: services, and objectives of another file's."""
    services: dict[str, list[str]] = {}
    for service in loaded.services:
        services.setdefault(service.position.file, []).append(service.name)
        for objective in service.objectives:
            if objective.position.file != service.position.file:
                name = f"{service.name}/{objective.name}"
                services.setdefault(objective.position.file, []).append(name)
    return {file: tuple(names) for file, names in services.items()}


def read_kept(data: Path) -> LastDeclarations:
    """Return what was kept; nothing where it is absent or damaged, and the log tells."""
    path = data / NAME
    if not os.path.lexists(path):
        return LastDeclarations()
    source, problems = read_source(path, MOST_KEPT_BYTES)
    if source is None:
        why = ", ".join(str(p.params.get("why", p.code)) for p in problems)
        return _without(path, f"it cannot be read ({why})")
    try:
        return _kept_of(source.text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _without(path, "it is damaged")
    except _OtherVersionError:
        return _without(path, "another version of Kizashi wrote it")


def write_kept(data: Path, kept: LastDeclarations) -> None:
    """Write the record, whole or not at all.

    Raises:
        OSError: If the disk takes nothing, or there is more than may be read again.
    """
    body = asdict(kept)
    record = {"version": VERSION, "sha256": _digest(body), **body}
    content = json.dumps(record)
    if len(content) > MOST_KEPT_BYTES:
        raise OSError(f"the declarations take more than {MOST_KEPT_BYTES} bytes")
    path = data / NAME
    beside = path.with_name(f"{NAME}.new")
    handle = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync(path.parent)


class _OtherVersionError(Exception):
    """A version that came later wrote the record."""


class _Record(msgspec.Struct):
    """The record as it is written; unknown keys are of other versions."""

    sha256: str
    files: dict[str, str]
    version: int = 1
    services: dict[str, tuple[str, ...]] = {}
    named: dict[str, tuple[str, ...]] = {}


def _kept_of(text: str) -> LastDeclarations:
    # Names of files may hold bytes that are no text, which msgspec's own reader refuses.
    record = msgspec.convert(json.loads(text), _Record)
    if record.version > VERSION:
        raise _OtherVersionError
    kept = LastDeclarations(record.files, record.services, record.named)
    body = record.files if record.version == 1 else asdict(kept)
    if record.sha256 != _digest(body):
        raise ValueError("its checksum is wrong")
    return kept


def _digest(body: Mapping[str, object]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _without(path: Path, why: str) -> LastDeclarations:
    _LOG.warning("%s is not used, so no copies stand in: %s", path, why)
    return LastDeclarations()
