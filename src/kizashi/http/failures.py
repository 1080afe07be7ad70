"""Why a request got no answer, or none that can be read: one table for every client."""

import errno
import ssl
from collections.abc import Callable
from enum import StrEnum

import aiohttp

from kizashi.errors import KizashiError


class FailureKind(StrEnum):
    """What went wrong with a request."""

    DNS = "dns"
    TLS = "tls"
    REFUSED = "refused"
    #: The connection ended before the answer did.
    CLOSED = "closed"
    NOT_HTTP = "not_http"
    #: The URL is none that can be asked.
    ADDRESS = "address"
    #: A body that is packed in a way that was not asked for.
    ENCODING = "encoding"
    #: A body whose gzip data are broken.
    GZIP = "gzip"
    #: A body whose gzip data end too early.
    CUT_OFF = "cut_off"
    #: A body over the limit.
    TOO_LARGE = "too_large"
    #: Whatever else the system says.
    UNREACHABLE = "unreachable"


class HttpError(KizashiError):
    """A request got no answer that can be read.

    Attributes:
        kind: What went wrong.
        detail: The host, what the certificate lacks, what the system says.
        cause: The error of the library or of the system, where there is one.
    """

    def __init__(
        self, kind: FailureKind, detail: object = "", cause: Exception | None = None
    ) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = str(detail)
        self.cause = cause

    def __str__(self) -> str:
        """Return the kind and the detail, for a log."""
        return f"{self.kind.replace('_', ' ')}: {self.detail}".rstrip(": ")

    @property
    def is_of_kept_connection(self) -> bool:
        """Whether the other side may have closed a kept connection meanwhile."""
        return isinstance(
            self.cause, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
        ) and not isinstance(self.cause, aiohttp.ClientConnectorError)


def failure_of(error: Exception) -> HttpError:
    """Return what a client's error means, without its long-windedness."""
    kind, detail = _kind_of(error)
    return HttpError(kind, detail, error)


def _kind_of(error: Exception) -> tuple[FailureKind, object]:
    for kinds, kind, detail in _EXPLANATIONS:
        if isinstance(error, kinds):
            return kind, detail(error)
    if isinstance(error, OSError):
        return _os_error(error)
    return FailureKind.UNREACHABLE, error


def _tls_words(error: Exception) -> object:
    cause = getattr(error, "certificate_error", getattr(error, "os_error", error))
    said = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return said or cause


def _os_error(error: OSError) -> tuple[FailureKind, object]:
    if error.errno == errno.ECONNREFUSED:
        return FailureKind.REFUSED, ""
    if error.errno in {errno.ECONNRESET, errno.EPIPE}:
        return FailureKind.CLOSED, ""
    return FailureKind.UNREACHABLE, error.strerror or error


def _first_line(error: Exception) -> str:
    # Further lines draw the bytes with a caret under the first bad one.
    first_line = str(getattr(error, "message", error)).partition("\n")[0]
    return first_line.rstrip(": ")


#: The first row that fits explains an error; narrow classes stand before wide ones.
_EXPLANATIONS: tuple[
    tuple[tuple[type[Exception], ...], FailureKind, Callable[[Exception], object]], ...
] = (
    (
        (aiohttp.ClientConnectorDNSError,),
        FailureKind.DNS,
        lambda error: getattr(error, "host", ""),
    ),
    (
        (
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ClientSSLError,
            ssl.SSLError,
        ),
        FailureKind.TLS,
        _tls_words,
    ),
    (
        (
            aiohttp.ServerDisconnectedError,
            aiohttp.ClientPayloadError,
            ConnectionResetError,
            BrokenPipeError,
        ),
        FailureKind.CLOSED,
        lambda _: "",
    ),
    ((aiohttp.ClientResponseError,), FailureKind.NOT_HTTP, _first_line),
    ((aiohttp.InvalidURL,), FailureKind.ADDRESS, lambda error: error),
)
