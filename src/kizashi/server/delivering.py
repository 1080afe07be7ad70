"""One worker for each address: a receiver that hangs holds up nobody else."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from numpy.random import Generator

from kizashi.alert.retry import DeliveryResult, Failure, after_failure
from kizashi.declarations.receivers._base import ReceiverSettings
from kizashi.errors import StoreError
from kizashi.notify import load_notifier
from kizashi.ports.alerts import Attempt, NotificationRecord
from kizashi.ports.clock import Clock
from kizashi.ports.notifier import Notifier, Outcome, Outgoing
from kizashi.ports.outbox import Address, Outbox, PendingNotification
from kizashi.server.delivery_metrics import DeliveryMetrics

#: Without a wake-up, loops look this often all the same.
POLL_S = 5.0
STORE_FAILED_S = 1.0
#: After a mistake of ours a worker rests, so that no receiver is flooded.
MISTAKE_S = 5.0
#: How long a receiver may be missing from the configuration before what waits for it
#: becomes dead letters: long enough to notice and to put it back.
GRACE_S = 600.0
#: A receiver that has not answered after this is slow.
SLOW_S = 0.02
#: Groups that a slow receiver is told of at the same time. A quick one is told of one
#: after the other: a crash then leaves one notification in doubt, not sixteen.
MOST_AT_ONCE = 16
#: How far past its promise a worker may be before it counts as stuck.
_SLACK_S = 5.0
#: No pause is longer: the longest that a receiver may ask for, and then some.
_FAR_AHEAD_MS = 600_000

_LOG = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


class InThread(Protocol):
    """Runs a call that may wait for the disk, and returns what it returns."""

    def __call__(
        self, call: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Awaitable[_T]:
        """Return what the call returns."""
        ...


def notifier_of(settings: ReceiverSettings) -> Notifier:
    """Return what tells one integration of a receiver."""
    return load_notifier(settings.kind)(settings)


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What all workers share.

    Attributes:
        outbox: Where notifications wait.
        clock: The clock.
        metrics: Told of every attempt.
        rng: Spreads the attempts.
        on_dead: Called with every dead letter, in our event loop.
        notifiers: Returns what tells an integration.
        in_thread: Calls the store.
        connections: How many all workers together should have at once.
    """

    outbox: Outbox
    clock: Clock
    metrics: DeliveryMetrics
    rng: Generator
    on_dead: Callable[[NotificationRecord], None] = lambda _: None
    notifiers: Callable[[ReceiverSettings], Notifier] = notifier_of
    in_thread: InThread = asyncio.to_thread
    connections: int = 256


class Worker:
    """Delivers the notifications of one address, each group's in their order."""

    def __init__(
        self, address: Address, context: DeliveryContext, most: int = 1
    ) -> None:
        self.address = address
        #: How many groups it tells of at once, where its receiver is slow.
        self.most = most
        self.woken = asyncio.Event()
        self._context = context
        self._is_sending = False
        self._is_finishing = False
        self._settings: ReceiverSettings | None = None
        self._notifier: Notifier | None = None
        self._retired: list[Notifier] = []
        self._unnoted: list[Callable[[], Awaitable[None]]] = []
        now_s = context.clock.monotonic()
        self._gone_s: float | None = now_s
        self._due_by_s = now_s + POLL_S + _SLACK_S

    def use_settings(self, settings: ReceiverSettings | None) -> None:
        """Tell in this way from now on; None while the configuration has no way."""
        if settings == self._settings:
            return
        if self._notifier is not None:
            self._retired.append(self._notifier)
        self._settings = settings
        self._notifier = None if settings is None else self._context.notifiers(settings)
        self._gone_s = self._context.clock.monotonic() if settings is None else None
        self.woken.set()

    def late_since(self, now_s: float) -> float | None:
        """Return since when it has been stuck; None while it turns.

        Waiting for a slow receiver within its timeout is turning.
        """
        return self._due_by_s if self._due_by_s < now_s else None

    async def run_forever(self) -> None:
        """Deliver until cancelled, or until its address is gone and nothing is pending."""
        while True:
            self.woken.clear()
            due_by_s = self._due_by_s
            try:
                wait_s = await self._turn()
            except StoreError as error:
                wait_s = STORE_FAILED_S
                _LOG.error(
                    "deliveries could not be noted, trying again: %s",
                    error,
                    extra=_who(self.address),
                )
            except Exception:  # noqa: BLE001
                # It may come before every note of what arrived, again and again.
                _LOG.exception("delivering failed as it should not; going on")
                self._due_by_s = due_by_s
                if self._is_finishing:
                    return
                await self._context.clock.sleep(MISTAKE_S)
                continue
            if wait_s is None or self._is_finishing:
                return
            self._due_by_s = self._context.clock.monotonic() + wait_s + _SLACK_S
            await wait_for(self._context.clock, self.woken, wait_s)

    def finish(self) -> bool:
        """End after the answers that are under way; return whether any are."""
        self._is_finishing = self._is_sending
        return self._is_sending

    async def close(self) -> None:
        """Close all connections."""
        if self._notifier is not None:
            self._retired.append(self._notifier)
        # Run again, it makes new connections.
        self._settings = self._notifier = None
        await self._close_retired()

    async def _close_retired(self) -> None:
        while self._retired:
            await self._retired.pop().close()

    async def _turn(self) -> float | None:
        """Try what is due; return for how many seconds nothing is."""
        while self._unnoted:
            # What arrived is not sent again because the disk was full.
            await self._unnoted[0]()
            self._unnoted.pop(0)
        await self._close_retired()
        context = self._context
        waiting = await context.in_thread(context.outbox.waiting, self.address)
        if self._notifier is None:
            return await self._dead_letter_all(waiting)
        now_ms = context.clock.now_ms()
        due = [w for w in waiting if _is_due(w, now_ms)]
        if not due:
            ahead_ms = [w.next_attempt_ms - now_ms for w in waiting]
            return min([POLL_S, *(ms / 1000 for ms in ahead_ms)])
        await self._send(self._notifier, due)
        return 0.0

    async def _send(
        self, notifier: Notifier, due: Sequence[PendingNotification]
    ) -> None:
        """Try everything that is due; more of it at once, the slower the answers."""
        clock = self._context.clock
        timeout_s = 0 if self._settings is None else self._settings.timeout_ms / 1000
        left, at_once = deque(due), 1
        running: dict[asyncio.Future[None], float] = {}
        failed: BaseException | None = None
        self._is_sending = True
        try:
            while running or (left and not self._is_finishing):
                while left and len(running) < at_once and not self._is_finishing:
                    now_s = clock.monotonic()
                    self._due_by_s = now_s + timeout_s + _SLACK_S
                    attempt = self._attempt(notifier, left.popleft())
                    running[asyncio.ensure_future(attempt)] = now_s
                may_grow = left and at_once < self.most
                done = await _first_of(clock, running, SLOW_S if may_grow else None)
                now_s = clock.monotonic()
                if not done:
                    at_once = min(2 * at_once, self.most)
                elif all(now_s - running[each] < SLOW_S for each in done):
                    at_once = max(1, at_once // 2)
                for each in done:
                    del running[each]
                    failed = failed or each.exception()
        finally:
            self._is_sending = False
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        if failed is not None:
            raise failed

    async def _attempt(self, notifier: Notifier, one: PendingNotification) -> None:
        context = self._context
        began_ms = context.clock.now_ms()
        outcome = await _tell(notifier, Outgoing(one.id, one.payload, began_ms))
        ended_ms = context.clock.now_ms()
        attempt = Attempt(one.id, began_ms, outcome.code, outcome.answer)
        context.metrics.attempted(one.address, outcome.verdict)
        if outcome.verdict is DeliveryResult.DELIVERED:
            took_s = (ended_ms - one.created_ms) / 1000
            context.metrics.delivered(one.address, took_s)
            await self._note(
                partial(context.in_thread, context.outbox.delivered, attempt)
            )
            return
        again = after_failure(
            Failure(outcome.verdict, began_ms, ended_ms, outcome.asked_ms),
            created_ms=one.created_ms,
            tries=one.tries + 1,
            refused_since_ms=one.refused_since_ms,
            rng=context.rng,
        )
        if again is None:
            await self._note(partial(self._give_up, attempt))
            return
        _LOG.log(
            # Five hundred notifications to one dead receiver are one piece of news.
            logging.WARNING if one.tries == 0 else logging.DEBUG,
            "a notification did not arrive, it is tried again",
            extra=_who(one.address)
            | {"key": one.id, "outcome": outcome.code, "answer": outcome.answer},
        )
        await self._note(
            partial(
                context.in_thread,
                context.outbox.postpone,
                attempt,
                again.at_ms,
                again.refused_since_ms,
            )
        )

    async def _note(self, note: Callable[[], Awaitable[None]]) -> None:
        try:
            await note()
        except StoreError:
            self._unnoted.append(note)
            raise

    async def _dead_letter_all(
        self, waiting: Sequence[PendingNotification]
    ) -> float | None:
        """Dead-letter what is pending for an address that has been gone for too long."""
        clock = self._context.clock
        left_s = (self._gone_s or 0.0) + GRACE_S - clock.monotonic()
        if left_s > 0:
            return min(POLL_S, left_s)
        for one in waiting:
            attempt = Attempt(one.id, clock.now_ms(), "notify.no-receiver", "")
            await self._note(partial(self._give_up, attempt))
        return 0.0 if waiting else None

    async def _give_up(self, attempt: Attempt) -> None:
        context = self._context
        for record in await context.in_thread(context.outbox.give_up, attempt):
            _LOG.error(
                "a notification was abandoned",
                extra=_who(self.address)
                | {
                    "group": record.group_key,
                    "key": record.id,
                    "outcome": attempt.outcome,
                    "answer": attempt.answer,
                },
            )
            context.metrics.dead(record)
            context.on_dead(record)


async def wait_for(clock: Clock, woken: asyncio.Event, seconds: float) -> None:
    """Return after so many seconds, or as soon as someone wakes us."""
    if woken.is_set() or seconds <= 0:
        await clock.sleep(0)
        return
    timer = asyncio.ensure_future(clock.sleep(seconds))
    waking = asyncio.ensure_future(woken.wait())
    try:
        await asyncio.wait([timer, waking], return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        waking.cancel()


async def _first_of(
    clock: Clock, running: Iterable[asyncio.Future[None]], seconds: float | None
) -> set[asyncio.Future[None]]:
    """Return what is done as soon as anything is, nothing after so many seconds."""
    first = asyncio.FIRST_COMPLETED
    if seconds is None:
        return (await asyncio.wait(running, return_when=first))[0]
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        done, _ = await asyncio.wait({timer, *running}, return_when=first)
    finally:
        timer.cancel()
    return done - {timer}


def _is_due(waiting: PendingNotification, now_ms: int) -> bool:
    ahead_ms = waiting.next_attempt_ms - now_ms
    # A time of day that went back must not hold anything back for long.
    return ahead_ms <= 0 or ahead_ms > _FAR_AHEAD_MS


def _who(address: Address) -> dict[str, object]:
    integration = address.integration
    return {
        "receiver": address.receiver,
        "kind": integration.kind,
        "index": integration.index,
    }


async def _tell(notifier: Notifier, outgoing: Outgoing) -> Outcome:
    try:
        return await notifier.send(outgoing)
    except Exception as error:  # noqa: BLE001 - a mistake in one kind stops no other
        _LOG.exception("a notifier failed in a way that it should not")
        return Outcome(DeliveryResult.RETRY, "notify.internal", type(error).__name__)
