"""Generated files onto the disk: only what changed, and never over another's file.

Beside them a manifest, ``.kizashi-TARGET.json``, says which files are ours. A file that
it does not name is not overwritten; one that it names, and that is no longer made,
is removed as long as nobody has changed it.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from kizashi.compiler._base import GeneratedFile
from kizashi.errors import ConfigurationError, InputError


class ForeignFilesError(InputError):
    """Files stand where ours would go, and no manifest says that they are ours.

    Attributes:
        paths: The files, relative to the output folder.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(", ".join(paths))
        self.paths = tuple(paths)


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What bringing a folder up to date would do; paths are relative to it.

    Attributes:
        folder: The output folder.
        manifest: The manifest's name.
        files: All files of the target, by path.
        changed: What would be written, new files among them.
        removed: Files of ours that are no longer made.
        kept: The same, but someone has changed them, so they stay.
    """

    folder: Path
    manifest: str
    files: Mapping[str, GeneratedFile]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changed or self.removed)

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff from the folder to what would be there."""
        for path in sorted({*self.changed, *self.removed}):
            old = _read(self.folder / path) or b""
            new = self.files[path].text if path in self.files else ""
            yield from unified_diff(
                old.decode("utf-8", "replace").splitlines(keepends=True),
                new.splitlines(keepends=True),
                f"a/{path}",
                f"b/{path}",
            )

    def apply(self) -> None:
        """Write and remove; the manifest last, so that a broken run is taken up again.

        Raises:
            OSError: If the disk says no.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # Before anything is written: what is new must be known as ours after a crash.
        known = _manifest_of(self.folder / self.manifest)
        ours = {path: _digest(file.text.encode()) for path, file in self.files.items()}
        self._write_manifest({**known, **ours})
        for path in self.changed:
            _replace(self.folder / path, self.files[path].text.encode())
        for path in self.removed:
            (self.folder / path).unlink(missing_ok=True)
            _remove_empty((self.folder / path).parent, self.folder)
        self._write_manifest(ours)

    def _write_manifest(self, files: Mapping[str, str]) -> None:
        text = json.dumps({"files": dict(sorted(files.items()))}, indent=1) + "\n"
        path = self.folder / self.manifest
        if _read(path) != text.encode():
            _replace(path, text.encode())


def plan_files(folder: Path, target: str, files: Sequence[GeneratedFile]) -> FilePlan:
    """Return what it takes to bring a folder up to date; changes nothing.

    Args:
        folder: The output folder; it need not exist.
        target: The target's name.
        files: What the target made.

    Raises:
        ForeignFilesError: If a file would overwrite one that is not ours.
        ConfigurationError: If the manifest cannot be read.
    """
    manifest = f".kizashi-{target}.json"
    written_before = _manifest_of(folder / manifest)
    by_path = {file.path: file for file in files}
    changed, foreign = [], []
    for path, file in by_path.items():
        there = _read(folder / path)
        if there == file.text.encode():
            continue
        if there is not None and path not in written_before:
            foreign.append(path)
        changed.append(path)
    if foreign:
        raise ForeignFilesError(foreign)
    gone = sorted(path for path in written_before if path not in by_path)
    present = {path: _read(folder / path) for path in gone}
    removed = [
        path
        for path, content in present.items()
        if content is not None and _digest(content) == written_before[path]
    ]
    kept = [p for p, content in present.items() if content is not None]
    return FilePlan(
        folder,
        manifest,
        by_path,
        tuple(changed),
        tuple(removed),
        tuple(path for path in kept if path not in removed),
    )


def write_new_files(
    folder: Path, files: Sequence[GeneratedFile]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write files that people will go on with by hand: whatever is there stays.

    Args:
        folder: The output folder; it need not exist.
        files: What to write.

    Returns:
        The paths that were written, and those that said the same already.

    Raises:
        ForeignFilesError: If a file is there that says something else; then nothing
            was written.
        OSError: If the disk says no.
    """
    there = {f.path for f in files if os.path.lexists(folder / f.path)}
    # What is no file, a pipe or a link to nowhere, is not read, and stays too.
    same = {
        f.path
        for f in files
        if (folder / f.path).is_file() and _read(folder / f.path) == f.text.encode()
    }
    new = [file for file in files if file.path not in same]
    foreign = [file.path for file in new if file.path in there]
    if foreign:
        raise ForeignFilesError(foreign)
    for file in new:
        _replace(folder / file.path, file.text.encode())
    written = tuple(file.path for file in new)
    return written, tuple(file.path for file in files if file.path not in written)


def _manifest_of(path: Path) -> dict[str, str]:
    """Return the files that a manifest calls ours, each with its digest."""
    content = _read(path)
    if content is None:
        return {}
    try:
        files = json.loads(content)["files"]
        sound = {
            str(name): str(digest)
            for name, digest in files.items()
            if not PurePosixPath(name).is_absolute() and ".." not in name.split("/")
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path}") from error
    return sound


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees either the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    os.replace(beside, path)


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
