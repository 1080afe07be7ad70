"""What the head of a request must be, and where it ends.

A proxy in front must read the same bytes as the same requests as we do, or one caller's
bytes become another's request. So what RFC 9112 lets a server guess is refused here:
codings other than one ``chunked``, a second Host, a target that is another host's.
What the parser refuses by itself (two lengths, a length beside chunks, bare line feeds,
folded lines) does not come so far. Pure; bytes in, bytes or an error out.

Source: RFC 9112, 2.2 to 7.1.2 and 11.2.
"""

from collections.abc import Sequence
from enum import StrEnum

#: Bytes of the request line and the headers together.
LONGEST_HEAD_BYTES = 32 * 1024
MOST_HEADERS = 100
#: Bytes that stand between pieces of a body and after it: sizes, extensions, trailers.
LONGEST_AROUND_BYTES = 8 * 1024
MOST_TRAILERS = 16

_END = b"\r\n\r\n"
_VERSIONS = frozenset({"1.0", "1.1"})
_SCHEMES = frozenset({b"http", b"https"})

Headers = Sequence[tuple[bytes, bytes]]


class RequestFault(StrEnum):
    """Why a request is refused before anything else sees it."""

    MALFORMED = "malformed"
    HEAD_TOO_LARGE = "head_too_large"
    TRAILERS_TOO_LARGE = "trailers_too_large"
    VERSION = "version"
    TARGET = "target"
    CODING = "coding"
    TOO_SLOW = "too_slow"


_Params = dict[str, str | int]
_HEAD: _Params = {"bytes": LONGEST_HEAD_BYTES, "count": MOST_HEADERS}
_AROUND: _Params = {"bytes": LONGEST_AROUND_BYTES, "count": MOST_TRAILERS}
#: By fault, the status, the message that it is answered with, and its parameters.
ANSWERS: dict[RequestFault, tuple[int, str, _Params]] = {
    RequestFault.MALFORMED: (400, "api.error.malformed_request", {}),
    RequestFault.HEAD_TOO_LARGE: (431, "api.error.head_too_large", _HEAD),
    RequestFault.TRAILERS_TOO_LARGE: (431, "api.error.trailers_too_large", _AROUND),
    RequestFault.VERSION: (505, "api.error.http_version", {}),
    RequestFault.TARGET: (400, "api.error.request_target", {}),
    RequestFault.CODING: (501, "api.error.transfer_coding", {}),
    RequestFault.TOO_SLOW: (408, "api.error.request_too_slow", {}),
}


class RequestFaultError(Exception):
    """Ends the parser from inside a callback; it never leaves the protocol."""

    def __init__(self, fault: RequestFault) -> None:
        super().__init__(fault)
        self.fault = fault


def check_size(target: bytes, headers: Headers) -> None:
    """Refuse a head that is too large, complete or not.

    Raises:
        FaultError: If it is.
    """
    size = len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
    if size > LONGEST_HEAD_BYTES or len(headers) > MOST_HEADERS:
        raise RequestFaultError(RequestFault.HEAD_TOO_LARGE)


def checked_target(target: bytes, version: str, headers: Headers) -> bytes:
    """Return what is asked for, as a path, once all of the head is there.

    Args:
        target: As it stands on the request line.
        version: The protocol's, such as ``1.1``.
        headers: Their names in small letters.

    Raises:
        FaultError: If it cannot be told for sure what is asked, or how long it is.
    """
    if version not in _VERSIONS:
        raise RequestFaultError(RequestFault.VERSION)
    check_size(target, headers)
    codings = _values(headers, b"transfer-encoding")
    is_plain = [coding.strip().lower() for coding in codings] == [b"chunked"]
    # A proxy of the old version hands chunks on without knowing them.
    if codings and (not is_plain or version == "1.0"):
        raise RequestFaultError(RequestFault.CODING)
    hosts = _values(headers, b"host")
    if len(hosts) > 1:
        raise RequestFaultError(RequestFault.TARGET)
    return _path(target, hosts[0] if hosts else b"")


def body_length(headers: Headers) -> int | None:
    """Return how long a body is; None where it comes in chunks."""
    if _values(headers, b"transfer-encoding"):
        return None
    lengths = _values(headers, b"content-length")
    return int(lengths[0]) if lengths else 0


def piece_end(data: bytes, start: int, before: bytes) -> int:
    """Return up to where data can be parsed so that at most one request ends in it.

    A head and a body in chunks end with an empty line, and so do more pieces of them
    than those; that does no harm.

    Args:
        data: What has come.
        start: From where it is to be parsed, below its length.
        before: The last three bytes before that.
    """
    seam = (before + data[start : start + 3]).find(_END)
    if seam >= 0:
        return start + seam + len(_END) - len(before)
    found = data.find(_END, start)
    return len(data) if found < 0 else found + len(_END)


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for given, value in headers if given == name]


def _path(target: bytes, host: bytes) -> bytes:
    """Return a target's path, its host left out where it is the one that is asked."""
    if target.startswith(b"/") or target == b"*":
        return target
    scheme, _, rest = target.partition(b"://")
    ends = [at for at in (rest.find(b"/"), rest.find(b"?")) if at >= 0]
    end = min(ends, default=len(rest))
    is_ours = rest[:end].lower() == host.strip().lower() and bool(host)
    if scheme.lower() not in _SCHEMES or not is_ours:
        raise RequestFaultError(RequestFault.TARGET)
    path = rest[end:]
    return path if path.startswith(b"/") else b"/" + path
