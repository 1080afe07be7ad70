"""What those who run the server ask of it: metrics, health, readiness, a reload."""

import logging

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import (
    ApiServices,
    RequestError,
    json_reply,
    language_of,
    note_reply,
)
from kizashi.app.answers import NoteView
from kizashi.app.readiness import Ready
from kizashi.messages import render

_log = logging.getLogger(__name__)


async def show_metrics(_request: Request, services: ApiServices) -> Response:
    """Answer with the server's own metrics in the Prometheus text format."""
    headers = {"content-type": CONTENT_TYPE_LATEST}
    return Response(services.metrics(), headers=headers)


async def show_health(_request: Request, services: ApiServices) -> Response:
    """Answer 200 as long as the server should be left running, else 503."""
    is_healthy = services.healthy()
    return json_reply({"healthy": is_healthy}, 200 if is_healthy else 503)


async def show_readiness(request: Request, services: ApiServices) -> Response:
    """Answer 200 when the server can do its work, else 503 with the reasons.

    Which files are not in force, and why, is for callers who may read.
    """
    ready = services.ready()
    language = language_of(request.scope, services.language)
    body = {
        "ready": ready.is_ready,
        "reasons": [note_reply(reason, language) for reason in ready.reasons],
        "notes": [note_reply(note, language) for note in _notes(ready)],
    }
    if (files := ready.said(language)) and await request.state.may_read():
        body["files"] = files
    headers = {"vary": "Accept-Language"}
    return json_reply(body, 200 if ready.is_ready else 503, headers)


def _notes(ready: Ready) -> list[NoteView]:
    """Return what is worth a word to anybody; which files it is, is not."""
    counts = {"ready.refused": len(ready.refused), "ready.emptied": len(ready.emptied)}
    return [NoteView(c, {"count": str(count)}) for c, count in counts.items() if count]


async def reload_configuration(request: Request, services: ApiServices) -> Response:
    """Read the configuration again; answer 409 when it is bad and the old one stays."""
    by = request.state.principal
    outcome = await services.reload()
    _log.info(
        "reload asked for",
        extra={"by": by and by.id, "applied": outcome.is_applied},
    )
    language = language_of(request.scope, services.language)
    problems = [
        {
            "where": problem.where,
            "code": problem.code,
            "text": render(language, problem.code, **problem.params),
        }
        for problem in outcome.problems
    ]
    if outcome.is_applied:
        # A configuration that was taken may still hold what deserves a warning.
        return json_reply({"applied": True, "problems": problems})
    raise RequestError(409, "api.error.reload_refused", detail={"problems": problems})
