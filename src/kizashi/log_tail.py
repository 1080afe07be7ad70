"""Commits that lie in the log of a database behind a place that is damaged.

SQLite reads its log up to the first frame whose checksum is wrong, and says nothing of
those behind it: what had been committed there is gone. Frames of one log carry its two
random numbers, so that those behind can be counted all the same.

Source: the SQLite documentation, "WAL-mode File Format".
"""

import fcntl
import os
import sqlite3
import struct
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: Magic, format, page size, checkpoint, two salts, two checksums.
_HEADER = struct.Struct(">8I")
#: Page number, pages of the database after a commit or 0, two salts, two checksums.
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
#: Where the index of a log says how many frames of it are in use.
_USED = struct.Struct("=I")
_USED_AT = 16
#: The byte of that index on which every process that has the database open holds a lock.
_OPEN_AT = 128
#: What fcntl(2) is asked about a lock: type, whence, start, length and process.
_FLOCK = struct.Struct("hhqqi")


@dataclass(frozen=True, slots=True)
class LostTail:
    """What a damaged log has lost.

    Attributes:
        commits: How many commits are lost; after a power cut the last of them may be
            one that never ended. 0 where nothing in the log tells how many.
        end_ms: When the log was last written; Unix milliseconds.
    """

    commits: int
    end_ms: int


def lost_tail(path: Path) -> LostTail | None:
    """Return what of a database's log SQLite does not read, None for nothing.

    To be called before this process opens the database, which would begin the log
    anew. Where another process has it open the log is that one's: it has looked
    already, and what stands behind the end may be a commit that it is just writing.
    """
    log = path.with_name(f"{path.name}-wal")
    with suppress(OSError, sqlite3.Error):
        if not log.is_file() or log.stat().st_size == 0:
            return None
        head = _head(log)
        commits = _commits(log)
        if not _is_open_elsewhere(path):
            # A commit that was being written has ended by now with its process.
            used = _frames_used(path) if commits else 0
            lost = sum(frame > used for frame in commits)
            # Another process may begin the log anew meanwhile.
            if (lost or not _is_sound(head)) and _head(log) == head:
                return LostTail(lost, log.stat().st_mtime_ns // 1_000_000)
    return None


def _head(log: Path) -> bytes:
    with log.open("rb") as file:
        return file.read(_HEADER.size)


def _commits(log: Path) -> list[int]:
    """Return the numbers of the frames that end a transaction, from 1."""
    found: list[int] = []
    with log.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return found
        _, _, page_bytes, _, *salts, _, _ = _HEADER.unpack(head)
        if not _is_sound(head):
            # Then all of it goes unread; what it was stands in its frames.
            page_bytes = page_bytes if page_bytes in _SIZES else 4096
            salts = _salts(file, head, page_bytes)
        number = 0
        while salts:
            file.seek(_HEADER.size + number * (_FRAME.size + page_bytes))
            read = file.read(_FRAME.size)
            if len(read) < _FRAME.size:
                break
            number += 1
            page, pages_after, *own, _, _ = _FRAME.unpack(read)
            if own == salts and page and pages_after:
                found.append(number)
    return found


_SIZES = {512 << n for n in range(8)}
#: So many frames are looked at for one that goes on from the one before it.
_MOST_TRIED = 100


def _salts(file: BinaryIO, head: bytes, page_bytes: int) -> list[int]:
    """Return the random numbers that frames of a log carry, none where there are none.

    A frame is one where its checksum goes on from the one before it: what somebody
    wrote over a log is none.
    """
    orders = ">", "<"
    seeds = {_pair(head[24:]), *(_checksum(head[:24], order) for order in orders)}
    file.seek(_HEADER.size)
    for _ in range(_MOST_TRIED):
        frame = file.read(_FRAME.size + page_bytes)
        if len(frame) < _FRAME.size + page_bytes:
            break
        told = _pair(frame[16:24])
        summed = frame[:8] + frame[_FRAME.size :]
        if any(_checksum(summed, order, s) == told for order in orders for s in seeds):
            return list(_pair(frame[8:16]))
        seeds = {told}
    return []


def _is_sound(head: bytes) -> bool:
    """Return whether the header of a log is what was written."""
    magic = int.from_bytes(head[:4])
    if len(head) < _HEADER.size or magic & ~1 != _MAGIC:
        return False
    return _checksum(head[:24], ">" if magic & 1 else "<") == _pair(head[24:])


def _pair(octets: bytes) -> tuple[int, int]:
    first, second = struct.unpack(">2I", octets)
    return first, second


def _checksum(
    octets: bytes, order: str, seed: tuple[int, int] = (0, 0)
) -> tuple[int, int]:
    words = struct.unpack(f"{order}{len(octets) // 4}I", octets)
    first, second = seed
    for one, two in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second


def _is_open_elsewhere(path: Path) -> bool:
    index = path.with_name(f"{path.name}-shm")
    if not index.exists():
        return False
    lock = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, _OPEN_AT, 1, 0)
    with index.open("rb") as file:
        answer = fcntl.fcntl(file, fcntl.F_GETLK, lock)
    return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)


def _frames_used(path: Path) -> int:
    """Return how many frames of a log SQLite reads."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with path.with_name(f"{path.name}-shm").open("rb") as index:
            index.seek(_USED_AT)
            (used,) = _USED.unpack(index.read(_USED.size))
    return int(used)
