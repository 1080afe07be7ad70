"""The one table of pages. What is not here does not exist."""

from kizashi.api._base import Access
from kizashi.ui import (
    alert,
    alerts,
    handbook,
    importing,
    lint,
    notifications,
    objective,
    objective_figures,
    overview,
    rules,
    service,
    service_figures,
    settings,
    sign_in,
    targets,
)
from kizashi.ui.parts.base import Data, Form, Page, Row

PAGES: tuple[Row, ...] = (
    Page("/", "ui.overview.title", "overview.html", overview.show, key="o", in_menu=True, is_dated=True),
    Page("/services/{service}", "ui.service.title", "service.html", service.show, is_dated=True),
    Data("/services/{service}/signals.json", service_figures.signals_json),
    Data("/services/{service}/signals.csv", service_figures.signals_csv),
    Page("/objectives/{service}/{objective}", "ui.column.objective", "objective.html", objective.show, is_dated=True),
    Data("/objectives/{service}/{objective}/chart.json", objective_figures.chart_json),
    Data("/objectives/{service}/{objective}/chart.csv", objective_figures.chart_csv),
    Page("/alerts", "ui.alerts.title", "alerts.html", alerts.show, key="a", in_menu=True, is_dated=True),
    Page("/alerts/{id}", "ui.alerts.title_one", "alert.html", alert.show, is_dated=True),
    Form("/alerts/{id}/acknowledge", alert.acknowledge, Access.OPERATOR, ("by",)),
    Form("/alerts/{id}/silence", alert.silence, Access.OPERATOR, ("duration", "reason", "by")),
    Form("/alerts/{id}/resolve", alert.resolve, Access.OPERATOR, ("reason", "by")),
    Form("/silences/{id}/end", alerts.end_silence, Access.OPERATOR),
    Page("/rules", "ui.rules.title", "rules.html", rules.show, key="r", in_menu=True),
    Data("/rules/{service}/{target}", rules.file),
    Page("/lint", "ui.lint.title", "lint.html", lint.show, key="l", in_menu=True),
    Form("/lint", lint.look, Access.EDITOR, ("text", "file", "file_name", "name"), "file"),
    Page("/import", "ui.import.title", "import.html", importing.show, key="i", in_menu=True),
    Form("/import", importing.carry, Access.EDITOR, importing.FIELDS, "file"),
    Page("/targets", "ui.targets.title", "targets.html", targets.show, key="t", in_menu=True),
    Page("/notifications", "ui.notifications.title", "notifications.html", notifications.show, key="n", in_menu=True),
    Page("/settings", "ui.settings.title", "settings.html", settings.show, key="s", in_menu=True),
    Page("/docs", "docs.title", "handbook.html", handbook.show, Access.PUBLIC, key="d", in_menu=True),
    Page("/docs/search", "docs.search", "handbook_search.html", handbook.search, Access.PUBLIC),
    Page("/docs/{page}", "docs.title", "handbook.html", handbook.show, Access.PUBLIC),
    Page("/docs/{path}/{page}", "docs.title", "handbook.html", handbook.show, Access.PUBLIC),
    Page("/sign-in", "ui.frame.sign_in", "sign_in.html", sign_in.show, Access.PUBLIC),
    Form("/sign-in", sign_in.sign_in, Access.PUBLIC, ("token", "next")),
    Form("/sign-out", sign_in.sign_out, Access.PUBLIC),
)  # fmt: skip

#: What a page says once after a form was done: ``?told=word``, and its message.
TOLD: dict[str, str] = {
    "acknowledged": "ui.told.acknowledged",
    "resolved": "ui.told.resolved",
    "silenced": "ui.told.silenced",
    "unsilenced": "ui.told.unsilenced",
}
