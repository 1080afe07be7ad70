"""Bodies of requests: read whole, and all that is wrong with them told together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from starlette.requests import Request

from kizashi.api._base import (
    MOST_SHOWN,
    JsonBody,
    RequestError,
    plain_object,
    shortened,
)
from kizashi.messages import render

#: Unknown fields that an answer names; a body may hold a hundred thousand.
_MOST_STRANGE = 20

B = TypeVar("B", bound=JsonBody)


@dataclass(frozen=True, slots=True)
class BodyProblem:
    """What is wrong with a field of a body; `text` is in the reader's language."""

    field: str
    text: str


def bad_body(problems: Sequence[BodyProblem]) -> RequestError:
    """Return the error for a body, which names all its problems together."""
    return RequestError(
        400,
        "api.error.bad_body",
        detail={"problems": [plain_object(p) for p in problems]},
        problems=" ".join(p.text for p in problems),
    )


def wrong_field(
    field: str, given: str, expected: str, language: str, **params: str
) -> BodyProblem:
    """Return the problem of a field that holds what it does not take.

    Args:
        field: Its name.
        given: What it holds.
        expected: The id of the message that says what it takes.
        language: The reader's language.
        **params: Parameters of that message.
    """
    expectation = render(language, expected, **params)
    text = render(
        language,
        "api.problem.wrong",
        field=field,
        given=shortened(given),
        expected=expectation,
    )
    return BodyProblem(field, text)


async def read_body(request: Request, kind: type[B], language: str) -> B:
    """Return a request's body; no body counts as an empty object.

    Raises:
        RequestError: If it is not JSON, or if fields are missing, unknown or wrong:
            all of them are named (400).
    """
    content = await request.body()
    try:
        given = msgspec.json.decode(content or b"{}", type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = {"reason": str(error)}
        raise RequestError(400, "api.error.bad_json", detail=detail) from None
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    values: dict[str, object] = {}
    problems = []
    for name, field in fields.items():
        expected = kind.EXPECTED[name]
        if name in given:
            try:
                values[field.name] = msgspec.json.decode(given[name], type=field.type)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                text = bytes(given[name]).decode("utf-8", "replace")
                problems.append(wrong_field(name, text, expected, language))
        elif field.required:
            told = render(language, expected)
            text = render(language, "api.problem.missing", field=name, expected=told)
            problems.append(BodyProblem(name, text))
    strange = [name for name in given if name not in fields]
    for name in (each[:MOST_SHOWN] for each in strange[:_MOST_STRANGE]):
        known = ", ".join(fields)
        text = render(language, "api.problem.unknown", field=name, known=known)
        problems.append(BodyProblem(name, text))
    if len(strange) > _MOST_STRANGE:
        count = len(strange) - _MOST_STRANGE
        text = render(language, "api.problem.unknown_more", count=count)
        problems.append(BodyProblem("", text))
    if problems:
        raise bad_body(problems)
    return kind(**values)
