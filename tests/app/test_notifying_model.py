"""Whatever happens, in whatever order: nothing is lost, nobody hears what is not theirs.

Alerts fire, end, are silenced and acknowledged; routes change; deliveries fail, die,
or are interrupted; looks are late. A model of what each receiver believes is kept from
the outside, from what arrived alone.
"""

import json
from dataclasses import replace

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.payload import Sender
from kizashi.app.notifying import Audience, decide_notifications
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert, AlertChange, Attempt, Silence, SilenceMatcher
from kizashi.ports.outbox import Address
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.testing.memory_alerts import MemoryAlerts

S = 1_000
INTERVAL = 10 * S
NAMES = ("A", "B", "C", "D")
RECEIVERS = tuple(Receiver(name, (Webhook("http://x/"),)) for name in ("r1", "r2"))
ROUTES = [
    Route(receiver, group_by, wait_ms, INTERVAL, 35 * S)
    for receiver in ("r1", "r2")
    for group_by in ((), ("alertname",))
    for wait_ms in (0, 5 * S)
]


def key_of(name: str) -> str:
    return fingerprint(Labels.of(alertname=name))


class Notifying(RuleBasedStateMachine):
    """The engine, the store, the clock and the network are the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryAlerts()
        self.now_ms = 1_800_000_000_000
        self.route: Route | None = ROUTES[0]
        self.silenced: set[str] = set()
        #: What arrived: by receiver and group, the alerts last said to be firing.
        self.believes: dict[tuple[str, str], set[str]] = {}
        self.heard: set[tuple[str, str, str]] = set()
        self.untold: set[tuple[str, str, str]] = set()
        self.keys: dict[str, str] = {}

    @initialize(route=st.sampled_from(ROUTES))
    def configure(self, route: Route) -> None:
        self.route = route

    # What happens to alerts.

    def _set(self, name: str, phase: Phase) -> None:
        now_ms, key = self.now_ms, key_of(name)
        known = {a.id: a for a in self.store.every()}
        old = known.get(key, Alert(key, Labels.of(alertname=name), AlertState()))
        was_active = old.state.phase.is_active
        if phase.is_active and was_active:
            state = replace(old.state, phase=phase, since_ms=now_ms)
        elif phase.is_active:
            number = old.state.episode + 1
            state = AlertState(phase, now_ms, now_ms, now_ms, (True,), number)
            old = replace(old, acknowledged_by="", acknowledged_ms=None)
        elif phase is Phase.RESOLVED and was_active:
            state = replace(old.state, phase=phase, since_ms=now_ms)
        elif phase is Phase.INACTIVE and not was_active:
            state = AlertState(phase, now_ms, episode=old.state.episode)
        else:
            return
        change = AlertChange(replace(old, state=state), old.state.phase, now_ms, "{}")
        self.store.commit([change], now_ms)

    @rule(name=st.sampled_from(NAMES), frozen=st.booleans())
    def fire(self, name: str, frozen: bool) -> None:
        self._set(name, Phase.FROZEN if frozen else Phase.FIRING)

    @rule(name=st.sampled_from(NAMES), forgotten=st.booleans())
    def end(self, name: str, forgotten: bool) -> None:
        self._set(name, Phase.RESOLVED)
        if forgotten:
            self._set(name, Phase.INACTIVE)

    @rule(name=st.sampled_from(NAMES))
    def acknowledge(self, name: str) -> None:
        if key_of(name) in {
            a.id for a in self.store.every() if a.state.phase.is_active
        }:
            self.store.acknowledge(key_of(name), "kei", self.now_ms)

    @rule(name=st.sampled_from(NAMES))
    def silence(self, name: str) -> None:
        if name in self.silenced:
            self.silenced.remove(name)
            self.store.end_silence(name, self.now_ms)
        else:
            self.silenced.add(name)
            matcher = SilenceMatcher("alertname", "=", name)
            self.store.add_silence(
                Silence(name, (matcher,), 0, 2**60, "kei", "why", self.now_ms)
            )

    @rule(route=st.sampled_from([*ROUTES, None]))
    def reroute(self, route: Route | None) -> None:
        self.route = route

    # What time and the network do.

    @rule(seconds=st.integers(0, 60))
    def wait(self, seconds: int) -> None:
        self.now_ms += seconds * S

    @rule()
    def look(self) -> None:
        audience = Audience(self.route, RECEIVERS, Sender("http://kizashi"))
        moves = self.store.advance(
            lambda s: decide_notifications(s, audience, self.now_ms)
        )
        for new in moves.new:
            assert new.id not in self.keys
            self.keys[new.id] = new.payload
        assert moves.next_flush_ms is None or moves.next_flush_ms > self.now_ms

    def _waiting(self) -> list[tuple[Address, str, str]]:
        return [
            (address, w.id, w.payload)
            for address in self.store.addresses()
            for w in self.store.waiting(address)
        ]

    @precondition(lambda self: self._waiting())
    @rule(data=st.data(), twice=st.booleans(), fate=st.sampled_from("ddddfx"))
    def deliver(self, data: st.DataObject, twice: bool, fate: str) -> None:
        address, key, body = data.draw(st.sampled_from(self._waiting()))
        assert body == self.keys[key]
        if fate == "f":
            attempt = Attempt(key, self.now_ms, "notify.timeout", "")
            self.store.postpone(attempt, self.now_ms + S, None)
            return
        if fate == "x":
            attempt = Attempt(key, self.now_ms, "notify.status", "HTTP 404")
            for dead in self.store.give_up(attempt):
                # An end that could not be told is a dead letter for good.
                told = json.loads(self.keys[dead.id])
                self.untold |= {
                    (dead.receiver, dead.group_key, a["fingerprint"])
                    for a in told["alerts"]
                    if a["status"] == "resolved"
                }
            return
        # Killed between the answer and the note, it is sent once more.
        for _ in range(1 + twice):
            self._arrive(address, json.loads(body))
        self.store.delivered(Attempt(key, self.now_ms, "notify.delivered", ""))

    def _arrive(self, address: Address, told: dict[str, object]) -> None:
        lane = address.receiver, str(told["groupKey"])
        firing = {a["fingerprint"] for a in told["alerts"] if a["status"] == "firing"}  # type: ignore[attr-defined]
        ended = {a["fingerprint"] for a in told["alerts"] if a["status"] == "resolved"}  # type: ignore[attr-defined]
        assert firing or ended
        assert (told["status"] == "firing") == bool(firing)
        for alert in ended:
            # Nobody hears of an end who did not hear of the beginning.
            assert (*lane, alert) in self.heard
        self.heard |= {(*lane, alert) for alert in firing}
        self.believes[lane] = firing

    # What must hold.

    @invariant()
    def every_lane_keeps_its_order(self) -> None:
        lanes = [
            (address, key)
            for address in self.store.addresses()
            for key in [w.group_key for w in self.store.waiting(address)]
        ]
        assert len(lanes) == len(set(lanes))

    def teardown(self) -> None:
        """Let the network work and time pass: everybody knows what is so."""
        for _ in range(6):
            self.now_ms += 400 * S  # also past the ticks of groups without a route
            self.look()
            while waiting := self._waiting():
                for address, key, body in waiting:
                    self._arrive(address, json.loads(body))
                    self.store.delivered(
                        Attempt(key, self.now_ms, "notify.delivered", "")
                    )
        active = {a.id for a in self.store.every() if a.state.phase.is_active}
        muted = {key_of(n) for n in self.silenced}
        # Whatever is over, nobody believes to be firing any more.
        for lane, firing in self.believes.items():
            assert {f for f in firing if (*lane, f) not in self.untold} <= active
        # Whatever fires and is not silenced, the receiver of now knows.
        if self.route is not None:
            known = {
                alert
                for (receiver, _), firing in self.believes.items()
                if receiver == self.route.receiver
                for alert in firing
            }
            assert active - muted <= known


TestNotifying = Notifying.TestCase
TestNotifying.settings = settings(stateful_step_count=40)
