"""Notifies people: groups are flushed here, and workers deliver what is pending."""

import asyncio
import logging
from functools import partial

from kizashi.alert.payload import Sender
from kizashi.app.notifying import Audience, decide_notifications
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.receivers._base import ReceiverSettings
from kizashi.errors import StoreError
from kizashi.messages import DEFAULT_LANGUAGE
from kizashi.ports.outbox import Address, Backlog
from kizashi.server.delivering import (
    MOST_AT_ONCE,
    POLL_S,
    STORE_FAILED_S,
    DeliveryContext,
    Worker,
    wait_for,
)

#: History of alerts and finished notifications are kept for this long.
KEEP_MS = 90 * 86_400_000
#: How long an end in good order waits for answers that are under way.
DRAIN_S = 5.0
_FORGET_EVERY_S = 3_600.0

_LOG = logging.getLogger(__name__)


class Delivery:
    """Turns alerts into notifications and delivers them, until cancelled.

    Belongs to one event loop, but for `wake`. Every state is in the store: a process
    that dies at any moment leaves what is pending to the next one, which sends it again,
    under the same idempotency key, where it cannot know whether it arrived.
    """

    def __init__(self, context: DeliveryContext, drain_s: float = DRAIN_S) -> None:
        """Put delivery together; nobody is told before `apply` says who is.

        Args:
            context: What it works with.
            drain_s: How long an end in good order waits for answers under way.
        """
        self._context = context
        self._drain_s = drain_s
        self._audience = Audience(None, (), Sender(""))
        self._settings: dict[Address, ReceiverSettings] = {}
        self._workers: dict[Address, Worker] = {}
        self._tasks: dict[Address, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turned_s = self._began_s = context.clock.monotonic()
        self._forget_s = self._turned_s
        #: Since when addresses wait for a page, in monotonic seconds.
        self._pages_s: dict[Address, float] = {}
        #: Why the newest attempt to store notifications failed, or None.
        self.store_error: str | None = None

    def apply(self, configuration: Configuration, external_url: str) -> None:
        """Tell other people, or otherwise, from now on.

        Args:
            configuration: Its route, receivers and language count.
            external_url: Where people reach this Kizashi.
        """
        language = configuration.language or DEFAULT_LANGUAGE
        sender = Sender(external_url.rstrip("/"), language)
        receivers = configuration.receivers
        self._audience = Audience(configuration.route, receivers, sender)
        self._settings = {
            Address(receiver.name, integration): settings
            for receiver in receivers
            for integration, settings in receiver.integrations.items()
        }
        for address in self._settings:
            self._worker_for(address)
        for address, worker in self._workers.items():
            worker.use_settings(self._settings.get(address))
        self.wake()

    def wake(self) -> None:
        """Look at alerts soon; may be called from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            self._woken.set()
        else:
            loop.call_soon_threadsafe(self._woken.set)

    def last_progress_s(self) -> float:
        """Return when the chain last turned as a whole, in monotonic seconds.

        A page that does not arrive stands still from when it was created, whatever
        its receiver answers meanwhile: whom it should wake is asleep. A receiver that
        is not to hear of a page may be out for as long as it likes.
        """
        now_s = self._context.clock.monotonic()
        late = [worker.late_since(now_s) for worker in self._workers.values()]
        pages = [at for to, at in self._pages_s.items() if to in self._settings]
        return min([self._turned_s, *pages, *(s for s in late if s is not None)])

    async def flush_now(self) -> int | None:
        """Flush every group that is due; return when the next one is.

        Called before alerts are stepped for the first time after a start, it tells of
        those that fired before the end of the last process.

        Raises:
            StoreError: If nothing was stored.
        """
        context = self._context
        decide = partial(
            decide_notifications, audience=self._audience, now_ms=context.clock.now_ms()
        )
        moves = await context.in_thread(context.outbox.advance, decide)
        for new in moves.new:
            if new.muted_by:
                context.metrics.muted(new.address)
            else:
                self._worker_for(new.address).woken.set()
        return moves.next_flush_ms

    async def run_forever(self) -> None:
        """Flush groups and deliver until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._resume()
            while True:
                self._woken.clear()
                try:
                    wait_s = await self._turn()
                    self.store_error = None
                except StoreError as error:
                    wait_s = STORE_FAILED_S
                    self.store_error = str(error)
                    _LOG.error(
                        "notifications could not be stored, trying again: %s", error
                    )
                await wait_for(self._context.clock, self._woken, wait_s)
        finally:
            self._loop = None
            await self._stop()

    async def _turn(self) -> float:
        context = self._context
        for address in self._settings:
            self._worker_for(address)
        next_ms = await self.flush_now()
        backlog = await context.in_thread(context.outbox.backlog)
        context.metrics.backlog(backlog)
        self._turned_s = context.clock.monotonic()
        self._note_pages(backlog)
        await self._forget()
        if next_ms is None:
            return POLL_S
        return min(POLL_S, (next_ms - context.clock.now_ms()) / 1000)

    def _note_pages(self, backlog: Backlog) -> None:
        # What an earlier process left pending counts from our start: we have not failed.
        ahead_s = self._turned_s - self._context.clock.now_ms() / 1000
        self._pages_s = {
            address: max(
                self._began_s, min(self._turned_s, created_ms / 1000 + ahead_s)
            )
            for address, created_ms in backlog.pages.items()
        }

    async def _forget(self) -> None:
        context = self._context
        now_s = context.clock.monotonic()
        if now_s >= self._forget_s:
            before_ms = context.clock.now_ms() - KEEP_MS
            await context.in_thread(context.outbox.forget, before_ms)
            self._forget_s = now_s + _FORGET_EVERY_S

    async def _resume(self) -> None:
        """Put everyone to work, also for those whom the configuration lacks by now."""
        for address in await self._pending():
            self._worker_for(address)
        for address in list(self._workers):
            self._start(address)

    async def _pending(self) -> list[Address]:
        while True:
            try:
                return await self._context.in_thread(self._context.outbox.addresses)
            except StoreError as error:
                _LOG.error("notifications cannot be read, trying again: %s", error)
                await self._context.clock.sleep(STORE_FAILED_S)

    def _worker_for(self, address: Address) -> Worker:
        worker = self._workers.get(address)
        if worker is None:
            worker = Worker(address, self._context)
            worker.use_settings(self._settings.get(address))
            self._workers[address] = worker
            self._share_connections()
            if self._loop is not None:
                self._start(address)
        return worker

    def _share_connections(self) -> None:
        """Let a receiver that hangs hold its own part of the connections only."""
        each = self._context.connections // len(self._workers)
        for worker in self._workers.values():
            worker.most = max(1, min(MOST_AT_ONCE, each))

    def _start(self, address: Address) -> None:
        if address in self._tasks:
            return
        worker = self._workers[address]
        worker.use_settings(self._settings.get(address))
        task = asyncio.create_task(
            worker.run_forever(), name=f"deliver to {address.receiver}"
        )
        self._tasks[address] = task
        task.add_done_callback(partial(self._ended, address))

    def _ended(self, address: Address, task: asyncio.Task[None]) -> None:
        if self._tasks.get(address) is task:
            del self._tasks[address]
            self._workers.pop(address, None)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("a worker ended that should not have", exc_info=task.exception())
            # The next look at what is pending employs a new one.
            self._worker_for(address)

    async def _stop(self) -> None:
        workers, tasks = dict(self._workers), dict(self._tasks)
        sending = []
        for address, task in tasks.items():
            if workers[address].finish():
                sending.append(task)
            else:
                task.cancel()
        if sending:
            await asyncio.wait(sending, timeout=self._drain_s)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        for worker in workers.values():
            await worker.close()
