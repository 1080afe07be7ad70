"""Files to checked declarations: what `check` reports is what `serve` would run."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kizashi.declarations.configuration import (
    Configuration,
    parse_configuration,
)
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import Problem, ProblemList, has_errors
from kizashi.declarations.service import parse_declarations
from kizashi.declarations.yaml_document import MOST_BYTES, lines_of
from kizashi.model.positions import Position
from kizashi.ports.effective import EmptiedFile, RefusedFile
from kizashi.settings.named_files import unreadable_files
from kizashi.settings.relative_files import resolve_relative_files
from kizashi.slo.objective import ServiceSpec

CONFIGURATION_NAMES = ("kizashi.yaml", "kizashi.yml")
_SUFFIXES = (".yaml", ".yml")
#: A file that is written in pieces is whole by the next look, or it is told.
_MOST_LOOKS = 3


@dataclass(slots=True)
class FallbackFiles:
    """What is used in place of files that are bad or gone.

    Attributes:
        texts: Texts by the file's name, as problems call it; None leaves one out.
        named: Files by the pattern or folder that yields none any more.
    """

    texts: dict[str, str | None] = field(default_factory=dict)
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and the declarations beside it.

    Attributes:
        configuration: The first one's; defaults where there is no such file.
        services: The declared services; use them only where `is_usable`.
        problems: Of all files, by place.
        texts: Each file's text, by the name that problems call it.
        refused: Files that are not used as they stand; see `kizashi.settings.last_good`.
        emptied: Files that no longer declare anything.
        named: The files that each pattern of a configuration, or folder, yielded.
        missing: The pattern or folder that yielded none, by the place of the problem.
    """

    configuration: Configuration
    services: tuple[ServiceSpec, ...]
    problems: tuple[Problem, ...]
    texts: Mapping[str, str]
    refused: tuple[RefusedFile, ...] = ()
    emptied: tuple[EmptiedFile, ...] = ()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[Position, str] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """Whether no problem is an error."""
        return not has_errors(self.problems)


def load(
    paths: Sequence[Path],
    config: Path | None = None,
    *,
    is_strict: bool = False,
    instead: FallbackFiles | None = None,
) -> Loaded:
    """Read and check files.

    A file called ``kizashi.yaml`` is a configuration; it governs the files in its
    folder and below, and those that it names. Its slices and scrape intervals are what
    these are checked against, and a name may come once among them. Where `config` is
    given it governs every file.

    Args:
        paths: Files, and folders that are searched for ``*.yaml`` and ``*.yml``.
        config: The configuration file.
        is_strict: Whether leniencies of OpenSLO documents are errors, whatever a
            configuration says.
        instead: What is used in place of files that are bad or gone.

    Returns:
        What they say, with the problems of all of them together.
    """
    reader = _Reader(is_strict=is_strict, instead=instead)
    files = list(walk(paths, reader.problems))
    named = [p for p in files if p.name in CONFIGURATION_NAMES]
    governing = [config] if config is not None else named
    configs = list(_unique([*governing, *named]))
    groups = {c: _Group(reader.read_configuration(c)) for c in configs}
    without = _Group(Configuration())
    for path in files:
        if path not in named:
            governor = config or _nearest(path, named)
            (groups[governor] if governor else without).paths.append(path)
    for governor in governing:
        group = groups[governor]
        group.paths += reader.named_by(group.configuration, governor)
    services = [
        service
        for group in (*groups.values(), without)
        for service in reader.read_declarations(group, configs)
    ]
    first = groups[configs[0]].configuration if configs else Configuration()
    return Loaded(
        first,
        tuple(services),
        tuple(reader.problems),
        reader.texts,
        named=reader.named,
        missing=reader.missing,
    )


def read_source(
    path: Path, most_bytes: int = MOST_BYTES
) -> tuple[SourceText | None, tuple[Problem, ...]]:
    """Return a file's text, within the size that it may have.

    Args:
        path: The file.
        most_bytes: How much is read; what a declaration may have unless given.

    Returns:
        Its name and text, None where it cannot be read, and then why.
    """
    reader = _Reader(most_bytes=most_bytes)
    return reader.read(path), tuple(reader.problems)


@dataclass(slots=True)
class _Group:
    """Files that one configuration governs."""

    configuration: Configuration
    paths: list[Path] = field(default_factory=list)


def _nearest(path: Path, configs: Iterable[Path]) -> Path | None:
    """Return the configuration in the file's folder or the nearest one above it."""
    folders = {_real(config.parent): config for config in configs}
    above = map(str, Path(_real(path)).parents)
    return next((folders[folder] for folder in above if folder in folders), None)


class _Reader:
    """Reads files, within the size that a declaration may have."""

    def __init__(
        self,
        *,
        is_strict: bool = False,
        most_bytes: int = MOST_BYTES,
        instead: FallbackFiles | None = None,
    ) -> None:
        self._instead = instead or FallbackFiles()
        self._is_strict = is_strict
        self._most_bytes = most_bytes
        self.problems = ProblemList()
        self.texts: dict[str, str] = {}
        self.named: dict[str, tuple[str, ...]] = {}
        self.missing: dict[Position, str] = {}

    def named_by(self, configuration: Configuration, config: Path) -> list[Path]:
        """Return the files that a configuration names, relative to its own folder."""
        files: list[Path] = []
        named = zip(
            configuration.declarations, configuration.declaration_places, strict=True
        )
        for pattern, place in named:
            plain = config.parent / pattern
            matching = _glob(config.parent, pattern)
            paths = [p for path in matching for p in self._in(path)]
            if not matching:
                paths = self._stand_ins(str(plain))
            if not matching and not self._is_replaced(str(plain)):
                self.problems.report(place, "configuration.no-file", pattern=pattern)
                self.missing[place] = str(plain)
            self.named[str(plain)] = tuple(map(str, paths))
            files += paths
        return files

    def _in(self, path: Path) -> list[Path]:
        """Return a file, or the files of a folder."""
        if not path.is_dir():
            return [path]
        name, place = str(path), Position(str(path))
        files = sorted(_walk_folder(path, _SUFFIXES)) or self._stand_ins(name)
        if not files and not self._is_replaced(name):
            self.problems.report(place, "file.none")
            self.missing[place] = name
        self.named[name] = tuple(map(str, files))
        return files

    def _stand_ins(self, name: str) -> list[Path]:
        return [Path(each) for each in self._instead.named.get(name, ())]

    def _is_replaced(self, name: str) -> bool:
        return name in self._instead.named

    def read_configuration(self, path: Path) -> Configuration:
        """Return what a configuration file says; the default where it is unusable."""
        source = self.read(path)
        if source is None:
            return Configuration()
        checked = parse_configuration(source)
        self.problems.extend(checked.problems)
        self.problems.extend(
            unreadable_files(source, checked.configuration, path.parent)
        )
        return resolve_relative_files(checked.configuration, path.parent)

    def read_declarations(
        self, group: _Group, configs: Sequence[Path]
    ) -> tuple[ServiceSpec, ...]:
        """Return the services that a group of files declares."""
        taken = {_real(config) for config in configs}
        sources = [
            source
            for path in _unique(group.paths)
            if _real(path) not in taken and (source := self.read(path)) is not None
        ]
        configuration = group.configuration
        declared = parse_declarations(
            sources,
            configuration.measuring,
            is_strict=self._is_strict or configuration.is_openslo_strict,
        )
        self.problems.extend(declared.problems)
        return declared.services

    def read(self, path: Path) -> SourceText | None:
        """Return a file's text; None, with the problem noted, where it cannot be."""
        name = str(path)
        place = Position(name)
        if name in self._instead.texts:
            return self._stand_in(name, self._instead.texts[name])
        content = b""
        try:
            content, size = _content(path, self._most_bytes)
            if len(content) > self._most_bytes:
                limit = self._most_bytes
                self.problems.report(place, "yaml.too-large", size=size, limit=limit)
                return None
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            self.problems.report(_end_of(content[: error.start], name), "file.encoding")
            return None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            self.problems.report(place, "file.unreadable", why=why)
            return None
        self.texts[name] = text
        return SourceText(name, text)

    def _stand_in(self, name: str, text: str | None) -> SourceText | None:
        if text is None:
            return None
        self.texts[name] = text
        return SourceText(name, text)


def _content(path: Path, most_bytes: int) -> tuple[bytes, int]:
    """Return a file's bytes, one more than allowed at the most, and its size.

    Raises:
        OSError: If it cannot be read, or is written meanwhile again and again: a part of
            a declaration may well be one, of less.
    """
    _refuse_to_wait(path)
    for _ in range(_MOST_LOOKS):
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            content = file.read(most_bytes + 1)
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return content, max(after.st_size, len(content))
    raise OSError(errno.EBUSY, "it is being written")


def _end_of(before: bytes, name: str) -> Position:
    """Return the place that comes after a text."""
    lines = lines_of(before.decode("utf-8"))
    return Position(name, len(lines), len(lines[-1]) + 1)


def _refuse_to_wait(path: Path) -> None:
    """Refuse what would be waited for without an end, such as a pipe in a folder.

    What a shell hands over as a pipe of its own is below /dev.

    Raises:
        OSError: If it is such a thing.
    """
    mode = path.stat().st_mode
    if (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)) and path.parts[:2] != ("/", "dev"):
        raise OSError(errno.EINVAL, "it is a pipe or a socket, not a file")


def walk(
    paths: Iterable[Path],
    problems: ProblemList,
    suffixes: tuple[str, ...] = _SUFFIXES,
) -> Iterator[Path]:
    """Yield files, and those of folders in order, each once.

    Hidden files of folders are left out, and those whose names end otherwise.
    """
    yield from _unique(_walk(paths, problems, suffixes))


def _walk(
    paths: Iterable[Path], problems: ProblemList, suffixes: tuple[str, ...] = _SUFFIXES
) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        files = sorted(_walk_folder(path, suffixes))
        if not files:
            problems.report(Position(str(path)), "file.none")
        yield from files


def _walk_folder(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(suffixes) and not name.startswith("."):
                yield Path(parent, name)


def _glob(folder: Path, pattern: str) -> list[Path]:
    plain = folder / pattern
    try:
        if plain.exists():
            return [plain]
        if Path(pattern).is_absolute():
            root = Path(plain.anchor)
            return sorted(root.glob(str(plain.relative_to(root))))
        return sorted(folder.glob(pattern))
    except (OSError, ValueError, NotImplementedError):
        return []


def _unique(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield each file once, under the first name it was given."""
    seen: set[str] = set()
    for path in paths:
        real = _real(path)
        if real not in seen:
            seen.add(real)
            yield path


def _real(path: Path) -> str:
    """Return the path with links followed; unlike Path.resolve, circles too."""
    return os.path.realpath(path)
