"""Alerts: what stands, why, and what people do about it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import (
    VISIBLE,
    ApiServices,
    JsonBody,
    RequestError,
    bad_parameter,
    json_reply,
    language_of,
    time_parameter,
)
from kizashi.api._bodies import read_body
from kizashi.errors import InputError, NotFoundError
from kizashi.ports.alert_service import AlertService

#: States that a list may be narrowed to; what is inactive is not listed.
STATES = ("pending", "firing", "frozen", "resolved")

_Who = Annotated[str, Meta(min_length=1, max_length=200, pattern=VISIBLE)]
_Reason = Annotated[
    str,
    Meta(
        min_length=1, max_length=1000, pattern=VISIBLE, description="api.field.reason"
    ),
]
_By = Annotated[_Who | None, Meta(description="api.field.by")]


class Acknowledgement(JsonBody):
    """Who acknowledges an alert."""

    EXPECTED: ClassVar[Mapping[str, str]] = {"by": "api.expected.name"}

    by: _By = None


class Resolution(JsonBody):
    """Why a person ends an alert."""

    EXPECTED: ClassVar[Mapping[str, str]] = {
        "reason": "api.expected.reason",
        "by": "api.expected.name",
    }

    reason: _Reason
    by: _By = None


async def list_alerts(request: Request, services: ApiServices) -> Response:
    """Answer with what is pending, firing, frozen or was resolved a moment ago."""
    at = time_parameter(request, "at")
    state = request.query_params.get("state")
    service = request.query_params.get("service")
    if state is not None and state not in STATES:
        raise bad_parameter("state", state, "api.expected.alert_state")
    if service == "":
        raise bad_parameter("service", service, "api.expected.service")
    alerts = await services.alerts.alerts(at)
    kept = [
        alert
        for alert in alerts
        if state in {None, alert.state}
        and service in {None, alert.labels.get("service")}
    ]
    return json_reply({"alerts": kept})


#: Notifications of one answer.
_MOST_NOTIFICATIONS = 200


async def list_notifications(_request: Request, services: ApiServices) -> Response:
    """Answer with the newest notifications of all alerts."""
    notifications = await services.alerts.notifications(_MOST_NOTIFICATIONS)
    return json_reply({"notifications": notifications})


async def show_alert(request: Request, services: ApiServices) -> Response:
    """Answer with one alert and everything that explains it."""
    at = time_parameter(request, "at")
    alert_id = request.path_params["id"]
    try:
        return json_reply(await services.alerts.alert(alert_id, at))
    except NotFoundError:
        raise _unknown(alert_id) from None


async def list_objective_alerts(request: Request, services: ApiServices) -> Response:
    """Answer with every alert that an objective can have, explained."""
    at = time_parameter(request, "at")
    service = request.path_params["service"]
    objective = request.path_params["objective"]
    try:
        alerts = await services.alerts.objective_alerts(service, objective, at)
    except NotFoundError:
        raise RequestError(
            404, "api.error.unknown_objective", service=service, objective=objective
        ) from None
    return json_reply({"alerts": alerts})


async def acknowledge_alert(request: Request, services: ApiServices) -> Response:
    """Note who acknowledges an alert; it is no longer repeated."""
    alert_service, alert_id = services.alerts, request.path_params["id"]
    language = language_of(request.scope, services.language)
    body = await read_body(request, Acknowledgement, language)
    try:
        return json_reply(
            await alert_service.acknowledge(alert_id, *_who(request, body.by))
        )
    except NotFoundError:
        raise await _not_active(alert_service, alert_id) from None


async def resolve_alert(request: Request, services: ApiServices) -> Response:
    """End an alert by a person's word."""
    alert_service, alert_id = services.alerts, request.path_params["id"]
    language = language_of(request.scope, services.language)
    body = await read_body(request, Resolution, language)
    who, remark = _who(request, body.by)
    reason = body.reason.strip()
    try:
        return json_reply(await alert_service.resolve(alert_id, who, reason, remark))
    except NotFoundError:
        raise await _not_active(alert_service, alert_id) from None
    except InputError as error:
        detail = {"reason": str(error)}
        raise RequestError(400, "api.error.bad_resolution", detail=detail) from None


def _who(request: Request, by: str | None) -> tuple[str, str]:
    """Return who does it, the token's name, and what the request says of it."""
    name, remark = request.state.principal.name, (by or "").strip()
    return name, "" if remark == name else remark


def _unknown(alert_id: str) -> RequestError:
    return RequestError(404, "api.error.unknown_alert", id=alert_id[:100])


async def _not_active(alert_service: AlertService, alert_id: str) -> RequestError:
    """Return why an alert can be neither acknowledged nor resolved."""
    try:
        found = await alert_service.alert(alert_id)
    except NotFoundError:
        return _unknown(alert_id)
    return RequestError(
        409, "api.error.alert_not_active", id=alert_id, state=found.alert.state
    )
