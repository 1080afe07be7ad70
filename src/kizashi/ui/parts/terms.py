"""The words of states: for each value of the code, the id of its message."""

from collections.abc import Mapping

from kizashi.alert.kinds import ALERT_KINDS
from kizashi.slo.budget import BudgetLevel
from kizashi.slo.standing import Urgency

#: What an objective's data looks like.
STATES: Mapping[str, str] = {
    "live": "status.state.live",
    "idle": "status.state.idle",
    "absent": "status.state.absent",
    "broken": "status.state.broken",
    "unknown": "status.state.unknown",
    "invalid": "status.state.invalid",
}
#: Where an alert stands.
PHASES: Mapping[str, str] = {
    "inactive": "alert.state.inactive",
    "pending": "alert.state.pending",
    "firing": "alert.state.firing",
    "frozen": "alert.state.frozen",
    "resolved": "alert.state.resolved",
}
#: How urgent an alert is.
SEVERITIES: Mapping[str, str] = {"page": "ui.level.page", "ticket": "ui.level.ticket"}
#: How much something needs a person.
LEVELS: Mapping[Urgency, str] = {
    Urgency.PAGE: "ui.level.page",
    Urgency.FROZEN: "ui.level.frozen",
    Urgency.TICKET: "ui.level.ticket",
    Urgency.PENDING: "ui.level.pending",
    Urgency.INVALID: "ui.level.invalid",
    Urgency.BLIND: "ui.level.blind",
    Urgency.SPENT: "ui.level.spent",
    Urgency.CALM: "ui.level.calm",
}
#: The colour of what is left of a budget.
BUDGET_TONES: Mapping[BudgetLevel | None, str] = {
    None: "plain",
    BudgetLevel.AMPLE: "plain",
    BudgetLevel.LOW: "warning",
    BudgetLevel.SPENT: "bad",
}
#: What an alert is about.
ALERT_NAMES: Mapping[str, str] = {k.name: k.title for k in ALERT_KINDS.values()}
