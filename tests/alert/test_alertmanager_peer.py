"""The same alerts, to the real Alertmanager and to us: the same notifications.

Alertmanager runs in real time, we on a clock of ours; the script leaves half a second
between a change and the tick that tells of it.
"""

import json
from asyncio import StreamWriter
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.alertmanager import running_alertmanager
from harness.targets import wait
from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.group import group_key
from kizashi.alert.payload import Sender, rfc3339
from kizashi.app.notifying import Audience, decide_notifications
from kizashi.clock import SystemClock
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert, AlertChange, Attempt
from kizashi.ports.outbox import OutboxChange
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.testing.memory_alerts import MemoryAlerts
from kizashi.testing.receivers import Received, ReceiverServer, status

pytestmark = [pytest.mark.anyio, pytest.mark.peer("prometheus-alertmanager")]

CLOCK = SystemClock()
URL = "http://kizashi:9470"
#: A tick every second, at .5; a repeat after 2.2 s is rounded up to 3 s.
WAIT_MS, INTERVAL_MS, REPEAT_MS = 500, 1_000, 2_200
LABELS = {
    "A": {"alertname": "A", "service": "x", "severity": "page", "instance": "b"},
    "B": {"alertname": "B", "service": "x", "severity": "page", "instance": "a"},
    "C": {"alertname": "C", "service": 'y"\\\n\té兆\u202e', "job": "j"},
    "D": {"alertname": "D", "service": "x", "severity": "page"},
    "E": {"alertname": "E", "cluster": "nobody's"},
    "F": {"alertname": "F", "service": "z"},
}
#: At which time, in milliseconds, which alerts fire and which end.
SCRIPT: Sequence[tuple[int, str, str]] = (
    (0, "ABCEF", ""),
    (200, "", "F"),  # before anyone was told: nobody is
    (1_000, "D", "E"),
    (2_000, "", "A"),
    (3_000, "A", "BD"),
    (4_000, "", "AC"),
)
END_MS = 5_000

Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Notice:
    """What was told, and when: milliseconds after the script began."""

    after_ms: int
    payload: Payload

    @property
    def tick(self) -> int:
        """At which tick of its group; none is early, and a machine may be slow."""
        return (self.after_ms - WAIT_MS + 50) // INTERVAL_MS


def said(notices: Sequence[Notice]) -> dict[str, list[object]]:
    """Return what each group was told, in order, and at which of its ticks."""
    told: dict[str, list[object]] = defaultdict(list)
    for notice in notices:
        payload = notice.payload
        alerts = [
            (a["labels"], a["status"], a["fingerprint"], a["startsAt"], a["endsAt"])
            for a in payload["alerts"]  # type: ignore[attr-defined]
        ]
        told[str(payload["groupKey"])].append(
            [
                notice.tick,
                payload["status"],
                payload["groupLabels"],
                payload["commonLabels"],
                payload["receiver"],
                payload["version"],
                payload["externalURL"],
                payload["truncatedAlerts"],
                alerts,
            ]
        )
    return told


async def by_alertmanager(folder: Path, start_ms: int) -> list[Notice]:
    """Play the script to the real one; return what its webhook got."""
    arrived: list[int] = []

    async def take(received: Received, writer: StreamWriter) -> None:
        arrived.append(CLOCK.now_ms())
        await status(200)(received, writer)

    sink = await ReceiverServer(answer=take).start()
    configuration = {
        "route": {
            "receiver": "team",
            "group_by": ["service"],
            "group_wait": f"{WAIT_MS}ms",
            "group_interval": f"{INTERVAL_MS}ms",
            "repeat_interval": f"{REPEAT_MS}ms",
        },
        "receivers": [{"name": "team", "webhook_configs": [{"url": sink.url()}]}],
    }
    async with running_alertmanager(folder, configuration) as server:
        offset_ms = CLOCK.now_ms() - start_ms
        begun: dict[str, int] = {}
        for at_ms, fire, end in SCRIPT:
            await wait((start_ms + offset_ms + at_ms - CLOCK.now_ms()) / 1000)
            begun |= dict.fromkeys(fire, start_ms + at_ms)
            alerts = [
                {
                    "labels": LABELS[name],
                    "annotations": {"summary": "s"},
                    # In the past, as its clock sees it: the difference is taken out.
                    "startsAt": rfc3339(begun[name] + offset_ms),
                    "generatorURL": "http://kizashi/x",
                    **(
                        {"endsAt": rfc3339(start_ms + at_ms + offset_ms)}
                        if name in end
                        else {}
                    ),
                }
                for name in fire + end
            ]
            await server.post(alerts)
        await wait((start_ms + offset_ms + END_MS - CLOCK.now_ms()) / 1000)
    await sink.close()
    bodies = [r.body.decode() for r in sink.received]
    for name, at_ms in _times(start_ms):
        bodies = [b.replace(rfc3339(at_ms + offset_ms), name) for b in bodies]
    return [
        Notice(at_ms - offset_ms - start_ms, json.loads(body))
        for at_ms, body in zip(arrived, bodies, strict=True)
    ]


def by_us(start_ms: int) -> list[Notice]:
    """Play the script to us, every 10 ms; return what our webhook is owed."""
    store = MemoryAlerts()
    route = Route("team", ("service",), WAIT_MS, INTERVAL_MS, REPEAT_MS)
    team = Receiver("team", (Webhook("http://sink/"),))
    audience = Audience(route, (team,), Sender(URL))
    new: list[tuple[int, str]] = []
    for after_ms in range(0, END_MS, 10):
        now_ms = start_ms + after_ms
        for at_ms, fire, end in SCRIPT:
            if at_ms == after_ms:
                _change(store, Phase.FIRING, fire, now_ms)
                _change(store, Phase.RESOLVED, end, now_ms)

        def decide(standing: object, now_ms: int = now_ms) -> OutboxChange:
            return decide_notifications(standing, audience, now_ms)  # type: ignore[arg-type]

        for one in store.advance(decide).new:
            new.append((after_ms, one.payload))
            store.delivered(Attempt(one.id, now_ms, "notify.delivered", ""))
    for name, at_ms in _times(start_ms):
        new = [(when, body.replace(rfc3339(at_ms), name)) for when, body in new]
    return [Notice(when, json.loads(body)) for when, body in new]


def _times(start_ms: int) -> list[tuple[str, int]]:
    return [(f"at {at_ms}", start_ms + at_ms) for at_ms, _, _ in SCRIPT]


def _change(store: MemoryAlerts, phase: Phase, names: str, now_ms: int) -> None:
    known = {a.id: a for a in store.every()}
    for name in names:
        labels = Labels.of(LABELS[name])
        key = fingerprint(labels)
        fired_ms = now_ms
        if phase is Phase.RESOLVED:
            fired_ms = known[key].state.fired_ms or 0
        state = AlertState(phase, now_ms, fired_ms, fired_ms, (True,), 1)
        change = AlertChange(Alert(key, labels, state), Phase.FIRING, now_ms, "{}")
        store.commit([change], now_ms)


async def test_the_same_alerts_lead_to_the_same_notifications(tmp_path: Path):
    start_ms = 1_800_000_000_123

    theirs = await by_alertmanager(tmp_path, start_ms)
    ours = by_us(start_ms)

    assert said(ours) == said(theirs)
    assert {len(told) for told in said(ours).values()} == {2, 3, 5}
    # Alone of its group, C is told at once, again after 2.2 s rounded up, and its end.
    alone = said(ours)[group_key(Labels.of(service=LABELS["C"]["service"]))]
    assert [told[0] for told in alone] == [0, 3, 4]  # type: ignore[index]
    our, their = ours[0].payload, theirs[0].payload
    our_alert, their_alert = our["alerts"][0], their["alerts"][0]  # type: ignore[index]
    assert kinds(our_alert) == kinds(their_alert)
    assert kinds(our) == {**kinds(their), "idempotencyKey": "str"}


def kinds(value: Mapping[str, object]) -> dict[str, str]:
    """Return the JSON type of every key."""
    return {name: type(inner).__name__ for name, inner in value.items()}
