"""Asking a running Kizashi, for the commands that do."""

import http.client
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

import msgspec

from kizashi import __version__
from kizashi.errors import KizashiError
from kizashi.messages import render

TIMEOUT_S = 10.0
LONGEST_ANSWER_BYTES = 64 * 1024 * 1024
_OK = 200
_UNAUTHORIZED = 401


class ServerError(KizashiError):
    """A server did not answer as it should; the text is in the reader's language."""


class _Complaint(msgspec.Struct):
    message: str


class _Refusal(msgspec.Struct):
    error: _Complaint


def fetch(server: str, path: str, *, token: str | None, language: str) -> bytes:
    """Return what a Kizashi server answers to a GET, as it came.

    Args:
        server: The server's URL, such as ``http://127.0.0.1:9470``.
        path: What to ask for, with its query.
        token: An access token; None where none is needed.
        language: The reader's language, also for the server's own words.

    Raises:
        ServerError: If it cannot be reached, refuses, or is no Kizashi.
    """
    url = _checked(server, language)
    connection = _connect(url)
    headers = {
        "Accept": "application/json",
        "Accept-Language": language,
        "User-Agent": f"kizashi/{__version__}",
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("GET", url.path.rstrip("/") + path, headers=headers)
        answer = connection.getresponse()
        body = answer.read(LONGEST_ANSWER_BYTES + 1)
    except UnicodeError as error:
        # A host name with an empty label, such as a..b, ends here.
        raise ServerError(
            render(language, "client.bad_server", server=server)
        ) from error
    except (OSError, http.client.HTTPException) as error:
        why = _reason(error, url.hostname or "", language)
        raise ServerError(
            render(language, "client.unreachable", server=server, why=why)
        ) from error
    finally:
        connection.close()
    if len(body) > LONGEST_ANSWER_BYTES:
        raise ServerError(render(language, "client.too_long", server=server))
    if answer.status != _OK:
        raise ServerError(_refused(server, answer.status, body, language))
    return body


def _checked(server: str, language: str) -> SplitResult:
    """Return the parts of a server's URL.

    Raises:
        ServerError: If it is no HTTP URL, or carries credentials.
    """
    try:
        url = urlsplit(server)
        is_good = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        is_good = False
        url = urlsplit("")
    if not is_good or url.query or url.fragment or "@" in url.netloc:
        raise ServerError(render(language, "client.bad_server", server=server))
    return url


def _connect(url: SplitResult) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            host, url.port, timeout=TIMEOUT_S, context=context
        )
    return http.client.HTTPConnection(host, url.port, timeout=TIMEOUT_S)


def _reason(error: Exception, host: str, language: str) -> str:
    """Return why a connection failed, in the reader's language where we know it."""
    match error:
        case TimeoutError():
            seconds = round(TIMEOUT_S)
            return render(language, "client.why.timeout", seconds=seconds)
        case ConnectionRefusedError():
            return render(language, "client.why.refused")
        case ssl.SSLCertVerificationError(verify_message=why):
            return render(language, "client.why.certificate", why=why)
        case socket.gaierror():
            return render(language, "client.why.name", host=host)
        case OSError(strerror=str(why)):
            return why
        case _:
            return str(error) or type(error).__name__


def _refused(server: str, status: int, body: bytes, language: str) -> str:
    try:
        said = msgspec.json.decode(body, type=_Refusal).error.message
    except msgspec.DecodeError:
        return render(language, "client.not_kizashi", server=server, status=status)
    if status == _UNAUTHORIZED:
        return render(language, "client.needs_token", server=server, said=said)
    return render(language, "client.refused", server=server, status=status, said=said)
