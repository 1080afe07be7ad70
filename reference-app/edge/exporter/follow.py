"""Reads a log to its end through renames, copies and truncations, each line once.

A file is known by its first line, which no other file has: each line holds the id of its
request. Names and inodes change hands when logs are rotated, first lines do not; and a
copy, as `copytruncate` makes, is the same log as what it was copied from.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MAX_LINE = 65_536
_CHUNK = 1 << 20
#: Logs that are remembered; each rotation brings one.
_REMEMBERED = 64
_PACKED = (".gz", ".bz2", ".xz", ".zst")


@dataclass(slots=True)
class Position:
    """How far a log has been read.

    Attributes:
        offset: Bytes; always after the end of a line, or inside one that is too long.
        is_inside: Whether the rest of a line that is too long is being skipped.
    """

    offset: int = 0
    is_inside: bool = False


@dataclass(slots=True)
class _Open:
    descriptor: int
    first: bytes = b""
    key: str = ""


class Follower:
    """Follows one log and what it was renamed or copied to.

    Args:
        log: Its path; files whose names begin so are older parts of it, unless packed.
        positions: How far each part has been read, oldest first, from the run before;
            None for a first run, which begins with the log itself and leaves what is
            older alone.
    """

    def __init__(self, log: Path, positions: dict[str, Position] | None) -> None:
        self._log = log
        self._is_first = positions is None
        self.positions = positions or {}
        self._open: dict[tuple[int, int], _Open] = {}

    def read(
        self, take: Callable[[list[bytes]], None], take_bad: Callable[[], None]
    ) -> None:
        """Read all that was written since the last time.

        Args:
            take: Is handed whole lines, without their ends.
            take_bad: Is called for each line that is too long.
        """
        listed = self._list()
        for found, path in listed.items():
            if found not in self._open:
                self._begin(found, path)
        for found, log in list(self._open.items()):
            has_more = self._advance(log, take, take_bad)
            # Renamed to where we do not look, or gone: its writer may not know yet.
            if found not in listed and not has_more:
                os.close(log.descriptor)
                del self._open[found]
        self._is_first = False
        self._forget()

    def close(self) -> None:
        """Let go of every file."""
        for log in self._open.values():
            os.close(log.descriptor)
        self._open.clear()

    def _list(self) -> dict[tuple[int, int], Path]:
        found: dict[tuple[int, int], Path] = {}
        for path in sorted(self._log.parent.glob(f"{self._log.name}*")):
            if path.suffix in _PACKED:
                continue
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                found[stat.st_dev, stat.st_ino] = path
        return found

    def _begin(self, expected: tuple[int, int], path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        stat = os.fstat(descriptor)
        if (stat.st_dev, stat.st_ino) != expected:
            os.close(descriptor)  # renamed meanwhile: it is found the next time
            return
        log = _Open(descriptor)
        self._open[expected] = log
        if self._is_first and path != self._log and self._identify(log):
            self.positions[log.key] = Position(stat.st_size)

    def _identify(self, log: _Open) -> bool:
        """Return whether it is known which log a file is; a half first line does not tell.

        Asked each time: a file may have been truncated and written anew.
        """
        if log.first and os.pread(log.descriptor, len(log.first), 0) == log.first:
            return True
        head = os.pread(log.descriptor, MAX_LINE, 0)
        end = head.find(b"\n")
        log.first = head[: end + 1] if end >= 0 else head
        if end < 0 and len(head) < MAX_LINE:
            log.first = b""
            return False
        log.key = hashlib.sha256(log.first).hexdigest()
        return True

    def _advance(
        self,
        log: _Open,
        take: Callable[[list[bytes]], None],
        take_bad: Callable[[], None],
    ) -> bool:
        """Read on in one file; return whether there was anything."""
        if not self._identify(log):
            return False
        position = self.positions.setdefault(log.key, Position())
        began = position.offset
        while chunk := os.pread(log.descriptor, _CHUNK, position.offset):
            if not _take_chunk(position, chunk, take, take_bad):
                break
        return position.offset != began

    def _forget(self) -> None:
        for key in list(self.positions)[:-_REMEMBERED]:
            if key not in {log.key for log in self._open.values()}:
                del self.positions[key]


def _take_chunk(
    position: Position,
    chunk: bytes,
    take: Callable[[list[bytes]], None],
    take_bad: Callable[[], None],
) -> bool:
    """Take the whole lines of a chunk; return whether the position moved."""
    start = 0
    if position.is_inside:
        end = chunk.find(b"\n")
        if end < 0:
            position.offset += len(chunk)
            return True
        take_bad()
        position.is_inside = False
        start = end + 1
    end = chunk.rfind(b"\n") + 1
    if end > start:
        take(chunk[start : end - 1].split(b"\n"))
        position.offset += end
        return True
    position.offset += start
    if len(chunk) - start >= MAX_LINE:
        position.offset += len(chunk) - start
        position.is_inside = True
        return True
    return start > 0
