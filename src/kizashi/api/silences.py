"""Silences: alerts that nobody is told of for a while."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import (
    LATEST_S,
    VISIBLE,
    ApiServices,
    JsonBody,
    RequestError,
    json_reply,
    language_of,
    parse_seconds,
    parse_time,
)
from kizashi.api._bodies import BodyProblem, bad_body, read_body, wrong_field
from kizashi.app.silencing import matcher_of
from kizashi.errors import InputError, NotFoundError
from kizashi.messages import render
from kizashi.model.alert_matchers import read_matcher
from kizashi.model.names import PLAIN_LABEL, is_plain_label
from kizashi.ports.alert_service import NewSilence, SilenceListView
from kizashi.ports.alerts import SilenceMatcher

_Text = Annotated[str, Meta(min_length=1, max_length=1000, pattern=VISIBLE)]
_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=VISIBLE)]
_Seconds = Annotated[float, Meta(ge=0, le=LATEST_S)]
_Time = _Seconds | Annotated[str, Meta(min_length=1, max_length=100)]


class Matcher(msgspec.Struct, forbid_unknown_fields=True):
    """One comparison of a label."""

    name: Annotated[str, Meta(pattern=f"^{PLAIN_LABEL}$", max_length=200)]
    value: Annotated[str, Meta(max_length=1000)]
    op: Literal["=", "!=", "=~", "!~"] = "="


_Matchers = Annotated[
    list[Matcher | Annotated[str, Meta(max_length=1500)]],
    Meta(min_length=1, max_length=50),
]


class SilenceRequest(JsonBody):
    """What to silence, until when, and why."""

    EXPECTED: ClassVar[Mapping[str, str]] = {
        "reason": "api.expected.reason",
        "objective": "api.expected.objective",
        "matchers": "api.expected.matchers",
        "ends": "api.expected.time",
        "duration": "api.expected.duration",
        "starts": "api.expected.time",
        "owner": "api.expected.name",
    }

    reason: Annotated[_Text, Meta(description="api.field.silence_reason")]
    objective: Annotated[
        Annotated[str, Meta(pattern="^[^/]+/.+$", max_length=500)] | None,
        Meta(description="api.field.objective"),
    ] = None
    matchers: Annotated[_Matchers | None, Meta(description="api.field.matchers")] = None
    ends: Annotated[_Time | None, Meta(description="api.field.ends")] = None
    duration: Annotated[_Time | None, Meta(description="api.field.duration")] = None
    starts: Annotated[_Time | None, Meta(description="api.field.starts")] = None
    owner: Annotated[_Name | None, Meta(description="api.field.owner")] = None


async def list_silences(_request: Request, services: ApiServices) -> Response:
    """Answer with silences that are pending, active or ended today."""
    alert_service = services.alerts
    silences = SilenceListView(
        await alert_service.silences(), await alert_service.damaged_silences()
    )
    return json_reply(silences)


async def add_silence(request: Request, services: ApiServices) -> Response:
    """Add a silence; answer with it and where it is."""
    alert_service = services.alerts
    language = language_of(request.scope, services.language)
    body = await read_body(request, SilenceRequest, language)
    reading = _Reading(body, language, services.clock.now_ms() / 1000)
    matchers, starts, ends = reading.matchers(), reading.starts(), reading.ends()
    if reading.problems:
        raise bad_body(reading.problems)
    _check_objective(body, services)
    who = request.state.principal.name
    owner = (body.owner or who).strip()
    new = NewSilence(matchers, ends, owner, body.reason.strip(), starts, who)
    try:
        made = await alert_service.add_silence(new)
    except InputError as error:
        detail = {"reason": str(error)}
        raise RequestError(400, "api.error.bad_silence", detail=detail) from None
    return json_reply(
        made,
        201,
        {"location": f"{services.outside().path}{request.url.path}/{made.id}"},
    )


async def end_silence(request: Request, services: ApiServices) -> Response:
    """End a silence now."""
    silence_id = request.path_params["id"]
    who = request.state.principal.name
    try:
        await services.alerts.delete_silence(silence_id, who)
    except NotFoundError:
        raise RequestError(
            404, "api.error.unknown_silence", id=silence_id[:100]
        ) from None
    return Response(status_code=204)


def parse_matcher(text: str) -> SilenceMatcher | None:
    """Return a matcher written as ``name="value"``, None where the text is none.

    The value may stand without quotes where it holds neither quotes nor spaces.
    """
    matcher = read_matcher(text)
    if matcher is None or not is_plain_label(matcher.name):
        return None
    return SilenceMatcher(*matcher)


@dataclass(slots=True)
class _Reading:
    """Reads a body whose fields are right each for itself; notes what is wrong."""

    body: SilenceRequest
    language: str
    now: float
    problems: list[BodyProblem] = field(default_factory=list)

    def matchers(self) -> tuple[SilenceMatcher, ...]:
        """Return what must hold of an alert's labels."""
        objective, given = self.body.objective, self.body.matchers
        if (objective is None) == (given is None):
            self._either("objective", "matchers")
            return ()
        if objective is not None:
            service, _, name = objective.partition("/")
            return (
                SilenceMatcher("service", "=", service),
                SilenceMatcher("objective", "=", name),
            )
        read = [self._matcher(each) for each in given or ()]
        found = tuple(each for each in read if each is not None)
        if len(found) == len(read) and all(
            matcher_of(m).matches_value("") for m in found
        ):
            shown = ", ".join(f'{m.name}{m.op}"{m.value}"' for m in found)
            self._wrong("matchers", shown, "api.expected.narrow_matchers")
        return found

    def _matcher(self, given: Matcher | str) -> SilenceMatcher | None:
        if isinstance(given, str):
            matcher = parse_matcher(given)
            if matcher is None:
                self._wrong("matchers", given, "api.expected.matchers")
                return None
        else:
            matcher = SilenceMatcher(given.name, given.op, given.value)
        try:
            matcher_of(matcher)
        except InputError:
            self._wrong("matchers", matcher.value, "api.expected.regex")
            return None
        return matcher

    def starts(self) -> float | None:
        """Return when it starts, None for now."""
        return self._time("starts", self.body.starts)

    def ends(self) -> float:
        """Return when it ends."""
        ends, duration = self.body.ends, self.body.duration
        if (ends is None) == (duration is None):
            self._either("ends", "duration")
            return 0.0
        starts = self.body.starts
        begin = None if starts is None else _seconds(starts)
        begin = self.now if begin is None else begin
        if duration is not None:
            given = duration if isinstance(duration, str) else repr(duration)
            seconds = parse_seconds(given)
            if seconds is None or begin + seconds > LATEST_S:
                self._wrong("duration", given, "api.expected.duration")
                return 0.0
            name, found = "duration", begin + seconds
        else:
            end = self._time("ends", ends)
            if end is None:
                return 0.0
            name, given, found = "ends", str(ends), end
        if found <= max(begin, self.now):
            self._wrong(name, given, "api.expected.end_ahead")
        return found

    def _time(self, name: str, given: float | str | None) -> float | None:
        if given is None:
            return None
        found = _seconds(given)
        if found is None:
            self._wrong(name, str(given), "api.expected.time")
        return found

    def _wrong(self, name: str, given: str, expected: str) -> None:
        self.problems.append(wrong_field(name, given, expected, self.language))

    def _either(self, first: str, second: str) -> None:
        text = render(self.language, "api.problem.either", first=first, second=second)
        self.problems.append(BodyProblem(first, text))


def _seconds(given: float | str) -> float | None:
    return parse_time(given) if isinstance(given, str) else given


def _check_objective(body: SilenceRequest, services: ApiServices) -> None:
    """Refuse an objective that there is not: its silence would mute nothing."""
    if body.objective is None:
        return
    service, _, objective = body.objective.partition("/")
    try:
        services.answers.objective(service, objective)
    except NotFoundError:
        raise RequestError(
            404, "api.error.unknown_objective", service=service, objective=objective
        ) from None
