"""Routes of the API: one that greets."""

import asyncio

from starlette.requests import Request

from kinds.sort import Sort
from kizashi.api.document import build_document
from kizashi.api.routes import ROUTES

CODE = '''
"""A greeting."""

from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import ApiServices, json_reply


async def show_NAME(_request: Request, _services: ApiServices) -> Response:
    """Answer with a greeting."""
    return json_reply({"hello": "world"})
'''

ROW = """\
    ApiRoute("GET", f"{_OURS}/NAME", Access.VIEWER,
          "api.route.show_NAME", show_NAME),
"""


def proof() -> None:
    """It answers, and the document describes it in both languages."""
    path = f"/kizashi/v1/{SORT.made_up}"
    (route,) = [one for one in ROUTES if one.path == path]
    request = Request({"type": "http", "method": "GET", "path": path, "headers": []})
    answer = asyncio.run(route.handler(request, None))  # type: ignore[arg-type]
    assert bytes(answer.body) == b'{"hello":"world"}', answer.body
    for language, summary in (("en", "Say hello"), ("ja", "挨拶する")):
        told = build_document(ROUTES, language)["paths"][path]["get"]  # type: ignore[index]
        assert (told["operationId"], told["summary"]) == ("show_greeting", summary)


def names() -> list[str]:
    """Return every route as its page names it."""
    return [f"{route.method} {route.path}" for route in ROUTES]


SORT = Sort(
    kinds=names(),
    made_up="greeting",
    new={"src/kizashi/api/NAME.py": CODE},
    edits={
        "src/kizashi/api/routes.py": (
            ("from kizashi.api.objectives", "from kizashi.api.NAME import show_NAME\n"),
            ('    ApiRoute("GET", f"{_OURS}/targets"', ROW),
        ),
        "src/kizashi/messages/api.py": (
            (
                '    "api.route.listAlerts":',
                '    "api.route.show_NAME": ("Say hello", "挨拶する"),\n',
            ),
        ),
        **{
            f"docs/{language}/reference/http-api.md": (
                (
                    "| `GET /kizashi/v1/targets` |",
                    "| `GET /kizashi/v1/NAME` | viewer | NAME |\n",
                ),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={"docs/LANGUAGE/reference/http-api.md": "NAME` |"},
    home=("api/routes.py",),
)
