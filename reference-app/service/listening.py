"""Sockets that services listen on."""

import socket

LOOPBACK = "127.0.0.1"
_BACKLOG = 128


def listen(port: int, host: str = LOOPBACK, backlog: int = _BACKLOG) -> socket.socket:
    """Return a bound socket whose connections send what they have at once.

    Head and body of an answer leave in two segments. Without TCP_NODELAY the second
    one waits until the first is acknowledged, which a client on a kept connection does
    40 ms later. asyncio sets it only on sockets that name their protocol, which those
    of `socket.create_server` do not; connections inherit it from here.
    """
    listener = socket.create_server((host, port), backlog=backlog)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
