"""Every alert that Kizashi raises, one file each.

A new one is a file here and a row in ALERT_KINDS.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kizashi.alert.kinds import (
    data_loss,
    error_budget_burn,
    invalid_figures,
    notification_failed,
    store_damaged,
    store_failing,
    target_down,
)
from kizashi.alert.kinds._base import AlertKind, LabelledCondition, SelfKnowledge

#: By ``alertname``, those of objectives first.
ALERT_KINDS: Mapping[str, AlertKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            error_budget_burn.KIND,
            data_loss.KIND,
            invalid_figures.KIND,
            target_down.KIND,
            notification_failed.KIND,
            store_failing.KIND,
            store_damaged.KIND,
        )
    }
)


def own_conditions(server: SelfKnowledge) -> list[LabelledCondition]:
    """Return when every alert holds that Kizashi raises about itself."""
    return [
        condition
        for kind in ALERT_KINDS.values()
        for condition in kind.conditions(server)
    ]
