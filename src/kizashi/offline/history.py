"""What is imported, where to, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from kizashi.declarations.configuration import DEFAULT_RETENTION_MS
from kizashi.errors import InputError
from kizashi.ledger.building import LedgerPlan
from kizashi.model.scraping import ScrapeConfig
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore

#: Values of one call to the store, gaps among them: 32 MB.
_MOST_CELLS = 4_000_000


class ImportRefusedError(InputError):
    """A file cannot be imported; `code` and `params` say why, as the catalogue has it."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class ImportStage(StrEnum):
    """What an import is doing."""

    READ = "read"
    STORE = "store"
    DERIVE = "derive"


Progress = Callable[[ImportStage, float], None]


@dataclass(frozen=True, slots=True)
class ImportSamplesRequest:
    """What to import.

    Attributes:
        files: OpenMetrics files whose samples all have time stamps.
        job: The job of series that have no such label.
        instance: The instance of series that have no such label.
        interval_ms: How often the targets were scraped; None for what their job's
            configuration says.
        slots: Values in one call to the store at most.
        fingerprint: How targets count as configured; None for what their job's
            configuration says.
        gone_ms: From when on the targets were gone; None for an interval
            after their last sample.
    """

    files: tuple[Path, ...]
    job: str | None = None
    instance: str | None = None
    interval_ms: int | None = None
    slots: int = _MOST_CELLS
    fingerprint: str | None = None
    gone_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What came of an import.

    Attributes:
        read: Samples in the files that were taken.
        ups: Values of ``up`` that were made up for targets without one.
        new: Samples that were not in the store, those of ``up`` among them.
        known: Samples whose series had one at that time.
        expired: Samples left out as older than what is kept.
        blank: Samples left out as not a number.
        targets: Job and instance of each target.
        first_ms: Time of the oldest sample, or None.
        last_ms: Time of the newest, or None.
        objectives: How many objectives' ledgers were worked out again.
        is_derived: Whether that was done; without a configuration the server does it
            when it starts.
        retention_ms: How long samples are kept.
    """

    read: int
    ups: int
    new: int
    known: int
    expired: int
    blank: int
    targets: tuple[tuple[str, str], ...]
    first_ms: int | None
    last_ms: int | None
    objectives: int
    is_derived: bool
    retention_ms: int


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """Where an import goes, and what is known there.

    Attributes:
        samples: The sample store.
        ledgers: The ledger store.
        folder: Where there is room for a temporary file.
        plan: What the ledger keeps; None where nobody knows.
        jobs: The configured jobs, by name.
        retention_ms: How long samples are kept.
    """

    samples: SampleStore
    ledgers: LedgerStore
    folder: Path
    plan: LedgerPlan | None = None
    jobs: Mapping[str, ScrapeConfig] = field(default_factory=dict)
    retention_ms: int = DEFAULT_RETENTION_MS
