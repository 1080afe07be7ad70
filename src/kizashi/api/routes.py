"""The one table of every route. What is not here does not exist."""

from kizashi.api._base import LATEST_S, Access, Parameter, Reply, Route
from kizashi.api.document import show_document
from kizashi.api.objectives import list_objectives, show_ledger, show_objective
from kizashi.api.operations import (
    reload_configuration,
    show_health,
    show_metrics,
    show_readiness,
)
from kizashi.api.services import list_services
from kizashi.api.targets import list_targets
from kizashi.app.answers import LedgerView, ObjectiveView, ServiceView, TargetView

_TIME = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": LATEST_S},
        {
            "type": "string",
            "format": "date-time",
            "pattern": "^(19[7-9][0-9]|[2-9][0-9]{3})-",
        },
    ]
}
_DURATION = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": LATEST_S},
        {
            "type": "string",
            "pattern": "^(?=[1-9])([0-9]{1,3}d)?([0-9]{1,3}h)?([0-9]{1,3}m)?"
            "([0-9]{1,3}s)?$",
        },
    ]
}
_NAME = {"type": "string", "minLength": 1}
_NAMED = (
    Parameter("service", _NAME, "api.parameter.service", "path"),
    Parameter("objective", _NAME, "api.parameter.objective", "path"),
)
_AT = Parameter("at", _TIME, "api.parameter.at")
_STRETCH = (
    Parameter("start", _TIME, "api.parameter.start"),
    Parameter("end", _TIME, "api.parameter.end"),
    Parameter("step", _DURATION, "api.parameter.step"),
)
_OURS = "/kizashi/v1"
_ONE = _OURS + "/objectives/{service}/{objective}"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_OURS}/services", Access.VIEWER,
          "api.route.listServices", list_services, Reply(ServiceView, "services")),
    Route("GET", f"{_OURS}/objectives", Access.VIEWER,
          "api.route.listObjectives", list_objectives, Reply(ObjectiveView, "objectives"), (_AT,)),
    Route("GET", _ONE, Access.VIEWER,
          "api.route.showObjective", show_objective, Reply(ObjectiveView), (*_NAMED, _AT), errors=(404,)),
    Route("GET", f"{_ONE}/ledger", Access.VIEWER,
          "api.route.showLedger", show_ledger, Reply(LedgerView), (*_NAMED, *_STRETCH), errors=(404,)),
    Route("GET", f"{_OURS}/targets", Access.VIEWER,
          "api.route.listTargets", list_targets, Reply(TargetView, "targets")),
    Route("GET", f"{_OURS}/openapi.json", Access.VIEWER,
          "api.route.showDocument", show_document),
    # A scraper or a load balancer may send parameters of its own here.
    Route("GET", "/metrics", Access.VIEWER,
          "api.route.showMetrics", show_metrics, Reply(media_type="text/plain"), None),
    Route("GET", "/-/healthy", Access.PUBLIC,
          "api.route.showHealth", show_health, parameters=None, errors=(503,)),
    Route("GET", "/-/ready", Access.PUBLIC,
          "api.route.showReadiness", show_readiness, parameters=None, errors=(503,)),
    Route("POST", "/-/reload", Access.OPERATOR,
          "api.route.reloadConfiguration", reload_configuration, parameters=None, errors=(409,)),
)  # fmt: skip
