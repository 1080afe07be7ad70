"""Stubs on real sockets, and peers that end with the block that started them."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

_END_S = 10


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[int]:
    """Serve an application on a free port of 127.0.0.1, which is yielded."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process with the block: asked first, then made to."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
