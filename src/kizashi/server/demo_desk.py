"""The demo's side of the server: a simulated past is loaded, faults are switched."""

import asyncio
import contextlib
import http.client
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import msgspec

from kizashi.errors import InputError, KizashiError
from kizashi.model.labels import Labels
from kizashi.model.targets import SIMULATED, TargetConfig
from kizashi.offline.history import ImportSamplesRequest, ImportStage, ImportTarget
from kizashi.offline.importing import import_into
from kizashi.ports.demo import FaultsView, Loading, SimulatedView
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.server.simulated_history import (
    DAY_MS,
    INSTANCE,
    STEP_MS,
    pages_of,
    past_until,
)

DAYS = 30
SEED = 1
_TIMEOUT_S = 5.0
_LONGEST_ANSWER_BYTES = 65_536
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GOOD = range(200, 300)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What makes a server a demo.

    Attributes:
        url: The service with the fault switch; on this machine.
        days: How long the simulated past is; 0 for none.
        seed: Decides what happened in it.
        job: The job that it is of.
        token: What opens the fault switch; empty where it is open.
    """

    url: str
    days: int = DAYS
    seed: int = SEED
    job: str = "backend"
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse a service that is somebody else's.

        Raises:
            InputError: If the address is not one of this machine.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise InputError(f"{self.url} is no http address of this machine")


class _CancelledError(KizashiError):
    """The server ends; nobody waits for the past any more."""


class Demo:
    """Loads the simulated past into the stores of a running server, once."""

    def __init__(
        self,
        settings: DemoSettings,
        samples: SampleStore,
        ledgers: LedgerStore,
        folder: Path,
        end_ms: int,
    ) -> None:
        """Load nothing yet.

        Args:
            settings: What to load.
            samples: The server's store.
            ledgers: The server's ledger store.
            folder: Its data folder, with room for a day of text.
            end_ms: Where reality begins: when the server started.
        """
        self._settings = settings
        self._samples = samples
        self._ledgers = ledgers
        self._folder = folder
        self._end_ms = end_ms
        self._is_ending = False
        start_ms = end_ms - settings.days * DAY_MS + STEP_MS
        self._start_ms = start_ms
        self._told = SimulatedView(Loading.WAITING, 0.0, start_ms / 1000, end_ms / 1000)

    def simulated(self) -> SimulatedView:
        """Return how far the simulated past is."""
        return self._told

    async def load(self, count_from: Callable[[int], Awaitable[None]]) -> None:
        """Store the past, then let the ledger be derived from its beginning.

        Args:
            count_from: Lets the running ledger be derived from a time on; scrapes go
                on meanwhile.
        """
        if self._settings.days:
            await self._load(count_from)
        else:
            self._tell(Loading.LOADED, 1.0)
        # A demo goes on for a while: let `load` stay a loop that never ends by itself.
        await asyncio.Event().wait()

    async def _load(self, count_from: Callable[[int], Awaitable[None]]) -> None:
        self._tell(Loading.STORING, 0.0)
        storing = asyncio.create_task(asyncio.to_thread(self._store))
        try:
            await asyncio.shield(storing)
            self._tell(Loading.COUNTING, 1.0)
            await count_from(self._start_ms)
        except asyncio.CancelledError:
            # The thread cannot be ended from outside, and needs the store until it is.
            self._is_ending = True
            with contextlib.suppress(KizashiError):
                await storing
            raise
        except KizashiError as error:
            _LOG.error("the simulated past could not be loaded: %s", error)
            self._tell(Loading.FAILED, self._told.share)
        else:
            self._tell(Loading.LOADED, 1.0)

    def _store(self) -> None:
        """Store the past day by day, through the parser and the back-fill port."""
        settings = self._settings
        past = past_until(self._end_ms, settings.days, settings.seed)
        labels = Labels.of(job=settings.job, instance=INSTANCE)
        target = self._samples.target_id(settings.job, labels)
        config = TargetConfig(
            target, self._start_ms - STEP_MS, SIMULATED, False, STEP_MS
        )
        self._samples.record_past(config, self._end_ms)
        place = ImportTarget(self._samples, self._ledgers, self._folder)
        for number, page in enumerate(pages_of(past, settings.job)):

            def follow(stage: ImportStage, share: float, number: int = number) -> None:
                if self._is_ending:
                    raise _CancelledError("the server ends")
                done = share / 2 + (0.5 if stage is ImportStage.STORE else 0.0)
                self._tell(Loading.STORING, (number + done) / settings.days)

            with NamedTemporaryFile(dir=self._folder, suffix=".om") as file:
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
        self._told = replace(self._told, state=state, share=share)

    # The fault switch.

    async def faults(self) -> FaultsView | None:
        """Return the faults in force, None while the service does not answer."""
        body = await asyncio.to_thread(self._ask, "GET", "/demo/faults", None)
        if body is None:
            return None
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(body, type=FaultsView)
        return None

    async def inject(self, faults: FaultsView) -> bool:
        """Put these faults in place of the others; return whether that went through."""
        content = msgspec.json.encode(asdict(faults))
        body = await asyncio.to_thread(self._ask, "PUT", "/demo/faults", content)
        return body is not None

    async def kill(self) -> bool:
        """Kill the service as if it had crashed; return whether it was there."""
        if await self.faults() is None:
            return False
        await asyncio.to_thread(self._ask, "POST", "/demo/kill", None)
        return True

    def _ask(self, method: str, path: str, content: bytes | None) -> bytes | None:
        """Return what the service answers, None where it does not or refuses."""
        parts = urlsplit(self._settings.url)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_S
        )
        headers = {} if content is None else {"Content-Type": "application/json"}
        if self._settings.token:
            headers["Authorization"] = f"Bearer {self._settings.token}"
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            body = answer.read(_LONGEST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return body if answer.status in _GOOD else None
