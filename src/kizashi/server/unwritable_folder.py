"""A folder that stands in for a data folder whose disk takes nothing.

What is stored is served and goes on, alerts and notifications too, on a copy elsewhere.
What happens there is gone at the end; what is pending in the data folder is sent then.
"""

import errno
import logging
import os
import shutil
import tempfile
from pathlib import Path

from kizashi.data_folder import free_bytes
from kizashi.errors import StoreError
from kizashi.offline.manifest import DATABASES

#: As much as opening both databases needs.
_PROBE_BYTES = 1 << 20
#: What has to be free beside the copy.
_ROOM_BYTES = 64 << 20
_PREFIX = "kizashi-"
#: A disk, not the rights of a user.
_DISK = {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO}

_LOG = logging.getLogger(__name__)


def why_unwritable(folder: Path) -> str | None:
    """Return why a folder's disk takes nothing; None where it does, or may not."""
    path = folder / f"{_PREFIX}probe"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        return error.strerror if error.errno in _DISK else None
    try:
        os.posix_fallocate(handle, 0, _PROBE_BYTES)
    except OSError as error:
        return error.strerror if error.errno in _DISK else None
    finally:
        os.close(handle)
        path.unlink(missing_ok=True)
    return None


def copy_elsewhere(folder: Path, why: str) -> Path:
    """Return a new folder with a copy of the databases.

    Raises:
        StoreError: If there is no room for it.
    """
    files = [
        path
        for name in DATABASES
        for path in (folder / name, folder / f"{name}-wal")
        if path.exists()
    ]
    needed = sum(path.stat().st_size for path in files)
    base = Path(tempfile.gettempdir())
    if free_bytes(base) < needed + _ROOM_BYTES:
        raise StoreError(
            f"the data folder {folder} cannot be written ({why}), and {base} has no room"
            f" for a copy of {needed >> 20} MiB to go on with. Free some space, or name a"
            f" folder with room: TMPDIR=FOLDER kizashi serve --data {folder}"
        )
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    for path in files:
        shutil.copyfile(path, made / path.name)
    _LOG.error(
        "the data folder %s cannot be written (%s): it is served from a copy in %s."
        " Nothing from now on is kept; notifications may be sent again after the next"
        " start. Free some space, or make the disk writable, and start again",
        folder,
        why,
        made,
    )
    return made
