"""Sockets that services listen on."""

import os
import socket

LOOPBACK = "127.0.0.1"
_BACKLOG = 128


class CannotListenError(Exception):
    """A port that somebody else has, or that is not ours to take."""


def listen(port: int, host: str = LOOPBACK, backlog: int = _BACKLOG) -> socket.socket:
    """Return a bound socket whose connections send what they have at once.

    Head and body of an answer leave in two segments. Without TCP_NODELAY the second
    one waits until the first is acknowledged, which a client on a kept connection does
    40 ms later. asyncio sets it only on sockets that name their protocol, which those
    of `socket.create_server` do not; connections inherit it from here.

    Raises:
        CannotListenError: With what to do, for the person who started the program.
    """
    try:
        listener = socket.create_server((host, port), backlog=backlog)
    except OSError as error:
        # create_server adds the address to the text of the error; it is named here.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotListenError(
            f"cannot listen on {host}:{port}: {reason}. "
            "Choose another port with --port, or end what uses it."
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
