"""Alerts that Alertmanager would tell nobody about.

Source: Alertmanager configuration, ``<route>``, ``<matcher>`` and ``<receiver>``;
``amtool config routes test`` finds the same receivers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kizashi.lint._base import Expression, Found, Kind, Setting
from kizashi.lint.labelling import KnownLabels, labels_of
from kizashi.lint.route_tree import RouteNode
from kizashi.model.labels import escape_value

ALERT_NAME = "alertname"
#: Receivers that people make on purpose to tell nobody.
_NOBODY = re.compile(
    r"null|none|black-?hole|dev-?null|void|silent|noop|no-?op|drop|ignored?|deadend"
)


@dataclass(frozen=True, slots=True)
class ReachedReceiver:
    """A receiver that an alert may come to, and how."""

    receiver: str
    is_root: bool
    is_named: bool


def unrouted(expression: Expression, setting: Setting) -> Found:
    """Find alerts that come to receivers which tell nobody."""
    if expression.kind is not Kind.ALERT or not setting.routings:
        return
    known = labels_of(expression)
    told = []
    for routing in setting.routings:
        reached = list(receivers(routing.root, known))
        if any(r.receiver not in routing.deaf for r in reached):
            return
        if any(is_deliberate(each) for each in reached):
            return
        told.append((routing, reached))
    routing, reached = told[0]
    shown = ", ".join(
        f'{name}="{escape_value(value)}"' for name, value in sorted(known.fixed.items())
    )
    yield expression.finding(
        "lint.routed-nowhere",
        {
            "name": expression.name,
            "receiver": ", ".join(dict.fromkeys(r.receiver for r in reached)),
        },
        "",
        "lint.evidence.route",
        {"file": routing.file, "labels": f"{{{shown}}}"},
    )


def is_deliberate(reached: ReachedReceiver) -> bool:
    """Return whether somebody chose that this alert tells nobody."""
    if reached.is_named:
        return True
    return not reached.is_root and bool(_NOBODY.fullmatch(reached.receiver.lower()))


def receivers(
    node: RouteNode, known: KnownLabels, above: ReachedReceiver | None = None
) -> Iterator[ReachedReceiver]:
    """Yield every receiver that an alert may come to, given what is known of it."""
    names = {m.name for m in node.matchers if m.op.value in {"=", "=~"}}
    own = ReachedReceiver(
        node.receiver,
        is_root=above is None,
        is_named=ALERT_NAME in names or (above is not None and above.is_named),
    )
    for child in node.routes:
        matches = known.satisfies(child.matchers)
        if matches is not False:
            yield from receivers(child, known, own)
        if matches and not child.goes_on:
            break
    else:
        # A child that matched and goes on keeps the alert from its parent.
        if not any(known.satisfies(c.matchers) for c in node.routes):
            yield own
