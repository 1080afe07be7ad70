"""What objectives and alerts are called in the reader's language."""

from collections.abc import Mapping

from kizashi.ports.alert_service import AlertListView
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.terms import alert_name
from kizashi.ui.parts.words import Words

Titles = Mapping[tuple[str, str], str]


def titles(ask: Ask) -> Titles:
    """Return what objectives are called, by the names of service and objective."""
    local = ask.words.local
    return {
        one.key: f"{local(service.display_name.as_dict(), service.name)}"
        f" · {local(one.display_name.as_dict(), one.name)}"
        for service in ask.services.overview.services()
        for one in service.objectives
    }


def objective_of(alert: AlertListView) -> tuple[str, str] | None:
    """Return the service and the objective of an alert that has them."""
    service, objective = alert.labels.get("service"), alert.labels.get("objective")
    return (service, objective) if service and objective else None


def key_of(alert: AlertListView) -> str:
    """Return what an alert is about, by the names of its labels."""
    named = ("service", "objective", "job", "receiver", "file")
    return "/".join(alert.labels[name] for name in named if name in alert.labels)


def title_of(alert: AlertListView, names_of_all: Titles) -> str:
    """Return what an alert is about, as it is called where that is known."""
    return names_of_all.get(objective_of(alert) or ("", ""), key_of(alert))


def call_of(alert: AlertListView, names_of_all: Titles, words: Words) -> str:
    """Return what a link to an alert says: what it is about, or its own name."""
    return title_of(alert, names_of_all) or alert_name(alert.name, words)
