"""Watches over what is stored: looks through all of it, and tells what is damaged."""

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from kizashi.alert.kinds._base import FileDamage, SelfKnowledge
from kizashi.app.answers import NoteView
from kizashi.errors import KizashiError, StoreError
from kizashi.offline.upgrading import SAMPLES
from kizashi.ports.clock import Clock
from kizashi.server.feed import ScrapeFeed
from kizashi.server.stores import Stores
from kizashi.statedb.database import FILE_NAME

#: After a start, let it become ready first; then once a day.
_FIRST_LOOK_S = 5.0
_EVERY_S = 86_400.0
#: Rests this many times as long as it has worked: it must not be felt.
_REST = 4
_LONGEST_REST_S = 1.0
_TEND_S = 1.0
_ASIDE_AGAIN_S = 60.0
_HOUR_MS = 3_600_000
_TOLD_MS = 24 * _HOUR_MS


_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class StoreWatch:
    """Belongs to one event loop."""

    stores: Stores
    clock: Clock
    feed: ScrapeFeed | None = None
    _has_failed: bool = False
    _known: int = 0
    _news_s: float = -1e9
    _asked: tuple[int, int, int] = (-1, 0, 0)
    _aside_again_s: float = -1e9
    _aside: Mapping[str, int] = field(default_factory=dict)
    _has_told: bool = False

    async def run_forever(self) -> None:
        """Keep the reserve, and look through everything."""
        await asyncio.gather(self.look_forever(), self.tend_forever())

    async def look_forever(self) -> None:
        """Look through samples and ledger soon after the start, and every day."""
        rest = _Rest()
        try:
            await self.clock.sleep(_FIRST_LOOK_S)
            while True:
                await asyncio.to_thread(self._look_through, rest)
                await self.clock.sleep(_EVERY_S)
        finally:
            rest.ended.set()

    async def tend_forever(self) -> None:
        """Keep the reserve of the disk, or give it up; set damaged rows aside."""
        while True:
            await asyncio.to_thread(self.stores.reserve.tend)
            await asyncio.to_thread(self.put_aside)
            await self.clock.sleep(_TEND_S)

    def put_aside(self) -> None:
        """Let nobody act upon rows that were met damaged; whom one was for is told."""
        now_s = self.clock.monotonic()
        if now_s < self._aside_again_s:
            return
        try:
            self.stores.state.set_damaged_aside(self.clock.now_ms())
        except StoreError as error:
            # It reads everything: not again every second.
            self._aside_again_s = now_s + _ASIDE_AGAIN_S
            _LOG.error("damaged rows could not be set aside: %s", error)

    def _look_through(self, rest: "_Rest") -> None:
        """Read everything once, slowly; what is damaged is then known."""
        # Where the disk fails, those who read for a reason say so.
        with suppress(StoreError):
            self.stores.state.look_through()
        with suppress(StoreError, _EndedError):
            self.stores.samples.look_through(rest.pause)
            self.stores.samples.save_damages()

    def knowledge(self) -> SelfKnowledge:
        """Return how the stores stand, for the alerts about them."""
        why = self.why_failing() or ""
        self._has_failed |= bool(why)
        return SelfKnowledge(
            data=str(self.stores.folder.path),
            failure=why if self._has_failed else None,
            is_kept=self.stores.is_kept,
            damages=self._damages(),
            aside=self._rows_aside(),
        )

    def troubles(self) -> list[NoteView]:
        """Return why the server is not ready, beside what its feed says."""
        if self.stores.is_kept:
            return []
        return [NoteView("ready.store", {"why": self.stores.why})]

    def why_failing(self) -> str | None:
        """Return why what is measured cannot be stored, None where it can."""
        if not self.stores.is_kept:
            return self.stores.why
        return None if self.feed is None else self.feed.store_error

    def _damages(self) -> dict[str, FileDamage]:
        damages = self.stores.samples.damages()
        now_s = self.clock.monotonic()
        if len(damages) > self._known:
            self._known, self._news_s = len(damages), now_s
        if not self._known:
            return {}
        return {SAMPLES: FileDamage(damages, int((now_s - self._news_s) * 1000))}

    def _rows_aside(self) -> dict[str, Mapping[str, int]]:
        """Return rows for a day after they were found."""
        state, now_ms = self.stores.state, self.clock.now_ms()
        met = state.damaged.copy()
        asked = now_ms // _HOUR_MS, len(state.aside), len(met)
        if self._asked != asked:
            self._asked = asked
            with suppress(StoreError):
                self._aside = state.set_aside_since(now_ms - _TOLD_MS)
        rows = Counter(self._aside)
        rows.update(table for table, _ in met)
        self._has_told |= bool(rows)
        return {FILE_NAME: rows} if self._has_told else {}


class _EndedError(KizashiError):
    """The server ends; nobody needs to know any more."""


class _Rest:
    """Rests in a worker thread, in proportion to its work since it last did."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self._since_s = time.thread_time()

    def pause(self) -> None:
        """Rest.

        Raises:
            _EndedError: If the server has ended.
        """
        worked_s = max(0.0, time.thread_time() - self._since_s)
        if self.ended.wait(min(_REST * worked_s, _LONGEST_REST_S)):
            raise _EndedError
        self._since_s = time.thread_time()
