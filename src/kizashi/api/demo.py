"""The demo: how far its simulated past is, and what goes wrong on purpose."""

from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import ApiServices, RequestError, json_reply
from kizashi.ports.demo import DemoView


async def show_demo(_request: Request, services: ApiServices) -> Response:
    """Answer with the state of the demo, where this is one."""
    if services.demo is None:
        raise RequestError(404, "api.error.no_demo")
    faults = await services.demo.faults()
    return json_reply(DemoView(services.demo.simulated(), faults))
