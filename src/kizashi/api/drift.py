"""Whether the server that is read runs the rules that would be generated for it."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import (
    ApiServices,
    RequestError,
    json_reply,
    language_of,
    note_reply,
    plain_object,
)


async def show_drift(request: Request, services: ApiServices) -> Response:
    """Answer with every difference between what runs and what would be generated."""
    view = await run_in_threadpool(services.drift)
    if view is None:
        raise RequestError(404, "api.error.no_upstream")
    language = language_of(request.scope, services.language)
    error = None if view.error is None else note_reply(view.error, language)
    return json_reply({**plain_object(view), "error": error})
