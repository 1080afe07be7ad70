"""Why a service stands where it does, in a sentence."""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest

from harness.answers import AT, availability
from kizashi.app.answers import NoteView
from kizashi.app.standings import ObjectiveStanding
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.standing import Burning, Urgency
from kizashi.ui.parts.cards import Group, card_of
from kizashi.ui.parts.words import Words

RATIO = RatioIndicator(
    valid=parse_selector("all_total"), bad=parse_selector("bad_total")
)
SPEC = ObjectiveSpec(
    "backend", "availability", Decimal("0.999"), RollingWindow(30 * 86_400_000), RATIO,
    display_name=LocalText("Availability", "可用性"),
)  # fmt: skip
SERVICE = ServiceSpec("backend", LocalText("b", "b"), objectives=(SPEC,))


@pytest.mark.parametrize(
    ("name", "level", "told"),
    [
        ("ErrorBudgetBurn", Urgency.TICKET, "burns at 2.00× the allowed pace"),
        (
            "InvalidFigures",
            Urgency.TICKET,
            "its figures cannot be right; a ticket since",
        ),
        ("DataLoss", Urgency.PAGE, "its data is lost since 1 min ago"),
    ],
)
def test_an_alert_of_data_is_not_told_as_a_burn(name: str, level: Urgency, told: str):
    standing = ObjectiveStanding(
        "backend", "availability", level, "live", Burning(2.0, "1h", "5m"), 0.5, 1.0,
        since=AT - 60, alert="id", alert_name=name,
    )  # fmt: skip
    words = Words("en", UTC, AT)
    views = {("backend", "availability"): availability()}

    card = card_of(Group(SERVICE, (standing,)), views, words)

    assert told in card.reason
    assert ("burns at" in card.reason) is (name == "ErrorBudgetBurn")


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Stored samples from A to B are damaged"), ("ja", "壊れています")],
)
def test_figures_that_damage_has_touched_say_so_where_they_are_listed(
    language: str, told: str
):
    standing = ObjectiveStanding(
        "backend", "availability", Urgency.CALM, "live", None, 0.5, 1.0,
        since=AT - 60, alert="", alert_name="",
    )  # fmt: skip
    params = {"rows": "1", "start": "A", "end": "B"}
    notes = (
        NoteView("ledger.damaged.samples", params),
        NoteView("ledger.simulated", {"until": "1"}),
    )
    view = replace(availability(), notes=notes)
    words = Words(language, UTC, AT)
    views = {("backend", "availability"): view}

    [line] = card_of(Group(SERVICE, (standing,)), views, words).lines

    [damage] = line.damage
    assert told in damage
