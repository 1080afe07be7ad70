"""A large file as it is read: unpacked where it is packed, and how far one is."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

_GZIP = b"\x1f\x8b"

#: What reading a file may raise, packed or not.
UNREADABLE = (OSError, EOFError, zlib.error)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], float]]]:
    """Yield a file's bytes, and what tells the share of the file that was read.

    Raises:
        OSError: If it cannot be opened. Reading raises one of UNREADABLE.
    """
    with path.open("rb") as file:
        size = max(1, path.stat().st_size)
        content: BinaryIO = file
        if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
            content = cast("BinaryIO", gzip.GzipFile(fileobj=file))
        yield content, lambda: min(1.0, file.tell() / size)
