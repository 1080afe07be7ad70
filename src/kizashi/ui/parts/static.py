"""Files that never change under their name: the name holds a hash of the content."""

import gzip
import hashlib
import mimetypes
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.responses import Response

PREFIX = "/static/"
_HASH_DIGITS = 16
_KEPT = "public, max-age=31536000, immutable"
#: Served but named by nobody else than a browser, which looks for the plain name.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
#: Found while the server starts: some Pythons import more when they look for it.
_OURS = resources.files("kizashi.ui")


class StaticFiles:
    """The files of a folder, held in memory under hashed names."""

    def __init__(self, folder: Traversable) -> None:
        self._hashed: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, bytes, str]] = {}
        for path, content in _walk(folder, ""):
            stem, dot, suffix = path.rpartition(".")
            digest = hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]
            name = f"{stem}.{digest}{dot}{suffix}"
            self._hashed[path] = name
            guessed = _TYPES.get(dot + suffix) or mimetypes.guess_type(path)[0]
            packed = gzip.compress(content, 9, mtime=0)
            self._files[name] = content, packed, guessed or "text/plain"

    def url(self, path: str) -> str:
        """Return where a file is served.

        Raises:
            KeyError: If there is no such file: a fault of ours.
        """
        return PREFIX + self._hashed[path]

    def answer(self, name: str, *, packed: bool = False) -> Response | None:
        """Return a file by its hashed name, None where there is none.

        Args:
            name: Its hashed name.
            packed: Whether it may be compressed, with gzip.
        """
        file = self._files.get(name)
        if file is None:
            return None
        content, smaller, media_type = file
        headers = {"cache-control": _KEPT, "vary": "Accept-Encoding"}
        if packed and len(smaller) < len(content):
            headers["content-encoding"] = "gzip"
            content = smaller
        return Response(content, 200, headers, media_type)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    files = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            files += _walk(entry, f"{prefix}{entry.name}/")
        elif not entry.name.startswith((".", "_")):
            files.append((prefix + entry.name, entry.read_bytes()))
    return files


@cache
def static_files() -> StaticFiles:
    """Return our own files."""
    return StaticFiles(_OURS / "static")


def template_text(name: str) -> str | None:
    """Return a template's text, None where there is none."""
    file = _OURS / "templates" / name
    return file.read_text(encoding="utf-8") if file.is_file() else None
