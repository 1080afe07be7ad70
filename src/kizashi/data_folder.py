"""What the databases of a data folder have in common."""

import os
import shlex
from pathlib import Path


def sync(path: Path) -> None:
    """Make a file's content durable, or the names in a folder.

    Raises:
        OSError: If it is not there, or the disk fails.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def how_to_restore(data: Path) -> str:
    """Return what to do where a file of a data folder is damaged."""
    folder = shlex.quote(str(data))
    return (
        "Keep the folder and restore a backup:"
        f" mv {folder} {folder}.damaged && kizashi restore BACKUP --data {folder}"
    )
