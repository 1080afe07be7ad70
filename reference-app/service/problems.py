"""Every error as RFC 9457 wants it, no matter what raised it."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.guards import problem

_LOG = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    expected: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    status: int
    detail: str
    request_id: str | None
    errors: list[FieldProblem] | None = None


def problem_responses(**details: str) -> dict[int | str, dict[str, object]]:
    """Return the OpenAPI responses: ``problem_responses(_422="…")``."""
    return {
        int(status.removeprefix("_")): {
            "model": Problem,
            "description": detail,
            "content": {"application/problem+json": {}},
        }
        for status, detail in details.items()
    }


def answer_problems(app: FastAPI) -> None:
    """Answer bad requests, refusals and our own mistakes as problems."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"field": ".".join(map(str, found["loc"])), "expected": found["msg"]}
            for found in error.errors()
        ]
        return problem(request, 422, "the request has problems; see errors", errors)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        answer = problem(request, error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def mistaken(request: Request, _error: Exception) -> Response:
        # The server raises it on and logs it; a client learns the request's id only.
        return problem(request, 500, "the service failed; its log has the request id")
