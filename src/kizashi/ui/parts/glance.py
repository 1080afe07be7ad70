"""How every service stands, now or at a time of the past."""

from collections.abc import Mapping

from kizashi.app.answers import ObjectiveView
from kizashi.app.standings import standings_of
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.cards import Group, grouped

Views = Mapping[tuple[str, str], ObjectiveView]
#: Objectives that are read before others get their turn.
_AT_ONCE = 100


async def glance(ask: Ask) -> tuple[list[Group], Views]:
    """Return the services, the worst first, and the figures that are known already.

    Now they stand in memory, and figures are worked out for what is shown alone. What
    is past is read from the ledger, service by service, between which others get
    their turn.
    """
    overview = ask.services.overview
    alerts = await ask.services.api.alerts.alerts(ask.at)
    services = overview.services()
    if ask.at is None:
        return grouped(services, overview.standings(alerts)), {}
    views: dict[tuple[str, str], ObjectiveView] = {}
    keys = [o.key for spec in services for o in spec.objectives]
    for start in range(0, len(keys), _AT_ONCE):
        views |= overview.objectives(keys[start : start + _AT_ONCE], ask.at)
        await ask.services.api.clock.sleep(0)
    return grouped(services, standings_of(views.values(), alerts)), views
