"""The data folder and the lock that keeps a second process out of it."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from kizashi.errors import StoreError, StoreLockedError

LOCK_NAME = "kizashi.lock"
#: A database that a restore is still copying has a name that ends in this.
RESTORING = ".restoring"


class DataFolder:
    """A data folder, owned by this process until `close` or the end of the process.

    The lock is the kernel's (``flock``): it goes with the process, so that a crash
    leaves no stale lock behind.

    Attributes:
        path: The folder; made, readable by its owner only, where it was absent.
    """

    def __init__(self, path: Path, *, is_restoring: bool = False) -> None:
        """Take the folder.

        Args:
            path: The folder.
            is_restoring: Whether what an unfinished restore left is no hindrance.

        Raises:
            StoreLockedError: If another process owns it.
            StoreError: If it cannot be made or written, or a restore into it was
                broken off.
        """
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"the data folder {path} cannot be used: {error.strerror};"
                " give a folder that this user may write with --data"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip()
            os.close(self._fd)
            self._fd = -1
            raise StoreLockedError(
                f"the data folder {path} is in use by process {owner or 'unknown'};"
                " stop that process, or give another folder with --data"
            ) from error
        if not is_restoring and any(path.glob(f"*{RESTORING}")):
            self.close()
            raise StoreError(
                f"a restore into the data folder {path} was broken off; run `kizashi"
                " restore` again"
            )
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Give the folder back. Calling it again does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
