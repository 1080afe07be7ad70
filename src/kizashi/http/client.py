"""Requests of ours to addresses of others: what each of them may do, and may not."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from kizashi import __version__
from kizashi.http.failures import FailureKind, HttpError, failure_of
from kizashi.http.resolving import OwnThreadsResolver

USER_AGENT = f"Kizashi/{__version__}"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Lookups of names that one client has under way at the most.
_MOST_LOOKUPS = 4
_READ_BUFFER_BYTES = 64 * 1024

HttpResponse: TypeAlias = aiohttp.ClientResponse
NewSocket = Callable[[tuple[Any, Any, int, str, tuple[Any, ...]]], socket.socket]


class TlsSource(Protocol):
    """What to connect with over https, as its files are now."""

    def current(self) -> ssl.SSLContext:
        """Return the context."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How a client connects.

    Attributes:
        keep_alive_s: For how long an idle connection is kept; None for not at all.
        connections: How many at once; 0 for any number.
        new_socket: Makes the sockets; they are plain ones when None.
        tls: What to connect with over https; the system's authorities when None.
        server_name: The name that the certificate must have; empty for the host's.
        new_resolver: Makes what looks up names, in threads of the client's own when
            None.
    """

    keep_alive_s: float | None
    connections: int = 0
    new_socket: NewSocket | None = None
    tls: TlsSource | None = None
    server_name: str = ""
    new_resolver: Callable[[], AbstractResolver] | None = None


def address_of(url: str) -> URL:
    """Return where a request goes, sent as it is written.

    Raises:
        HttpError: If it is no address.
    """
    try:
        address = URL(url, encoded=True)
        # It is read only when it is asked for, and may be none.
        _ = address.port
    except ValueError as error:
        raise HttpError(FailureKind.ADDRESS, error, error) from error
    return address


class HttpClient:
    """Asks addresses of others. Belongs to one event loop.

    Redirects are not followed and proxies of the environment not used: credentials go
    to the address that was configured, and nowhere else. No cookies are kept. There is
    no timeout but the caller's, and an answer stays packed: `kizashi.http.body` reads
    it with a limit.
    """

    def __init__(self, name: str, options: HttpOptions) -> None:
        """Prepare to ask.

        Args:
            name: What threads that look up names are called.
            options: How to connect.
        """
        self._options = options
        self._new_resolver = options.new_resolver or partial(
            OwnThreadsResolver, f"{name}-dns", _MOST_LOOKUPS
        )
        self._resolver: AbstractResolver | None = None
        self._session: aiohttp.ClientSession | None = None
        self._answers: set[HttpResponse] = set()

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Mapping[str, str],
        data: bytes | Mapping[str, str] | None = None,
    ) -> AsyncIterator[HttpResponse]:
        """Send a request and yield its answer, whose body is still to be read.

        Leaving the block closes the connection unless the body was read to its end.

        Args:
            method: Such as ``GET``.
            url: Where to; as text it is sent as it is written.
            headers: They go before our own.
            data: The body, or the fields of a form.

        Raises:
            HttpError: If there is no answer, also while its body is read; if the URL is
                no address; if the client is closed meanwhile.
        """
        where = address_of(url) if isinstance(url, str) else url
        tls, session = self._options.tls, self._opened()
        try:
            async with session.request(
                method,
                where,
                data=data,
                headers={"User-Agent": USER_AGENT, **headers},
                allow_redirects=False,
                ssl=tls.current() if tls and where.scheme == "https" else True,
                server_hostname=self._options.server_name or None,
            ) as response:
                self._answers.add(response)
                try:
                    yield response
                finally:
                    self._answers.discard(response)
        except TimeoutError:
            raise  # of the caller, who says for how long it waited
        except asyncio.CancelledError:
            # A session that closes cancels those who wait for a connection of it.
            if session.closed and not _is_cancelled():
                raise HttpError(FailureKind.CLOSED) from None
            raise
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            if session.closed:
                raise HttpError(FailureKind.CLOSED) from error
            if isinstance(error, RuntimeError):
                raise
            raise failure_of(error) from error

    async def close(self) -> None:
        """Close all connections; who still waits for an answer gets none."""
        session, self._session = self._session, None
        resolver, self._resolver = self._resolver, None
        if session is not None:
            await session.close()
        # After it, so that nobody who waits gets their connections.
        for response in tuple(self._answers):
            response.close()
        if resolver is not None:
            await resolver.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            options = self._options
            self._resolver = self._new_resolver()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=options.connections,
                    resolver=self._resolver,
                    keepalive_timeout=options.keep_alive_s,
                    force_close=options.keep_alive_s is None,
                    socket_factory=options.new_socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),
                auto_decompress=False,
                trust_env=False,
                read_bufsize=_READ_BUFFER_BYTES,
            )
        return self._session


def _is_cancelled() -> bool:
    """Return whether somebody asked for the end of the task that runs."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
