"""Strangers who connect and wait: ``python flooding.py HOST PORT IDLE READERS WRITERS``.

Idle ones say nothing, slow readers ask for a long page and take a byte a second of it,
slow writers send a byte a second of what they announced. Who is cut off comes again.
They call from many addresses of this machine, until they are ended.
"""

import asyncio
import contextlib
import itertools
import resource
import socket
import sys

from kizashi.clock import SystemClock

#: One address has some 28,000 ports; ours have fewer each.
_FROM = [f"127.0.{n // 250}.{n % 250 + 2}" for n in range(20)]
#: Who was cut off comes again after this.
_AWAY_S = 10
#: So many connect at a time.
_AT_ONCE = 64
_CLOCK = SystemClock()
PAGE = b"GET /docs/en/reference/cli HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
BODY = b"POST /-/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n"


class Strangers:
    """All of them, at one server."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._sources = itertools.cycle(_FROM)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.came = 0

    async def stay(self, says: bytes, *, reads: bool, writes: bool) -> None:
        """Connect, and come again whenever cut off, for ever."""
        while True:
            with contextlib.suppress(OSError):
                await self._visit(says, reads=reads, writes=writes)
            await _CLOCK.sleep(_AWAY_S)

    async def _visit(self, says: bytes, *, reads: bool, writes: bool) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as made:
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            async with self._turns:
                made.bind((next(self._sources), 0))
                await loop.sock_connect(made, self._address)
                self.came += 1
            if says:
                await loop.sock_sendall(made, says)
            if not reads and not writes:
                while await loop.sock_recv(made, 4096):
                    pass
            while True:
                await _CLOCK.sleep(1)
                if reads and not await loop.sock_recv(made, 1):
                    return
                if writes:
                    await loop.sock_sendall(made, b"x")


async def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    host, port, idle, readers, writers = sys.argv[1:]
    strangers = Strangers((host, int(port)))
    kinds = [
        (int(idle), b"", False, False),
        (int(readers), PAGE, True, False),
        (int(writers), BODY, False, True),
    ]
    everybody = [
        asyncio.create_task(strangers.stay(says, reads=reads, writes=writes))
        for count, says, reads, writes in kinds
        for _ in range(count)
    ]
    while strangers.came < len(everybody):
        await _CLOCK.sleep(0.1)
    sys.stdout.write("all have come\n")
    sys.stdout.flush()
    await asyncio.gather(*everybody)


if __name__ == "__main__":
    asyncio.run(main())
