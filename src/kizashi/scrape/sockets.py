"""How many connections all scrapes together may hold: half under way, half kept."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

#: Where nobody says otherwise.
DEFAULT_SOCKETS = 512

#: Family, type, protocol, canonical name and address of somebody to connect to.
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]


class SocketShare:
    """Lets so many scrapes run at once, and says whether connections may be kept.

    A kept connection saves a handshake an interval and takes a descriptor for as long.
    Where there are more targets than may keep one, none does: connections that are
    kept by some and looked for by others are worth nothing. Belongs to one event loop.
    """

    def __init__(self, most: int = DEFAULT_SOCKETS) -> None:
        """Share out so many connections."""
        self.at_once = max(1, most // 2)
        self._most_kept = most - self.at_once
        self._turns = asyncio.Semaphore(self.at_once)
        self._in_use = 0
        self._open: set[_CountedSocket] = set()
        self._targets = 0

    @property
    def open(self) -> int:
        """How many connections are open, those that are being made among them."""
        return len(self._open)

    @property
    def keeps(self) -> bool:
        """Whether a connection that is used now may be kept afterwards."""
        # What targets that are gone had kept is still there for a while. One that
        # asks has no connection yet.
        kept = self.open - (self._in_use - 1)
        return self._targets <= self._most_kept and kept < self._most_kept

    def expect(self, targets: int) -> None:
        """Take note of how many targets there are."""
        self._targets = targets

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until one more scrape may run, and let it."""
        async with self._turns:
            self._in_use += 1
            try:
                yield
            finally:
                self._in_use -= 1

    def new(self, address: AddressInfo) -> socket.socket:
        """Return a socket that counts until it is closed."""
        family, kind, protocol, _, _ = address
        made = _CountedSocket(family, kind, protocol)
        made.counted_in(self._open)
        return made


class _CountedSocket(socket.socket):
    """A socket that strikes itself off a list when it is closed."""

    _open: "set[_CountedSocket] | None" = None

    def counted_in(self, listed: "set[_CountedSocket]") -> None:
        """Be on a list until closed."""
        self._open = listed
        listed.add(self)

    def close(self) -> None:
        """Close, and no longer be counted."""
        if self._open is not None:
            self._open.discard(self)
        super().close()
