"""The one table of every route. What is not here does not exist."""

from kizashi.api._base import LATEST_S, Access, ApiRoute, Parameter, Reply
from kizashi.api.alerts import (
    STATES,
    Acknowledgement,
    Resolution,
    acknowledge_alert,
    list_alerts,
    list_notifications,
    list_objective_alerts,
    resolve_alert,
    show_alert,
)
from kizashi.api.document import show_document
from kizashi.api.drift import show_drift
from kizashi.api.objectives import list_objectives, show_ledger, show_objective
from kizashi.api.operations import (
    reload_configuration,
    show_health,
    show_metrics,
    show_readiness,
)
from kizashi.api.services import list_services
from kizashi.api.silences import (
    SilenceRequest,
    add_silence,
    end_silence,
    list_silences,
)
from kizashi.api.targets import list_targets
from kizashi.app.answers import LedgerView, ObjectiveView, ServiceView, TargetView
from kizashi.app.drift import DriftView
from kizashi.ports.alert_service import (
    AlertDetailView,
    AlertListView,
    NotificationView,
    SilenceListView,
    SilenceView,
)

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
_ALERTS = (
    _AT,
    Parameter(
        "state", {"type": "string", "enum": list(STATES)}, "api.parameter.alert_state"
    ),
    Parameter("service", _NAME, "api.parameter.alert_service"),
)
_ALERT_ID = Parameter("id", _NAME, "api.parameter.alert_id", "path")
_SILENCE_ID = Parameter("id", _NAME, "api.parameter.silence_id", "path")
_OURS = "/kizashi/v1"
_ONE = _OURS + "/objectives/{service}/{objective}"

ROUTES: tuple[ApiRoute, ...] = (
    ApiRoute("GET", f"{_OURS}/services", Access.VIEWER,
          "api.route.listServices", list_services, Reply(ServiceView, "services")),
    ApiRoute("GET", f"{_OURS}/objectives", Access.VIEWER,
          "api.route.listObjectives", list_objectives, Reply(ObjectiveView, "objectives"), (_AT,)),
    ApiRoute("GET", _ONE, Access.VIEWER,
          "api.route.showObjective", show_objective, Reply(ObjectiveView), (*_NAMED, _AT), errors=(404,)),
    ApiRoute("GET", f"{_ONE}/ledger", Access.VIEWER,
          "api.route.showLedger", show_ledger, Reply(LedgerView), (*_NAMED, *_STRETCH), errors=(404,)),
    ApiRoute("GET", f"{_ONE}/alerts", Access.VIEWER,
          "api.route.listObjectiveAlerts", list_objective_alerts, Reply(AlertDetailView, "alerts"), (*_NAMED, _AT), errors=(404,)),
    ApiRoute("GET", f"{_OURS}/alerts", Access.VIEWER,
          "api.route.listAlerts", list_alerts, Reply(AlertListView, "alerts"), _ALERTS),
    ApiRoute("GET", f"{_OURS}/alerts/{{id}}", Access.VIEWER,
          "api.route.showAlert", show_alert, Reply(AlertDetailView), (_ALERT_ID, _AT), errors=(404,)),
    ApiRoute("POST", f"{_OURS}/alerts/{{id}}/ack", Access.OPERATOR,
          "api.route.acknowledgeAlert", acknowledge_alert, Reply(AlertListView), (_ALERT_ID,), errors=(404, 409), body=Acknowledgement),
    ApiRoute("POST", f"{_OURS}/alerts/{{id}}/resolve", Access.OPERATOR,
          "api.route.resolveAlert", resolve_alert, Reply(AlertListView), (_ALERT_ID,), errors=(404, 409), body=Resolution),
    ApiRoute("GET", f"{_OURS}/notifications", Access.VIEWER,
          "api.route.listNotifications", list_notifications, Reply(NotificationView, "notifications")),
    ApiRoute("GET", f"{_OURS}/silences", Access.VIEWER,
          "api.route.listSilences", list_silences, Reply(SilenceListView)),
    ApiRoute("POST", f"{_OURS}/silences", Access.OPERATOR,
          "api.route.addSilence", add_silence, Reply(SilenceView, status=201), errors=(404,), body=SilenceRequest),
    ApiRoute("DELETE", f"{_OURS}/silences/{{id}}", Access.OPERATOR,
          "api.route.endSilence", end_silence, Reply(media_type="", status=204), (_SILENCE_ID,), errors=(404,)),
    ApiRoute("GET", f"{_OURS}/targets", Access.VIEWER,
          "api.route.listTargets", list_targets, Reply(TargetView, "targets")),
    ApiRoute("GET", f"{_OURS}/drift", Access.VIEWER,
          "api.route.showDrift", show_drift, Reply(DriftView), errors=(404,)),
    ApiRoute("GET", f"{_OURS}/openapi.json", Access.VIEWER,
          "api.route.showDocument", show_document),
    # A scraper or a load balancer may send parameters of its own here.
    ApiRoute("GET", "/metrics", Access.VIEWER,
          "api.route.showMetrics", show_metrics, Reply(media_type="text/plain"), None),
    ApiRoute("GET", "/-/healthy", Access.PUBLIC,
          "api.route.showHealth", show_health, parameters=None, errors=(503,)),
    ApiRoute("GET", "/-/ready", Access.PUBLIC,
          "api.route.showReadiness", show_readiness, parameters=None, errors=(503,)),
    ApiRoute("POST", "/-/reload", Access.OPERATOR,
          "api.route.reloadConfiguration", reload_configuration, parameters=None, errors=(409,)),
)  # fmt: skip
