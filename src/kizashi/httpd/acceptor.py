"""Taking connections from a listening socket, a few at a time and within bounds."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable

from kizashi.httpd.connections import ConnectionPurpose, ConnectionSlots, Refused
from kizashi.httpd.protocol import BoundedProtocol

#: Taken in one turn of the event loop; a flood must not keep everything else waiting.
_AT_ONCE = 16
#: Where the system has no descriptor left, accepting rests for so long.
_REST_S = 0.2
_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_LOG = logging.getLogger(__name__)


class Acceptor:
    """Gives each new connection a protocol, if there is a slot for it.

    asyncio's own server takes as many as its backlog holds before any of them could
    be counted, and would have all descriptors taken by then.
    """

    def __init__(
        self,
        sock: socket.socket,
        make_protocol: Callable[[], BoundedProtocol],
        slots: ConnectionSlots,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            sock: The listening socket, which does not block.
            make_protocol: Returns what speaks with a client.
            slots: Says who is let in.
        """
        self._sock = sock
        self._make_protocol = make_protocol
        self._slots = slots
        self._loop = asyncio.get_running_loop()
        self._connecting: set[asyncio.Task[object]] = set()
        self._resting: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Take connections from now on."""
        self._resting = None
        self._loop.add_reader(self._sock, self._accept)

    def close(self) -> None:
        """Take no more; those that were taken stay."""
        if self._resting is not None:
            self._resting.cancel()
        self._loop.remove_reader(self._sock)
        self._sock.close()

    async def wait_closed(self) -> None:
        """Return when no connection is half made any more."""
        await asyncio.gather(*self._connecting, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._rest(error)
                return
            self._take(connection, str(peer[0]) if isinstance(peer, tuple) else "")

    def _take(self, connection: socket.socket, address: str) -> None:
        protocol = self._make_protocol()
        purpose = self._slots.admit(protocol, address)
        if purpose is None:
            connection.close()
            return
        connection.setblocking(False)
        protocol.sit(self._slots, only_probes=purpose is ConnectionPurpose.PROBES)
        making = self._loop.connect_accepted_socket(lambda: protocol, connection)
        task: asyncio.Task[object] = self._loop.create_task(making)
        self._connecting.add(task)
        task.add_done_callback(self._connected)
        task.add_done_callback(lambda done: self._gone(done, protocol, connection))

    def _connected(self, task: asyncio.Task[object]) -> None:
        self._connecting.discard(task)

    def _gone(
        self,
        task: asyncio.Task[object],
        protocol: BoundedProtocol,
        connection: socket.socket,
    ) -> None:
        if task.cancelled() or task.exception() is not None:
            # It went before it was there, so nobody tells that it left.
            self._slots.leave(protocol)
            connection.close()

    def _rest(self, error: OSError) -> None:
        self._loop.remove_reader(self._sock)
        self._resting = self._loop.call_later(_REST_S, self.start)
        if error.errno in _SHORT:
            self._slots.counts.refused[Refused.NO_FILE] += 1
            _LOG.error("no connection can be taken just now: %s", error.strerror)
        else:
            _LOG.exception("taking a connection failed; going on")
