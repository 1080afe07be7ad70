"""The scrape targets."""

from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import ApiServices, json_reply


async def list_targets(_request: Request, services: ApiServices) -> Response:
    """Answer with the discovered targets, by job and instance."""
    return json_reply({"targets": services.answers.targets()})
