"""The declared services."""

from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import ApiServices, json_reply


async def list_services(_request: Request, services: ApiServices) -> Response:
    """Answer with every declared service, by name."""
    return json_reply({"services": services.answers.services()})
