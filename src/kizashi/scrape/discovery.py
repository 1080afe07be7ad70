"""Where targets come from: the configuration itself, and files that others write.

Source: Prometheus configuration, ``<static_config>`` and ``<file_sd_config>``.
"""

import glob
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from kizashi.errors import ScrapeError
from kizashi.model.relabel import compile_rules
from kizashi.model.scraping import FileDiscovery, ScrapeConfig, TargetGroup
from kizashi.scrape.groups import MAX_BYTES, parse_groups
from kizashi.scrape.polled_discovery import (
    DnsDiscoverySource,
    HttpDiscoverySource,
    PolledDiscovery,
)
from kizashi.scrape.reasons import FailureReason, failed, reason_of
from kizashi.scrape.targets import DiscoveredTarget, DroppedTarget, resolve_all

#: A target file deeper than this is refused, as is a larger one.
MAX_FILE_BYTES = MAX_BYTES
_MAX_DEPTH = 8

#: What tells that a file changed: time of change, size, inode.
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DiscoveryResult:
    """What the configuration and files of one job yield at one time.

    Attributes:
        targets: To be scraped, no two with the same labels.
        dropped: Addresses that are not scraped.
        problems: Target files that cannot be used; their last good groups stay.
    """

    targets: tuple[DiscoveredTarget, ...]
    dropped: tuple[DroppedTarget, ...]
    problems: tuple[FailureReason, ...]


class JobDiscovery:
    """Keeps the targets of one scrape configuration current. Not thread-safe."""

    def __init__(self, config: ScrapeConfig) -> None:
        self.config = config
        self._relabel = compile_rules(config.relabel).apply
        self._sources: list[_Files | PolledDiscovery] = [
            *(_Files(found) for found in config.file_discoveries),
            *(
                PolledDiscovery(HttpDiscoverySource(found))
                for found in config.http_discoveries
            ),
            # Each name by itself: one that fails keeps its own targets only.
            *(
                PolledDiscovery(DnsDiscoverySource(replace(found, names=(name,))))
                for found in config.dns_discoveries
                for name in found.names
            ),
        ]
        self._current: DiscoveryResult | None = None

    def poll(self, now_s: float) -> DiscoveryResult:
        """Return the job's targets, reading files that changed or are due.

        Args:
            now_s: Monotonic seconds, to know when a refresh interval is over.

        Returns:
            The very same object as before while nothing changed.
        """
        changed = [source.poll(now_s) for source in self._sources]
        if self._current is None or any(changed):
            groups = [*self.config.static_groups]
            for source in self._sources:
                groups.extend(source.groups())
            targets, dropped = resolve_all(groups, self.config, self._relabel)
            problems = tuple(p for s in self._sources for p in s.problems())
            self._current = DiscoveryResult(targets, dropped, problems)
        return self._current


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of one file: its last good groups, and what is wrong now."""

    stamp: _Stamp | None
    groups: tuple[TargetGroup, ...] = ()
    problem: FailureReason | None = None


class _Files:
    """The files of one ``file_sd_configs`` entry."""

    def __init__(self, config: FileDiscovery) -> None:
        self._config = config
        self._known: dict[str, _File] = {}
        self._due_s = float("-inf")

    def poll(self, now_s: float) -> bool:
        """Read what is due or changed; return whether groups or problems differ."""
        due = now_s >= self._due_s
        if due:
            self._due_s = now_s + self._config.refresh_interval_ms / 1000
        paths = dict.fromkeys(
            p for pattern in self._config.paths for p in _find(pattern)
        )
        before = self._known
        self._known = {p: _refreshed(p, before.get(p), due=due) for p in paths}
        return _content(before) != _content(self._known)

    def groups(self) -> Iterator[TargetGroup]:
        """Yield the groups of all files, each with the file's name as a label."""
        for path, file in self._known.items():
            meta = {"__meta_filepath": path}
            for group in file.groups:
                yield replace(group, labels=group.labels.merged(meta))

    def problems(self) -> Iterator[FailureReason]:
        """Yield what is wrong with files that cannot be used."""
        yield from (f.problem for f in self._known.values() if f.problem is not None)


def _content(
    known: dict[str, _File],
) -> list[tuple[str, tuple[TargetGroup, ...], FailureReason | None]]:
    return [(path, file.groups, file.problem) for path, file in known.items()]


def _find(pattern: str) -> list[str]:
    """Return the files of a path whose last part may hold a ``*``."""
    folder, name = str(Path(pattern).parent), Path(pattern).name
    if "*" not in name:
        return [pattern] if Path(pattern).exists() else []
    found = sorted(glob.glob(name, root_dir=folder))
    return [str(Path(folder) / each) for each in found]


def _refreshed(path: str, known: _File | None, *, due: bool) -> _File:
    stamp = _stamp(path)
    if known is not None and not due and stamp == known.stamp:
        return known
    try:
        return _File(stamp, read_groups(path))
    except ScrapeError as error:
        good = known.groups if known is not None else ()
        return _File(stamp, good, reason_of(error, "scrape.file"))


def _stamp(path: str) -> _Stamp | None:
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def read_groups(path: str) -> tuple[TargetGroup, ...]:
    """Return the target groups of a file: JSON where its name says so, else YAML.

    Raises:
        ScrapeError: If the file cannot be read or is not a list of objects with
            ``targets`` and, if wanted, ``labels``.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise failed("scrape.file", path=path, why=f"over {MAX_FILE_BYTES} bytes")
        text = data.decode()
        content = json.loads(text) if path.endswith(".json") else _load_yaml(text)
        return parse_groups(content)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise failed("scrape.file", path=path, why=why) from error


def _load_yaml(text: str) -> object:
    """Return a YAML document with every scalar as it is written.

    Aliases are refused: a file of 324 bytes could fill the memory with them. Plain
    scalars stay text, so that the label ``port: 8080`` is what its writer sees.

    Raises:
        ValueError: If it holds an alias or is nested too deeply.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("an alias (*name) is refused; write it out")  # noqa: TRY004
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise ValueError(f"nested deeper than {_MAX_DEPTH}")
    # CBaseLoader makes text, lists and dictionaries only; it builds no objects.
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506
