"""Room on the disk that is kept for alerts and their notifications.

A file as large as the reserve lies in the data folder. When the disk is full it is given
up: what it took is then free for the state database, and samples wait until there is
room for all of it again. So nobody else on the disk, our own samples among them, can
keep a page from leaving.
"""

import errno
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path

from kizashi.data_folder import free_bytes

FILE_NAME = "kizashi.reserve"
#: So little is left that the next write may fail.
_LOW_BYTES = 1 << 20
#: What else has to be free before the reserve is taken again, as a share of it.
_MORE = 4

#: What is said elsewhere.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

_LOG = logging.getLogger(__name__)


class Reserve:
    """The reserve of one data folder. Any thread may call.

    Attributes:
        size_bytes: How large it is; a reload may change it.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._path = folder / FILE_NAME
        self._lock = threading.Lock()
        self._is_held = self._path.exists()
        self.tend()

    @property
    def is_held(self) -> bool:
        """Whether the room is kept; where not, samples wait."""
        return self._is_held

    def tend(self) -> None:
        """Give it up where the disk is full, and take it again where there is room."""
        with self._lock:
            free = free_bytes(self._path.parent)
            if self._is_held and free < _LOW_BYTES:
                self._give_up()
            elif not self._is_held or self._held_bytes() < self.size_bytes:
                missing = self.size_bytes - self._held_bytes()
                if free >= missing + self.size_bytes // _MORE:
                    self._take()

    def give_up(self) -> None:
        """Give it up now: a write has failed for want of room."""
        with self._lock:
            if self._is_held:
                self._give_up()

    def _held_bytes(self) -> int:
        try:
            return self._path.stat().st_blocks * 512
        except OSError:
            return 0

    def _give_up(self) -> None:
        self._is_held = False
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            _LOG.error("%s cannot be released: %s", self._path, error.strerror)
            return
        _LOG.error(
            "the disk of %s is full: the reserve of %d MiB was released for alerts, and"
            " samples wait. Free some space",
            self._path.parent,
            self.size_bytes >> 20,
        )

    def _take(self) -> None:
        was_held = self._path.exists()
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, self.size_bytes)
            finally:
                os.close(handle)
        except OSError as error:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._is_held = False
            if error.errno not in _NO_ROOM:
                _LOG.error("%s cannot be made: %s", self._path, error.strerror)
            return
        self._is_held = True
        if not was_held:
            _LOG.info("%s: %d MiB are kept", self._path, self.size_bytes >> 20)
