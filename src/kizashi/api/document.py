"""The OpenAPI document, made from the table of routes and the types of the answers."""

import dataclasses
import typing
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kizashi import __version__
from kizashi.api._base import (
    JSON_NAMES,
    Access,
    ApiRoute,
    ApiServices,
    json_reply,
    language_of,
)
from kizashi.app.answers import NoteView
from kizashi.messages import render

_REFERENCE = "#/components/schemas/{name}"
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "detail"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "detail": {"type": ["object", "null"]},
            },
        }
    },
}
_STATUSES = {
    400: "api.status.400",
    401: "api.status.401",
    403: "api.status.403",
    404: "api.status.404",
    409: "api.status.409",
    413: "api.status.413",
    414: "api.status.414",
    415: "api.status.415",
    503: "api.status.503",
}
#: Errors that a route has because of who may call it, because its address says more
#: than the path, or because it takes a body.
_ACCESS_ERRORS = (401, 403, 503)
_PARAMETER_ERRORS = (400, 414)
_BODY_ERRORS = (400, 413, 415)
_GOOD = {
    200: "api.status.200",
    201: "api.status.201",
    204: "api.status.204",
}


async def show_document(request: Request, services: ApiServices) -> Response:
    """Answer with the OpenAPI document in the reader's language."""
    language = language_of(request.scope, services.language)
    headers = {"vary": "Accept-Language", "content-language": language}
    table: Sequence[ApiRoute] = request.app.state.routes
    return json_reply(build_document(table, language), headers=headers)


def build_document(table: Sequence[ApiRoute], language: str) -> dict[str, object]:
    """Return the OpenAPI 3.1 document of a table of routes.

    Source: OpenAPI Specification 3.1.1.
    """
    paths: dict[str, dict[str, object]] = {}
    for route in table:
        operation = _operation(route, language)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    types = [route.reply.value for route in table if route.reply.value is not None]
    bodies = [route.body for route in table if route.body is not None]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kizashi",
            "version": __version__,
            "description": render(language, "api.document.description"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {
                **_schemas(types),
                **_body_schemas(bodies, language),
                "Error": _ERROR_SCHEMA,
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": render(language, "api.document.token"),
                }
            },
        },
    }


def _operation(route: ApiRoute, language: str) -> dict[str, object]:
    statuses = set(route.errors)
    if route.access is not Access.PUBLIC:
        statuses.update(_ACCESS_ERRORS)
    if route.parameters:
        statuses.update(_PARAMETER_ERRORS)
    if route.body is not None:
        statuses.update(_BODY_ERRORS)
    operation: dict[str, object] = {
        "operationId": route.summary.rpartition(".")[2],
        "summary": render(language, route.summary),
        "tags": [route.handler.__module__.rpartition(".")[2]],
        "x-kizashi-access": route.access.value,
        "security": _security(route),
        "responses": {
            str(route.reply.status): _good(route, language),
            **{str(status): _bad(status, language) for status in sorted(statuses)},
        },
    }
    if route.body is not None:
        fields = msgspec.structs.fields(route.body)
        schema = {"$ref": _REFERENCE.format(name=route.body.__name__)}
        operation["requestBody"] = {
            "required": any(field.required for field in fields),
            "content": {"application/json": {"schema": schema}},
        }
    if route.parameters:
        operation["parameters"] = [
            {
                "name": parameter.name,
                "in": parameter.where,
                "required": parameter.where == "path",
                "description": render(language, parameter.description),
                "schema": parameter.schema,
            }
            for parameter in route.parameters
        ]
    return operation


def _security(route: ApiRoute) -> list[dict[str, list[str]]]:
    match route.access:
        case Access.PUBLIC:
            return []
        case Access.VIEWER if route.method == "GET":
            # Open on loopback, a token everywhere else.
            return [{"token": []}, {}]
        case _:
            return [{"token": []}]


def _good(route: ApiRoute, language: str) -> dict[str, object]:
    description = render(language, _GOOD[route.reply.status])
    if not route.reply.media_type:
        return {"description": description}
    schema: dict[str, object] = {"type": "object"}
    if route.reply.media_type != "application/json":
        schema = {"type": "string"}
    elif route.reply.value is not None:
        schema = {"$ref": _REFERENCE.format(name=route.reply.value.__name__)}
        if route.reply.list_name:
            name = route.reply.list_name
            schema = {
                "type": "object",
                "required": [name],
                "properties": {name: {"type": "array", "items": schema}},
            }
    return {
        "description": description,
        "content": {route.reply.media_type: {"schema": schema}},
    }


def _bad(status: int, language: str) -> dict[str, object]:
    schema = {"$ref": _REFERENCE.format(name="Error")}
    return {
        "description": render(language, _STATUSES[status]),
        "content": {"application/json": {"schema": schema}},
    }


def _schemas(types: Iterable[type]) -> dict[str, object]:
    _, schemas = msgspec.json.schema_components(
        types, schema_hook=_anything, ref_template=_REFERENCE
    )
    for kind in _reached(types):
        _fit(kind, schemas[kind.__name__])
    return {name: schemas[name] for name in sorted(schemas)}


def _anything(_kind: type) -> dict[str, Any]:
    """Return the schema of evidence that is free in form."""
    # An empty schema says the same, but msgspec takes it for no answer.
    return {"type": ["object", "array", "string", "number", "boolean", "null"]}


def _body_schemas(types: Iterable[type], language: str) -> dict[str, Any]:
    """Return the schemas of bodies; their descriptions are message ids."""
    _, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    for schema in schemas.values():
        schema["description"] = schema.get("description", "").partition("\n")[0]
        for field in schema["properties"].values():
            if message_id := field.pop("description", None):
                field["description"] = render(language, message_id)
    return schemas


def _fit(kind: type, schema: dict[str, Any]) -> None:
    """Make a schema say what `plain` and `note_reply` write."""
    names = JSON_NAMES.get(kind, {})
    fitted = {names.get(n, n): value for n, value in schema["properties"].items()}
    if kind is NoteView:
        fitted["text"] = {"type": "string"}
    for value in fitted.values():
        value.pop("default", None)
    schema["properties"] = fitted
    schema["required"] = sorted(fitted)
    schema["description"] = schema.get("description", "").partition("\n")[0]


def _reached(types: Iterable[type]) -> set[type]:
    """Return the dataclasses among types and in their fields, to any depth."""
    classes: set[type] = set()
    waiting: list[object] = list(types)
    while waiting:
        kind = waiting.pop()
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            waiting.extend(typing.get_args(kind))
        elif kind not in classes:
            classes.add(kind)
            waiting.extend(typing.get_type_hints(kind).values())
    return classes
