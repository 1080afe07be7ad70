"""The data folder and the lock that keeps a second process out of it."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from kizashi.data_folder import Closing, how_to_look
from kizashi.errors import StoreError, StoreLockedError

LOCK_NAME = "kizashi.lock"
#: A database that a restore is still copying has a name that ends in this.
RESTORING = ".restoring"


class DataFolder(Closing):
    """A data folder, owned by this process until `close` or the end of the process.

    The lock is the kernel's (``flock``) and lies on the folder itself: it goes with the
    process, so that a crash leaves no stale lock behind, and it does not go with a file
    that somebody deletes. The file says who holds it; versions that knew no other lock
    are kept out by it.

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
        self._held: list[int] = []
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held.append(os.open(path, os.O_RDONLY | os.O_DIRECTORY))
            self._held += _lock_file(path)
        except OSError as error:
            self.close()
            raise StoreError(
                f"the data folder {path} cannot be used: {error.strerror};"
                " give a folder that this user may write with --data."
                f" {how_to_look(path / LOCK_NAME)}"
            ) from error
        try:
            for handle in self._held:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise StoreLockedError(
                f"the data folder {path} is in use by process {_owner(path)};"
                " stop that process, or give another folder with --data"
            ) from error
        if not is_restoring and any(path.glob(f"*{RESTORING}")):
            self.close()
            raise StoreError(
                f"a restore into the data folder {path} was broken off; run `kizashi"
                " restore` again"
            )
        for handle in self._held[1:]:
            # Over what stands there, so that a full disk has room for it.
            with suppress(OSError):
                os.ftruncate(handle, os.pwrite(handle, f"{os.getpid()}\n".encode(), 0))

    def close(self) -> None:
        """Give the folder back. Calling it again does nothing."""
        while self._held:
            os.close(self._held.pop())


def _lock_file(folder: Path) -> list[int]:
    """Return the lock file, open; nothing on a disk that cannot be written."""
    try:
        return [os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)]
    except OSError as error:
        if error.errno in {errno.EROFS, errno.ENOSPC}:
            return []
        raise


def _owner(folder: Path) -> str:
    """Return the process that wrote itself down as the folder's owner."""
    try:
        words = (folder / LOCK_NAME).read_bytes()[:32].decode("ascii", "replace")
    except OSError:
        words = ""
    return words.strip() or "unknown"
