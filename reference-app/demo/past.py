"""The simulated past: it is loaded into the stores of a server that runs."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

from demo.history import DAY_MS, INSTANCE, STEP_MS, pages_of, past_until
from kizashi.errors import KizashiError
from kizashi.model.labels import Labels
from kizashi.model.targets import SIMULATED, TargetConfig
from kizashi.offline.history import ImportSamplesRequest, ImportStage, ImportTarget
from kizashi.offline.importing import import_into
from kizashi.server.additions import OpenedServer

#: The longest past, in days.
DAYS = 30
SEED = 1
#: The job that it is of.
JOB = "backend"
_LOG = logging.getLogger(__name__)


class Loading(StrEnum):
    """How far the simulated past is."""

    WAITING = "waiting"
    STORING = "storing"
    COUNTING = "counting"
    LOADED = "loaded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SimulatedView:
    """The simulated past.

    Attributes:
        state: How far it is.
        share: Share of it that is stored, 0 to 1.
        start: Its first sample; Unix seconds.
        until: Its last one; what is newer is real.
    """

    state: Loading
    share: float
    start: float
    until: float


class _CancelledError(KizashiError):
    """The server ends; nobody waits for the past any more."""


class SimulatedPast:
    """Loads the simulated past into the stores of a running server, once."""

    def __init__(self, server: OpenedServer, days: int = DAYS) -> None:
        """Load nothing yet.

        Args:
            server: Its folder has room for a day of text; reality begins when it does.
            days: How long the past is; 0 for none.
        """
        self._server = server
        self._days = days
        self._is_ending = False
        self._end_ms = server.start_ms
        self._start_ms = server.start_ms - days * DAY_MS + STEP_MS
        self.view = SimulatedView(
            Loading.WAITING, 0.0, self._start_ms / 1000, self._end_ms / 1000
        )

    async def load(self) -> None:
        """Store the past, then let the ledger be derived from its beginning.

        Scrapes go on meanwhile.
        """
        if self._days:
            await self._load()
        else:
            self._tell(Loading.LOADED, 1.0)
        # A demo goes on for a while: let `load` stay a loop that never ends by itself.
        await asyncio.Event().wait()

    async def _load(self) -> None:
        self._tell(Loading.STORING, 0.0)
        storing = asyncio.create_task(asyncio.to_thread(self._store))
        try:
            await asyncio.shield(storing)
            self._tell(Loading.COUNTING, 1.0)
            await self._server.count_from(self._start_ms)
        except asyncio.CancelledError:
            # The thread cannot be ended from outside, and needs the store until it is.
            self._is_ending = True
            with contextlib.suppress(KizashiError):
                await storing
            raise
        except KizashiError as error:
            _LOG.error("the simulated past could not be loaded: %s", error)
            self._tell(Loading.FAILED, self.view.share)
        else:
            self._tell(Loading.LOADED, 1.0)

    def _store(self) -> None:
        """Store the past day by day, through the parser and the back-fill port."""
        server = self._server
        past = past_until(self._end_ms, self._days, SEED)
        target = server.samples.target_id(JOB, Labels.of(job=JOB, instance=INSTANCE))
        config = TargetConfig(
            target, self._start_ms - STEP_MS, SIMULATED, False, STEP_MS
        )
        server.samples.record_past(config, self._end_ms)
        place = ImportTarget(server.samples, server.ledgers, server.folder)
        for number, page in enumerate(pages_of(past, JOB)):

            def follow(stage: ImportStage, share: float, number: int = number) -> None:
                if self._is_ending:
                    raise _CancelledError("the server ends")
                done = share / 2 + (0.5 if stage is ImportStage.STORE else 0.0)
                self._tell(Loading.STORING, (number + done) / self._days)

            with NamedTemporaryFile(dir=server.folder, suffix=".om") as file:
                file.write(page)
                file.flush()
                request = ImportSamplesRequest(
                    (Path(file.name),),
                    interval_ms=STEP_MS,
                    fingerprint=SIMULATED,
                    gone_ms=self._end_ms,
                )
                import_into(place, request, self._end_ms, follow)

    def _tell(self, state: Loading, share: float) -> None:
        self.view = replace(self.view, state=state, share=share)
