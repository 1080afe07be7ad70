"""Serve a folder, and write down what is imported after the server was ready.

``python imported.py FOLDER`` serves ``kizashi.yaml`` in it until SIGTERM; the file
``late`` then holds the names of all modules that came later, one a line, each with the
place that asked for it.
"""

import asyncio
import sys
import traceback
from pathlib import Path

from kizashi.logs.logging import configure
from kizashi.server.composition import Server
from kizashi.server.settings import Settings


class Watcher:
    """Stands first among the finders of modules, finds none, and notes who asks."""

    def __init__(self) -> None:
        self.late: dict[str, str] = {}

    def find_spec(self, name: str, _path: object, _target: object = None) -> None:
        frames = [
            f"{frame.filename}:{frame.lineno}"
            for frame in traceback.extract_stack()[:-1]
            if not frame.filename.startswith("<frozen")
        ]
        self.late.setdefault(name, " < ".join(reversed(frames[-4:])))


async def main() -> None:
    folder, watcher = Path(sys.argv[1]), Watcher()
    configure()
    server = Server(Settings(folder / "data", port=0, config=folder / "kizashi.yaml"))

    def ready(url: str) -> None:
        sys.meta_path.insert(0, watcher)
        (folder / "url").write_text(url)

    await server.run(ready)
    lines = [f"{name} {whence}\n" for name, whence in watcher.late.items()]
    (folder / "late").write_text("".join(lines))


if __name__ == "__main__":
    asyncio.run(main())
