"""The HTTP server, inside our own event loop."""

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
from collections.abc import Callable, Generator
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from kizashi.errors import StoreError
from kizashi.httpd.acceptor import Acceptor
from kizashi.httpd.answering import server_config
from kizashi.httpd.connections import ConnectionSlots, is_local
from kizashi.httpd.descriptors import WANTED, Shares, shares
from kizashi.httpd.protocol import BoundedProtocol

_BACKLOG = 512
_MOST_UNSENT = 64 * 1024
#: By itself the system takes megabytes of a connection that is not read from.
_MOST_UNREAD = 64 * 1024
_STOP_S = 5
#: The Date header shows seconds.
_DATE_S = 1.0

_LOG = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound, so that a taken port is known at once.

    Raises:
        StoreError: If the address is not to be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. Head and body of an answer leave in two segments, and
    # the second would wait 40 ms for the first to be acknowledged; asyncio sets it
    # only on sockets that name their protocol, which this one does not.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _MOST_UNREAD)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # What the system has not sent yet stays small, so that it shows soon whether a
        # client takes its answer; by itself it takes megabytes off our hands.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT)
    try:
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        raise StoreError(
            f"cannot listen on {host}:{port}: {why}; give a free address with --listen"
        ) from error
    sock.setblocking(False)
    return sock


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HttpServer:
    """Serves an application on a bound socket until it is told to stop."""

    def __init__(
        self,
        app: ASGIApp,
        sock: socket.socket,
        slots: ConnectionSlots | None = None,
        protocol: type[BoundedProtocol] = BoundedProtocol,
    ) -> None:
        """Prepare to serve.

        Args:
            app: What answers.
            sock: Where from; bound and listening.
            slots: Who may be connected; as many as most machines allow where None.
            protocol: What speaks with clients; tests pass one without patience.
        """
        config = server_config(app, protocol)
        # A stream that never ends by itself must not keep us from stopping.
        config.timeout_graceful_shutdown = _STOP_S
        self._server = _QuietServer(config, slots or slots_of(shares(WANTED)))
        self._sock = sock

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._sock.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def serve(self) -> None:
        """Serve until `stop` was called and what was under way is answered."""
        await self._server.serve(sockets=[self._sock])

    def stop(self) -> None:
        """Begin to end: answer what is under way, take nothing new."""
        self._server.end()


def slots_of(
    shares: Shares, trusts: Callable[[str], bool] = lambda _: False
) -> ConnectionSlots:
    """Return the slots that a share of the descriptors is.

    Args:
        shares: The shares.
        trusts: Whether an address is a proxy's, which calls for everybody behind it.
    """
    return ConnectionSlots(
        shares.connections,
        shares.by_address,
        shares.probes,
        lambda address: is_local(address) or trusts(address),
    )


class _QuietServer(uvicorn.Server):
    """A server that leaves signals to its process, and rests when nobody calls."""

    def __init__(self, config: uvicorn.Config, slots: ConnectionSlots) -> None:
        super().__init__(config)
        self._slots = slots
        self._ended = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, with an acceptor of ours."""
        await self.lifespan.startup()
        acceptors = [
            Acceptor(sock, self._new_protocol, self._slots) for sock in sockets or ()
        ]
        for acceptor in acceptors:
            acceptor.start()
        # As uvicorn uses them, an asyncio server and these are alike.
        self.servers = acceptors  # type: ignore[assignment]
        self.started = True

    def _new_protocol(self) -> BoundedProtocol:
        make = cast("type[BoundedProtocol]", self.config.http_protocol_class)
        return make(self.config, self.server_state, self.lifespan.state)

    def end(self) -> None:
        """End now."""
        self.should_exit = True
        self._ended.set()

    async def main_loop(self) -> None:
        """Keep the Date header right until told to end.

        The original looks ten times a second whether it should end. Those looks were
        most of what an idle process cost.
        """
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DATE_S):
                    await self._ended.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
