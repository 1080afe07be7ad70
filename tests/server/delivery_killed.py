"""The process that the kill tests of delivery kill.

usage: delivery_killed.py FOLDER URL FIRST COUNT

Fires alerts FIRST to FIRST + COUNT, waits until all were told, ends them, waits until
that was told too. Says a line for each change once it is stored, and goes on where an
earlier process was killed.
"""

import asyncio
import sys
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry

from kizashi.alert.fingerprint import fingerprint
from kizashi.clock import SystemClock
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert, AlertChange
from kizashi.ports.outbox import OutboxChange, OutboxState
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.server.delivering import DeliveryContext
from kizashi.server.delivery import Delivery
from kizashi.server.delivery_metrics import DeliveryMetrics
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import open_state
from kizashi.statedb.outbox import SqlOutbox

CLOCK = SystemClock()
ROUTE = Route("team", ("...",), 0, 100, 3_600_000)


def say(what: str) -> None:
    """Tell the parent what is stored."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


class Life:
    """One life of the process."""

    def __init__(self, folder: Path, url: str) -> None:
        database = open_state(folder, CLOCK.now_ms())
        self.store = SqlAlertStore(database)
        self.outbox = SqlOutbox(database)
        metrics = DeliveryMetrics(CollectorRegistry())
        rng = np.random.default_rng()
        self.delivery = Delivery(DeliveryContext(self.outbox, CLOCK, metrics, rng))
        team = Receiver("team", (Webhook(url),))
        self.delivery.apply(Configuration(route=ROUTE, receivers=(team,)), "http://k")

    def awake(self) -> int:
        """Return how many groups are awake."""
        groups: list[int] = []

        def count(standing: OutboxState) -> OutboxChange:
            groups.append(len(standing.groups))
            return OutboxChange()

        self.outbox.advance(count)
        return groups[0]

    async def change(self, phase: Phase, number: int) -> None:
        """Let an alert change its phase, unless an earlier life has done so."""
        labels = Labels.of(alertname="Killed", number=str(number))
        key, now_ms = fingerprint(labels), CLOCK.now_ms()
        if any(event.after is phase for event in self.store.history(key)):
            return
        known = {a.id: a for a in self.store.every()}
        before = known.get(key, Alert(key, labels, AlertState()))
        state = AlertState(phase, now_ms, now_ms, now_ms, (True,), 1)
        after = Alert(key, labels, state)
        change = AlertChange(after, before.state.phase, now_ms, "{}")
        await asyncio.to_thread(self.store.commit, [change], now_ms)
        say(f"{phase.value} {number}")
        self.delivery.wake()

    async def run(self, numbers: range) -> None:
        """Fire, wait, end, wait."""
        task = asyncio.create_task(self.delivery.run_forever())
        for number in numbers:
            await self.change(Phase.FIRING, number)
        await self.delivery.flush_now()
        while self.outbox.backlog().count:
            await CLOCK.sleep(0.01)
        for number in numbers:
            await self.change(Phase.RESOLVED, number)
        while self.awake() or self.outbox.backlog().count:
            await CLOCK.sleep(0.02)
        say("idle")
        await task


def main() -> None:
    """Live until killed."""
    folder, url, first, count = sys.argv[1:]
    numbers = range(int(first), int(first) + int(count))
    asyncio.run(Life(Path(folder), url).run(numbers))


if __name__ == "__main__":
    main()
