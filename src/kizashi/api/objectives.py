"""Objectives: their figures at an instant, how these came to be, and the ledger."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import (
    ApiServices,
    RequestError,
    duration_parameter,
    json_reply,
    language_of,
    note_reply,
    plain_object,
    time_parameter,
)
from kizashi.app.answers import ObjectiveView
from kizashi.errors import InputError, NotFoundError

_DEFAULT_STRETCH_S = 3600.0


async def list_objectives(request: Request, services: ApiServices) -> Response:
    """Answer with every objective, by service and name."""
    at = time_parameter(request, "at")
    language = language_of(request.scope, services.language)
    objectives = services.answers.objectives(at)
    # Ten thousand objectives take most of a second: not in the event loop.
    return await run_in_threadpool(
        lambda: json_reply(
            {"objectives": [_shown(view, language) for view in objectives]}
        )
    )


async def show_objective(request: Request, services: ApiServices) -> Response:
    """Answer with one objective and its explanation."""
    at = time_parameter(request, "at")
    service, objective = _named(request)
    try:
        view = services.answers.objective(service, objective, at)
    except NotFoundError:
        raise _unknown(service, objective) from None
    return json_reply(_shown(view, language_of(request.scope, services.language)))


async def show_ledger(request: Request, services: ApiServices) -> Response:
    """Answer with a stretch of an objective's ledger; the last hour by default."""
    end = time_parameter(request, "end")
    end = services.clock.now_ms() / 1000 if end is None else end
    start = time_parameter(request, "start")
    start = max(0.0, end - _DEFAULT_STRETCH_S) if start is None else start
    step_s = duration_parameter(request, "step")
    if end <= start:
        raise RequestError(400, "api.error.end_before_start")
    service, objective = _named(request)
    try:
        view = services.answers.ledger(
            service, objective, start=start, end=end, step_s=step_s
        )
    except NotFoundError:
        raise _unknown(service, objective) from None
    except InputError as error:
        detail = {"reason": str(error)}
        raise RequestError(400, "api.error.bad_stretch", detail=detail) from None
    return json_reply(view)


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["service"], request.path_params["objective"]


def _unknown(service: str, objective: str) -> RequestError:
    return RequestError(
        404, "api.error.unknown_objective", service=service, objective=objective
    )


def _shown(view: ObjectiveView, language: str) -> dict[str, object]:
    notes = [note_reply(note, language) for note in view.notes]
    fault = None if view.fault is None else note_reply(view.fault, language)
    return {**plain_object(view), "notes": notes, "fault": fault}
