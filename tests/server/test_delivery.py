"""From an alert to a delivered notification, second by second, on a clock of ours."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.retry import VERDICTS, DeliveryResult
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers._base import ReceiverSettings
from kizashi.declarations.receivers.log import LogSink
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.errors import StoreError
from kizashi.model.labels import Labels
from kizashi.ports.alerts import (
    Alert,
    AlertChange,
    Attempt,
    NotificationRecord,
    Silence,
    SilenceMatcher,
)
from kizashi.ports.notifier import Outcome, Outgoing
from kizashi.rules.alert_state import AlertState, Ending, Phase
from kizashi.server.delivering import GRACE_S, DeliveryContext
from kizashi.server.delivery import Delivery
from kizashi.server.delivery_metrics import DeliveryMetrics
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_alerts import MemoryAlerts

pytestmark = pytest.mark.anyio

P = ParamSpec("P")
T = TypeVar("T")
S = 1_000


async def at_once(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the store here: our clock does not wait for threads."""
    return call(*args, **kwargs)


@dataclass
class FakeReceiver:
    """Somebody at the other end. `answer` is a status code, ``hang`` or ``reset``."""

    clock: ManualClock
    timeout_s: float
    answer: int | str = 200
    takes_s: float = 0.0
    under_way: int = 0
    most_under_way: int = 0
    got: list[tuple[int, str, dict[str, object]]] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    is_closed: bool = False

    async def send(self, outgoing: Outgoing) -> Outcome:
        began_ms = self.clock.now_ms()
        self.tried.append(began_ms)
        answer = self.answer
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.clock.sleep(self.takes_s)
        self.under_way -= 1
        if answer == "hang":
            await self.clock.sleep(self.timeout_s)
            return Outcome(DeliveryResult.RETRY, "notify.timeout")
        if answer == "reset":
            return Outcome(DeliveryResult.RETRY, "notify.closed")
        if answer == "mistake":
            raise KeyError("a bug")
        verdict = VERDICTS[int(answer)]
        if verdict is DeliveryResult.DELIVERED:
            told = json.loads(outgoing.payload)
            self.got.append((began_ms, outgoing.id, told))
        return Outcome(verdict, "notify.status", f"HTTP {answer}")

    async def close(self) -> None:
        self.is_closed = True

    def said(self) -> list[tuple[str, str]]:
        """Return status and alert names of what arrived."""
        return [
            (
                str(told["status"]),
                "".join(a["labels"]["alertname"] for a in told["alerts"]),  # type: ignore[attr-defined]
            )
            for _, _, told in self.got
        ]


class FailingAlerts(MemoryAlerts):
    """A store whose disk is full whenever a test says so."""

    is_full = False
    is_wrong = False

    def delivered(self, attempt: Attempt) -> None:
        self._check()
        if self.is_wrong:
            raise LookupError("a mistake of ours")
        super().delivered(attempt)

    def advance(self, decide: Callable) -> object:  # type: ignore[override, type-arg]
        self._check()
        return super().advance(decide)

    def _check(self) -> None:
        if self.is_full:
            raise StoreError("the disk is full")


@dataclass
class World:
    """A delivery with its receivers; `A` to `Z` are alerts."""

    clock: ManualClock = field(default_factory=ManualClock)
    store: FailingAlerts = field(default_factory=FailingAlerts)
    receivers: dict[str, FakeReceiver] = field(default_factory=dict)
    dead: list[NotificationRecord] = field(default_factory=list)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    delivery: Delivery = field(init=False)
    task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.metrics = DeliveryMetrics(self.registry)
        self.build()

    def build(self, connections: int = 256) -> None:
        context = DeliveryContext(
            self.store,
            self.clock,
            self.metrics,
            np.random.default_rng(4),
            on_dead=self.dead.append,
            notifiers=self.notifier,
            in_thread=at_once,
            connections=connections,
        )
        self.delivery = Delivery(context, drain_s=0)

    def notifier(self, settings: ReceiverSettings) -> FakeReceiver:
        name = settings.url if isinstance(settings, Webhook) else settings.kind
        timeout_s = settings.timeout_ms / 1000 or 1.0
        found = self.receivers.setdefault(name, FakeReceiver(self.clock, timeout_s))
        found.is_closed = False
        return found

    def configure(
        self, *urls: str, route: Route | None = None, **more: Sequence[str]
    ) -> None:
        """Tell the team at these addresses; `more` are other receivers'."""
        receivers = [
            Receiver(name, tuple(Webhook(url) for url in each))
            for name, each in {"team": urls, **more}.items()
        ]
        default = Route("team", ("alertname",), 0, 60 * S, 3_600 * S)
        self.delivery.apply(
            Configuration(route=route or default, receivers=tuple(receivers)),
            "http://kizashi/",
        )

    async def start(self) -> None:
        self.task = asyncio.create_task(self.delivery.run_forever())
        await self.clock.settle()

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
            self.task = None

    async def restart(self) -> None:
        """Die in the middle of everything, and start again with the same store."""
        await self.stop()
        for receiver in self.receivers.values():
            assert receiver.is_closed
        self.build()

    async def change(self, phase: Phase, *names: str, severity: str = "page") -> None:
        """Let alerts change their phase now."""
        now_ms = self.clock.now_ms()
        known = {a.id: a for a in self.store.every()}
        changes = []
        for name in names:
            labels = Labels.of(alertname=name, severity=severity)
            key = fingerprint(labels)
            old = known.get(key, Alert(key, labels, AlertState()))
            episode = old.state.episode + (
                phase is Phase.FIRING and not old.state.phase.is_active
            )
            state = AlertState(phase, now_ms, now_ms, now_ms, (True,), episode)
            if phase is Phase.RESOLVED:
                state = replace(
                    old.state, phase=phase, since_ms=now_ms, ending=Ending.DATA
                )
            changes.append(
                AlertChange(
                    replace(old, state=state), old.state.phase, now_ms, '{"why": 1}'
                )
            )
        self.store.commit(changes, now_ms)
        self.delivery.wake()
        await self.clock.settle()

    async def fire(self, *names: str, severity: str = "page") -> None:
        await self.change(Phase.FIRING, *names, severity=severity)

    def still_s(self) -> float:
        """Return for how long delivery has stood still."""
        return self.clock.monotonic() - self.delivery.last_progress_s()

    async def resolve(self, *names: str) -> None:
        await self.change(Phase.RESOLVED, *names)

    def states(self) -> Counter[str]:
        return Counter(n.state for n in self.store.notifications(limit=10_000))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.stop()


async def test_an_alert_is_told_at_once_and_so_is_its_end_at_the_next_tick(
    world: World,
):
    world.configure("a")
    await world.start()

    await world.fire("A")
    await world.clock.advance(30)
    await world.resolve("A")
    await world.clock.advance(29)
    assert world.receivers["a"].said() == [("firing", "A")]
    await world.clock.advance(1)

    assert world.receivers["a"].said() == [("firing", "A"), ("resolved", "A")]
    assert world.states() == Counter(delivered=2)


OUTAGES = [500, 503, 400, 401, 403, 404, 410, 429, 301, "hang", "reset", "mistake"]


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(answer, 25) for answer in OUTAGES] + [(500, 600), (404, 600), ("hang", 600)],
)
async def test_what_was_owed_in_an_outage_arrives_within_ten_seconds_of_its_end(
    world: World, answer: int | str, seconds: int
):
    world.configure("a")
    await world.start()
    receiver = world.receivers["a"]
    receiver.answer = answer
    names = [f"A{n}" for n in range(20)]
    await world.fire(*names)
    await world.clock.advance(seconds)
    assert receiver.got == []

    receiver.answer = 200
    back_ms = world.clock.now_ms()
    await world.clock.advance(10)

    arrived = Counter(name for _, name in receiver.said())
    assert arrived == Counter(names)
    assert max(at for at, _, _ in receiver.got) - back_ms <= 10 * S
    assert world.dead == []


async def test_five_hundred_notifications_survive_a_receiver_that_hangs(world: World):
    world.configure("a")
    await world.start()
    receiver = world.receivers["a"]
    receiver.answer = "hang"
    names = [f"A{n}" for n in range(500)]
    await world.fire(*names)
    await world.clock.advance(25)

    receiver.answer = 200
    for _ in range(100):  # this clock gives a step only so much to do
        await world.clock.advance(0.1)

    assert Counter(name for _, name in receiver.said()) == Counter(names)


async def test_a_receiver_that_hangs_holds_up_nobody_else(world: World):
    world.configure("a", "b", "c", "d", "e")
    await world.start()
    world.receivers["a"].answer = "hang"

    for n in range(50):
        await world.fire(f"A{n}")
        await world.clock.advance(1)

    for name in "bcde":
        took = [
            at - world.store.notifications(fired, limit=9)[-1].created_ms
            for at, _, told in world.receivers[name].got
            for fired in [told["alerts"][0]["fingerprint"]]  # type: ignore[index]
        ]
        assert len(took) == 50
        assert max(took) <= 5 * S


@pytest.mark.parametrize(("takes_s", "at_once"), [(0.0, 1), (0.2, 16)])
async def test_only_a_slow_receiver_is_told_of_several_groups_at_once(
    world: World, takes_s: float, at_once: int
):
    world.configure("a")
    await world.start()
    receiver = world.receivers["a"]
    receiver.takes_s = takes_s
    names = [f"A{n}" for n in range(40)]

    await world.fire(*names)
    await world.clock.advance(3)

    assert Counter(name for _, name in receiver.said()) == Counter(names)
    assert receiver.most_under_way == at_once


async def test_a_restart_in_the_middle_of_an_outage_loses_nothing(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")
    await world.clock.advance(12)
    key = world.store.notifications()[0].id

    await world.restart()
    await world.fire("B")
    world.configure("a")
    world.receivers["a"].answer = 200
    await world.start()
    await world.clock.advance(10)

    assert sorted(world.receivers["a"].said()) == [("firing", "A"), ("firing", "B")]
    assert key in {k for _, k, _ in world.receivers["a"].got}


async def test_the_end_waits_behind_the_beginning_when_nothing_arrives(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")
    await world.clock.advance(30)
    await world.resolve("A")
    await world.clock.advance(60)

    world.receivers["a"].answer = 200
    await world.clock.advance(10)

    assert world.receivers["a"].said() == [("firing", "A"), ("resolved", "A")]


async def test_refusals_are_a_dead_letter_after_half_an_hour_and_are_owed_again(
    world: World,
):
    world.configure("a")
    await world.start()
    receiver = world.receivers["a"]
    receiver.answer = 404
    await world.fire("A")

    await world.clock.advance(30 * 60 + 10)

    (record,) = world.dead
    assert (record.state, record.receiver, record.kind) == ("dead", "team", "webhook")
    assert record.attempts[-1].answer == "HTTP 404"
    assert (
        world.registry.get_sample_value(
            "kizashi_notifications_dead_total", {"receiver": "team", "kind": "webhook"}
        )
        == 1.0
    )
    # It still fires: the next tick owes it anew.
    receiver.answer = 200
    await world.clock.advance(70)
    assert receiver.said() == [("firing", "A")]


async def test_a_day_of_silence_is_the_end_and_nobody_hears_of_the_end_alone(
    world: World,
):
    world.configure("a")
    await world.start()
    receiver = world.receivers["a"]
    receiver.answer = "reset"
    await world.fire("A")
    await world.clock.advance(60)
    await world.resolve("A")

    await world.clock.advance(3_600)
    tries = len(receiver.tried)
    await world.clock.advance(600)
    # A minute apart after the first hour: it is not hammered.
    assert 10 <= len(receiver.tried) - tries <= 20
    world.clock.jump(23 * 3_600 * S)
    await world.clock.advance(70)
    assert [d.state for d in world.dead] == ["dead", "dead"]
    receiver.answer = 200
    await world.clock.advance(600)

    assert receiver.got == []
    assert world.states() == Counter(dead=2)


async def test_a_receiver_taken_away_leaves_dead_letters_after_a_grace(world: World):
    world.configure("a", boss=["b"])
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")

    world.configure(route=Route("boss", (), 0, 60 * S), boss=["b"])
    await world.clock.advance(GRACE_S - 30)
    assert world.dead == []
    assert world.receivers["a"].is_closed
    await world.clock.advance(40)

    assert [(d.receiver, d.attempts[-1].outcome) for d in world.dead] == [
        ("team", "notify.no-receiver")
    ]
    assert world.receivers["b"].said() == [("firing", "A")]


async def test_a_receiver_put_back_within_the_grace_gets_what_it_is_owed(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")
    world.configure()
    await world.clock.advance(60)

    world.receivers["a"].answer = 200
    world.configure("a")
    await world.clock.advance(10)

    assert world.receivers["a"].said() == [("firing", "A")]
    assert world.dead == []


async def test_a_new_route_tells_the_new_and_the_end_goes_to_both(world: World):
    world.configure("a", boss=["b"])
    await world.start()
    await world.fire("A")

    world.configure("a", route=Route("boss", ("severity",), 0, 60 * S), boss=["b"])
    await world.clock.advance(120)
    await world.resolve("A")
    await world.clock.advance(60)

    for name in "ab":
        assert world.receivers[name].said() == [("firing", "A"), ("resolved", "A")]


async def test_without_a_route_nobody_is_told(world: World):
    world.delivery.apply(Configuration(), "http://kizashi")
    await world.start()

    await world.fire("A")
    await world.clock.advance(3_600)

    assert world.states() == Counter()


def silence(world: World, ends_s: float) -> Silence:
    now_ms = world.clock.now_ms()
    matcher = SilenceMatcher("alertname", "=", "A")
    ends_ms = now_ms + round(ends_s * S)
    return Silence("s1", (matcher,), now_ms, ends_ms, "kei", "why", now_ms)


async def test_a_silenced_alert_is_told_after_the_silence_and_on_record_before(
    world: World,
):
    world.configure("a")
    world.store.add_silence(silence(world, 90))
    await world.start()

    await world.fire("A")
    await world.clock.advance(119)
    (record,) = world.store.notifications()
    assert (record.state, record.muted_by, record.attempts) == ("muted", ("s1",), ())
    assert world.receivers["a"].got == []
    await world.clock.advance(2)

    assert world.receivers["a"].said() == [("firing", "A")]


async def test_an_acknowledged_alert_is_not_repeated_and_its_end_is_told(world: World):
    world.configure("a")
    await world.start()
    await world.fire("A", "B")
    (a,) = [x for x in world.store.every() if x.labels.get("alertname") == "A"]
    world.store.acknowledge(a.id, "kei", world.clock.now_ms())

    await world.clock.advance(2 * 3_600 + 60)
    await world.resolve("A")
    await world.clock.advance(60)

    said = Counter(world.receivers["a"].said())
    assert said == {("firing", "A"): 1, ("firing", "B"): 3, ("resolved", "A"): 1}


async def test_a_full_disk_delays_the_note_but_sends_nothing_twice(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")

    world.store.is_full = True
    world.receivers["a"].answer = 200
    await world.clock.advance(60)
    assert world.receivers["a"].said() == [("firing", "A")]
    world.store.is_full = False
    await world.clock.advance(5)

    assert world.receivers["a"].said() == [("firing", "A")]
    assert world.states() == Counter(delivered=1)


async def test_a_mistake_of_ours_floods_nobody_and_ends_no_deliveries(world: World):
    world.configure("a")
    await world.start()
    world.store.is_wrong = True
    await world.fire("A")
    await world.clock.advance(60)
    # Sent once in five seconds, under the same key; and it does not count as turning.
    assert len(world.receivers["a"].got) <= 13
    assert len({key for _, key, _ in world.receivers["a"].got}) == 1
    assert world.clock.monotonic() - world.delivery.last_progress_s() > 20

    world.store.is_wrong = False
    await world.clock.advance(10)
    assert world.states() == Counter(delivered=1)
    assert world.clock.monotonic() - world.delivery.last_progress_s() <= 10


async def test_an_alert_that_fires_while_the_disk_is_full_is_told_afterwards(
    world: World,
):
    world.configure("a")
    await world.start()
    world.store.is_full = True
    await world.fire("A")
    await world.clock.advance(60)
    assert world.delivery.store_error == "the disk is full"

    world.store.is_full = False
    await world.clock.advance(2)

    assert world.receivers["a"].said() == [("firing", "A")]
    assert world.delivery.store_error is None


async def test_a_time_of_day_that_jumps_tells_nobody_anything(world: World):
    world.configure("a")
    await world.start()
    await world.fire("A")
    await world.clock.advance(10)

    for hours in (-24, 24, -2, 2):
        world.clock.jump(hours * 3_600 * S)
        await world.clock.advance(130)
    told = len(world.receivers["a"].got)
    await world.resolve("A")
    await world.clock.advance(130)

    # Once, and again at most after each jump beyond the hour of repeating.
    assert told <= 3
    assert world.receivers["a"].said()[told:] == [("resolved", "A")]


async def test_what_waits_is_tried_soon_although_the_time_of_day_went_back(
    world: World,
):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")
    await world.clock.advance(30)

    world.clock.jump(-24 * 3_600 * S)
    world.receivers["a"].answer = 200
    await world.clock.advance(10)

    assert world.receivers["a"].said() == [("firing", "A")]


async def test_a_reload_with_another_address_closes_the_old_and_uses_the_new(
    world: World,
):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = 500
    await world.fire("A")

    world.configure("b")
    await world.clock.advance(10)

    assert world.receivers["a"].is_closed
    assert world.receivers["b"].said() == [("firing", "A")]


async def test_every_kind_of_a_receiver_is_told(world: World):
    team = Receiver("team", (Webhook("a", send_resolved=False), LogSink()))
    world.delivery.apply(
        Configuration(
            route=Route("team", (), 0, 60 * S), receivers=(team,), language="ja"
        ),
        "http://kizashi",
    )
    await world.start()
    await world.fire("A")
    await world.resolve("A")
    await world.clock.advance(61)

    assert world.receivers["a"].said() == [("firing", "A")]
    assert world.receivers["log"].said() == [("firing", "A"), ("resolved", "A")]
    _, _, told = world.receivers["log"].got[0]
    assert told["commonAnnotations"]["summary"] == "A が発報しています"  # type: ignore[index]
    assert told["externalURL"] == "http://kizashi"


async def test_it_turns_while_a_receiver_hangs_and_not_while_its_store_does(
    world: World,
):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = "hang"
    await world.fire("A", severity="ticket")
    for _ in range(30):
        await world.clock.advance(2)
        assert world.still_s() <= 6

    world.store.is_full = True
    await world.clock.advance(60)

    assert world.clock.monotonic() - world.delivery.last_progress_s() >= 55


async def test_a_worker_that_is_stuck_shows(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = "hang"
    world.receivers["a"].timeout_s = 1_000.0
    await world.fire("A")

    await world.clock.advance(60)

    assert world.clock.monotonic() - world.delivery.last_progress_s() >= 45


async def test_a_tick_before_the_start_tells_of_what_fired_in_an_earlier_life(
    world: World,
):
    world.configure("a")
    await world.fire("A")

    await world.delivery.flush_now()
    await world.resolve("A")
    await world.start()
    await world.clock.advance(61)

    assert world.receivers["a"].said() == [("firing", "A"), ("resolved", "A")]


@pytest.mark.parametrize("answer", ["hang", 500, 404, "reset"])
async def test_a_page_that_waits_stands_still_from_when_it_was_owed(
    world: World, answer: int | str
):
    world.configure("a", "b")
    await world.start()
    world.receivers["a"].answer = answer
    await world.clock.advance(100)
    await world.fire("A")

    await world.clock.advance(50)

    assert world.receivers["b"].said() == [("firing", "A")]
    assert world.still_s() == pytest.approx(50, abs=0.01)
    world.receivers["a"].answer = 200
    await world.clock.advance(15)
    assert world.still_s() <= 6


async def test_a_receiver_that_is_out_with_no_page_to_tell_turns(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = "hang"
    await world.fire("A", severity="ticket")
    await world.clock.advance(600)
    assert world.still_s() <= 6


async def test_an_end_that_waits_turns_and_so_does_a_page_that_was_told(world: World):
    world.configure("a")
    await world.start()
    await world.fire("A", "B")
    await world.clock.advance(30)
    world.receivers["a"].answer = "hang"
    await world.resolve("A")
    # The end of one, and the repetition of the other.
    await world.clock.advance(3_700)
    assert world.states() == Counter(delivered=2, pending=2)
    assert world.still_s() <= 6


async def test_a_page_behind_a_ticket_of_its_group_stands_still(world: World):
    world.configure("a", route=Route("team", (), 0, 10 * S, 3_600 * S))
    await world.start()
    world.receivers["a"].answer = "hang"
    await world.fire("T", severity="ticket")
    await world.clock.advance(25)
    assert world.still_s() <= 6
    await world.fire("P")

    await world.clock.advance(45)

    # It was owed at the group's next tick, five seconds after it fired.
    assert world.still_s() == pytest.approx(40, abs=0.01)


async def test_a_page_of_an_earlier_life_has_as_long_as_a_new_one(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = "hang"
    await world.fire("A")
    await world.clock.advance(300)
    await world.restart()
    world.configure("a")

    await world.start()

    assert world.still_s() <= 6
    await world.clock.advance(60)
    assert world.still_s() == pytest.approx(60, abs=0.1)


async def test_a_page_to_a_receiver_that_is_none_any_more_turns(world: World):
    world.configure("a")
    await world.start()
    world.receivers["a"].answer = "hang"
    await world.fire("A")
    await world.clock.advance(60)
    assert world.still_s() >= 59

    world.configure("b")
    await world.clock.advance(10)

    assert world.still_s() <= 6


async def test_receivers_share_the_connections_that_there_are(world: World):
    world.build(connections=12)
    world.configure("a", "b", "c")
    await world.start()
    for name in "ab":
        world.receivers[name].answer = "hang"
    names = [f"A{n}" for n in range(40)]

    await world.fire(*names)
    await world.clock.advance(4)

    # None of them has been answered yet, nor timed out.
    assert [len(world.receivers[name].tried) for name in "ab"] == [4, 4]
    assert Counter(name for _, name in world.receivers["c"].said()) == Counter(names)
