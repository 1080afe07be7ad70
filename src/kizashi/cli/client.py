"""Asking a running Kizashi, for the commands that do."""

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

import msgspec

from kizashi import __version__
from kizashi.errors import KizashiError
from kizashi.messages import render
from kizashi.ports.alert_service import AlertDetailView, SilenceListView, SilenceView

TIMEOUT_S = 10.0
LONGEST_ANSWER_BYTES = 64 * 1024 * 1024
_OK = 200
_GOOD = frozenset({_OK, 201, 204})
_UNAUTHORIZED = 401
_READING = "GET"
#: What reading raises where an answer is none of ours, or nested too deep to be one.
_NOT_KIZASHI = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class ServerError(KizashiError):
    """A server did not answer as it should; the text is in the reader's language."""


class _Complaint(msgspec.Struct):
    message: str
    code: str = ""
    detail: dict[str, object] | None = None


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
    return Client(server, token, language).get(path)


@dataclass(frozen=True, slots=True)
class Client:
    """Asks one server.

    Attributes:
        server: The server's URL, such as ``http://127.0.0.1:9470``.
        token: An access token; None where none is needed.
        language: The reader's language, also for the server's own words.
    """

    server: str
    token: str | None
    language: str

    def get(self, path: str) -> bytes:
        """Return what the server answers to a GET, as it came.

        Raises:
            ServerError: If it cannot be reached, refuses, or is no Kizashi.
        """
        return _answer(self, _READING, path, None)

    def get_as(self, path: str, kind: type[T]) -> T:
        """Return what the server answers to a GET, as values of a type.

        Raises:
            ServerError: If it cannot be reached, refuses, or is no Kizashi.
        """
        return self.read(self.get(path), kind)

    def send(self, method: str, path: str, body: object = None) -> bytes:
        """Ask the server to change something; return its answer as it came.

        Args:
            method: POST or DELETE.
            path: What to change.
            body: What becomes the JSON body; None for none.

        Raises:
            ServerError: If it cannot be reached, refuses, or is no Kizashi.
        """
        content = None if body is None else msgspec.json.encode(body)
        return _answer(self, method, path, content)

    def read(self, content: bytes, kind: type[T]) -> T:
        """Return an answer as values of a type.

        Raises:
            ServerError: If it is not of this type, so that it is no Kizashi.
        """
        try:
            return msgspec.json.decode(content, type=kind)
        except _NOT_KIZASHI as error:
            raise ServerError(
                render(
                    self.language,
                    "client.not_kizashi",
                    server=self.server,
                    status=_OK,
                )
            ) from error


def silences_of(
    client: Client, details: Sequence[AlertDetailView]
) -> Mapping[str, SilenceView]:
    """Return the silences in force, by id, where one of them holds an alert back.

    Raises:
        ServerError: If the server cannot be reached, refuses, or is no Kizashi.
    """
    if not any(detail.alert.silenced_by for detail in details):
        return {}
    silences = client.get_as("/kizashi/v1/silences", SilenceListView).silences
    return {silence.id: silence for silence in silences}


def _answer(client: Client, method: str, path: str, content: bytes | None) -> bytes:
    server, language = client.server, client.language
    url = _checked(server, language)
    connection = _connect(url)
    try:
        connection.request(
            method, url.path.rstrip("/") + path, content, _headers(client, content)
        )
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
    if answer.status not in _GOOD:
        is_reading = method == _READING
        raise ServerError(_refused(client, answer.status, body, is_reading=is_reading))
    return body


def _headers(client: Client, content: bytes | None) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Accept-Language": client.language,
        "User-Agent": f"kizashi/{__version__}",
    }
    if client.token:
        headers["Authorization"] = f"Bearer {client.token}"
    if content is not None:
        headers["Content-Type"] = "application/json"
    return headers


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


def _refused(client: Client, status: int, body: bytes, *, is_reading: bool) -> str:
    server, language = client.server, client.language
    try:
        error = msgspec.json.decode(body, type=_Refusal).error
    except _NOT_KIZASHI:
        return render(language, "client.not_kizashi", server=server, status=status)
    said = error.message
    if status == _UNAUTHORIZED:
        if is_reading:
            return render(language, "client.needs_token", server=server, said=said)
        return render(language, "client.needs_operator", server=server, said=said)
    if error.code == "role_too_low":
        role = (error.detail or {}).get("needed", "operator")
        return render(
            language, "client.needs_role", server=server, said=said, role=role
        )
    return render(language, "client.refused", server=server, status=status, said=said)
