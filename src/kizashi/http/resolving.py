"""Looking up names in threads that nothing else waits for."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["AbstractResolver", "OwnThreadsResolver", "ResolveResult"]


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
