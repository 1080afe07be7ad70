"""Looking up names in threads that nothing else waits for; sessions that do so."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_READ_BUFFER_BYTES = 64 * 1024

NewSocket = Callable[[tuple[Any, Any, int, str, tuple[Any, ...]]], socket.socket]


class OwnThreadsResolver(AbstractResolver):
    """Resolves names without the threads that everything else runs in.

    aiohttp's own resolver shares the event loop's few threads with everything that
    runs in one, stores included: a dead name server would stop them all.

    Args:
        name: What the threads are called.
        most: How many lookups may run at once. A dead name server holds each for
            tens of seconds.
    """

    def __init__(self, name: str, most: int) -> None:
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            OSError: If the name does not exist or no server answers.
        """
        look_up = partial(
            socket.getaddrinfo,
            host,
            port,
            family=family,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Forget lookups that have not begun; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def open_session(
    resolver: AbstractResolver,
    *,
    keep_alive_s: float | None,
    connections: int = 0,
    new_socket: NewSocket | None = None,
) -> aiohttp.ClientSession:
    """Return a session that keeps no cookies, waits as it is told, and reads raw bytes.

    No timeout of its own, no proxy of the environment. An answer stays packed: unpacked
    without a limit it could be a bomb.

    Args:
        resolver: Looks up names; its maker closes it.
        keep_alive_s: For how long an idle connection is kept; None for not at all.
        connections: How many at once; 0 for any number.
        new_socket: Makes the sockets; they are plain ones when None.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=connections,
            resolver=resolver,
            keepalive_timeout=keep_alive_s,
            force_close=keep_alive_s is None,
            socket_factory=new_socket,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        auto_decompress=False,
        trust_env=False,
        read_bufsize=_READ_BUFFER_BYTES,
    )
