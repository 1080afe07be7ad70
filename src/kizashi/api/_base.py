"""What every resource shares: who may call, parameters in, JSON out, errors."""

import dataclasses
import functools
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from numbers import Integral, Real
from typing import ClassVar

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from kizashi.app.answers import Answers, ExplainView, NoteView
from kizashi.app.drift import DriftView
from kizashi.app.readiness import Ready, ReloadOutcome
from kizashi.errors import DurationError, InputError
from kizashi.messages import choose_language, render, render_sentences
from kizashi.model.durations import parse_duration
from kizashi.model.outside import Outside
from kizashi.ports.alert_service import AlertService
from kizashi.ports.clock import Clock
from kizashi.ports.sessions import SessionStore
from kizashi.ports.tokens import Role, TokenStore

#: The last second of the year 9999, the latest that RFC 3339 can write.
LATEST_S = 253_402_300_799
#: Methods that change nothing.
READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Somewhere a character that is seen. Regular expressions disagree on which control
#: characters are white space, so they are named.
VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f\ufeff]"
#: Whole numbers below it are the same in JSON readers that know floats only.
_EXACT = 2**53
#: Of a text that somebody sent, so much is said again.
MOST_SHOWN = 100

_UNIX = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(\.[0-9]+)?([Zz]|[+ -][0-9]{2}:[0-9]{2})"
)

#: Fields whose JSON name is a word that Python keeps to itself.
JSON_NAMES: Mapping[type, Mapping[str, str]] = {
    ExplainView: {"start": "from", "end": "to"}
}


class Access(StrEnum):
    """Who may call a route: everybody, or a token of this role or a higher one."""

    PUBLIC = "public"
    VIEWER = "viewer"
    EDITOR = "editor"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def role(self) -> Role | None:
        """The role that is needed; None where everybody may call."""
        return None if self is Access.PUBLIC else Role(self.value)


@dataclass(frozen=True, slots=True)
class ApiServices:
    """What the HTTP face needs from the rest of the house.

    Attributes:
        answers: Answers for every figure; called in the event loop.
        alerts: Answers for alerts and silences.
        tokens: Access tokens; called in a worker thread.
        sessions: Sessions of browsers; called in a worker thread.
        clock: The clock.
        ready: Whether the server can do its work.
        healthy: Whether it should be left running.
        reload: Reads the configuration again.
        metrics: The server's own metrics in the Prometheus text format.
        listen_is_loopback: Whether only this machine can connect; then reading is
            open.
        allowed_hosts: Further names that a Host header may hold on loopback.
        default_language: The language of those who name none; a reload may change it.
        drift: How what a server runs differs from what would be generated; None where
            no server is read. Called in a worker thread.
        outside: How the server is reached from elsewhere; a reload may change it.
        refused: Told the address of a caller whose token is not accepted.
    """

    answers: Answers
    alerts: AlertService
    tokens: TokenStore
    sessions: SessionStore
    clock: Clock
    ready: Callable[[], Ready]
    healthy: Callable[[], bool]
    reload: Callable[[], Awaitable[ReloadOutcome]]
    metrics: Callable[[], bytes]
    listen_is_loopback: bool
    allowed_hosts: tuple[str, ...] = ()
    default_language: Callable[[], str | None] = lambda: None
    drift: Callable[[], DriftView | None] = lambda: None
    outside: Callable[[], Outside] = Outside
    refused: Callable[[str], None] = lambda _address: None

    @property
    def language(self) -> str | None:
        """The language, now, of those who name none."""
        return self.default_language()


Handler = Callable[[Request, ApiServices], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a route; `where` is path or query, `schema` is JSON Schema.

    `description` is a message id.
    """

    name: str
    schema: Mapping[str, object]
    description: str
    where: str = "query"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a route answers when it is good: a value, or a list of them under a name.

    Attributes:
        value: The type of the value; None where it is not one of ours.
        list_name: The key that holds the list; empty for the value itself.
        media_type: The Content-Type, without parameters; empty without content.
        status: The HTTP status.
    """

    value: type | None = None
    list_name: str = ""
    media_type: str = "application/json"
    status: int = 200


class JsonBody(msgspec.Struct, forbid_unknown_fields=True):
    """A JSON object that a route takes; its subclasses name the fields.

    Attributes:
        EXPECTED: For each field the id of the message that says what it takes.
    """

    EXPECTED: ClassVar[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """One row of the table of routes.

    Attributes:
        method: GET, or one that writes. HEAD comes with GET.
        path: With names in braces.
        access: Who may call.
        summary: The id of the message that says what it does; its last part is the
            operation id.
        handler: What answers.
        reply: What a good answer holds.
        parameters: Every parameter there is; None where they are not looked at.
        accepts: Media types of a body; a body of another type is refused.
        body: The type of a JSON body, whose media type need not be listed.
        errors: Statuses of its own besides those every route has.
    """

    method: str
    path: str
    access: Access
    summary: str
    handler: Handler
    reply: Reply = dataclasses.field(default_factory=Reply)
    parameters: tuple[Parameter, ...] | None = ()
    accepts: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    body: type[JsonBody] | None = None


class RequestError(InputError):
    """A request that is answered with an error.

    Attributes:
        status: The HTTP status.
        message_id: What to tell people; its last part is the code for programs.
        params: The message's parameters, which the answer carries as `detail`;
            `expected` is a message id itself.
        headers: Further response headers.
        detail: What else the answer carries as `detail`.
    """

    def __init__(
        self,
        status: int,
        message_id: str,
        *,
        headers: Mapping[str, str] | None = None,
        detail: Mapping[str, object] | None = None,
        **params: str | int,
    ) -> None:
        super().__init__(f"{status} {message_id}")
        self.status = status
        self.message_id = message_id
        self.params = params
        self.headers = dict(headers or {})
        self.detail = dict(detail or {})


def language_of(scope: Scope, configured: str | None = None) -> str:
    """Return the language that a request's reader wants."""
    accepted = Headers(scope=scope).get("accept-language")
    return choose_language(None, accepted, configured)


def error_reply(error: RequestError, language: str) -> Response:
    """Return an error as JSON, its message in the reader's language."""
    params = dict(error.params)
    expected = params.get("expected")
    if isinstance(expected, str):
        params["expected"] = render(language, expected)
    body = {
        "error": {
            "code": error.message_id.rpartition(".")[2],
            "message": render(language, error.message_id, **params),
            "detail": {**params, **error.detail} or None,
        }
    }
    headers = {
        **error.headers,
        "content-language": language,
        "vary": "Accept-Language",
    }
    return json_reply(body, error.status, headers)


def json_reply(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a value as JSON: whole numbers as integers, NaN and infinity as null."""
    content = msgspec.json.encode(plain(value))
    return Response(content, status, headers, "application/json")


def plain(value: object) -> object:
    """Return a value made of what JSON knows; dataclasses become objects.

    Raises:
        TypeError: If it has no JSON form: a fault of ours, not of the request.
    """
    kind = type(value)
    # Exact types first: ten thousand objectives hold half a million values.
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, float):
        return _plain_float(float(value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    return _plain_scalar(value)


def _plain_scalar(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return _plain_float(float(value))
    return plain_object(value)


def plain_object(value: object) -> dict[str, object]:
    """Return a dataclass as an object, its fields under their JSON names.

    Raises:
        TypeError: If it is no dataclass: a fault of ours, not of the request.
    """
    # The checker takes the hash of a class for the hash of what is made of it.
    names = _names_of(type(value))  # type: ignore[arg-type]
    return {json_name: plain(getattr(value, name)) for name, json_name in names}


@functools.cache
def _names_of(kind: type) -> tuple[tuple[str, str], ...]:
    """Return the fields of a dataclass, each with its JSON name."""
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind.__name__} has no JSON form")
    names = JSON_NAMES.get(kind, {})
    return tuple((f.name, names.get(f.name, f.name)) for f in dataclasses.fields(kind))


def _plain_float(number: float) -> int | float | None:
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def note_reply(note: NoteView, language: str) -> dict[str, object]:
    """Return a note with its text in the reader's language."""
    text = render_sentences(language, note.code, **note.params)
    return {"code": note.code, "text": text, "params": note.params}


def bad_parameter(name: str, given: str, expected: str) -> RequestError:
    """Return the error for a parameter; `expected` as `RequestError.params` says."""
    shown = shortened(given)
    return RequestError(
        400, "api.error.bad_parameter", parameter=name, given=shown, expected=expected
    )


def shortened(text: str) -> str:
    """Return as much of a text that somebody sent as is said again."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def time_parameter(request: Request, name: str) -> float | None:
    """Return a time as Unix seconds, None where the parameter is not given.

    Raises:
        RequestError: If it is neither Unix seconds nor RFC 3339 (400).
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    found = parse_time(text)
    if found is None:
        raise bad_parameter(name, text, "api.expected.time")
    return found


def parse_time(text: str) -> float | None:
    """Return a time written as Unix seconds or RFC 3339, None if it is neither."""
    if _UNIX.fullmatch(text):
        found = float(text)
        return found if found <= LATEST_S else None
    parts = _RFC3339.fullmatch(text)
    if parts is None:
        return None
    date, clock, fraction, zone = parts.groups("")
    # A plus sign that nobody escaped reaches us as a space.
    zone = "+00:00" if zone in {"Z", "z"} else zone.replace(" ", "+")
    try:
        found = datetime.fromisoformat(f"{date}T{clock}{zone}").timestamp()
    except (ValueError, OverflowError):
        return None
    return found + float(f"0{fraction}") if 0 <= found <= LATEST_S else None


def duration_parameter(request: Request, name: str) -> float | None:
    """Return a duration in seconds, None where the parameter is not given.

    Raises:
        RequestError: If it is neither a Prometheus duration nor a number of seconds,
            or is 0 (400).
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    seconds = parse_seconds(text)
    if seconds is None:
        raise bad_parameter(name, text, "api.expected.duration")
    return seconds


def parse_seconds(text: str) -> float | None:
    """Return a duration above zero in seconds, None if the text is none.

    It may be written as Prometheus does (``1h30m``) or as a number of seconds.
    """
    if _UNIX.fullmatch(text):
        seconds = float(text)
    else:
        try:
            seconds = parse_duration(text) / 1000
        except DurationError:
            return None
    return seconds if 0 < seconds <= LATEST_S else None
