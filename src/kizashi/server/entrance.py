"""Who is let in to a running server, and by what."""

import logging
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from kizashi.api.admission import standing
from kizashi.httpd.connection_metrics import ConnectionMetrics
from kizashi.httpd.descriptors import Shares
from kizashi.httpd.server import slots_of
from kizashi.model.outside import Outside
from kizashi.ports.clock import Clock
from kizashi.ports.effective import ConnectionsView
from kizashi.server.refusals import Refusals
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.tokens import SqlTokenStore

_LOG = logging.getLogger(__name__)


class Entrance:
    """The tokens, sessions and slots of a server.

    Args:
        state: Holds them.
        clock: The clock.
        registry: Takes the metrics.
        outside: How the server is reached from elsewhere, now.
        shares: How many may be connected.
    """

    def __init__(
        self,
        state: StateDatabase,
        clock: Clock,
        registry: CollectorRegistry,
        outside: Callable[[], Outside],
        shares: Shares,
    ) -> None:
        self.outside = outside
        self.slots = slots_of(shares, lambda peer: self.outside().trusts(peer))
        ConnectionMetrics(registry, self.slots)
        self.refused = Refusals(clock, registry).note
        self.tokens = SqlTokenStore(state)
        self.sessions = SqlSessionStore(state)
        self.standing = standing(
            self.tokens, self.sessions, clock, lambda: self.outside().needs_token
        )

    def connections(self) -> ConnectionsView:
        """Return how many are connected, and whom limits have struck."""
        slots, counts = self.slots, self.slots.counts
        return ConnectionsView(
            slots.taken,
            slots.most,
            counts.evicted.total(),
            counts.refused.total(),
            counts.timed_out.total(),
            counts.requests.total(),
        )


def tell_openness(outside: Outside, *, is_loopback: bool) -> None:
    """Say at a start, before anything else, how far reading is open."""
    if is_loopback and not outside.needs_token:
        _LOG.info(
            "reading needs no token from this machine; a proxy in front that passes"
            " requests on without a forwarding header opens it to everybody who"
            " reaches the proxy: set require_token: always in kizashi.yaml"
        )
