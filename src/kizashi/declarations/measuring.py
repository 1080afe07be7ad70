"""What declarations are read from, and how their samples will be taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kizashi.model.scraping import DEFAULT_INTERVAL_MS
from kizashi.slo.policy import SliceTiming

DEFAULT_SLICE_MS = 15_000


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's name, for positions, and its text."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Measuring:
    """How samples will be taken, as far as declarations depend on it.

    Attributes:
        slice_ms: Milliseconds of a slice of the ledger.
        interval_ms: Milliseconds between scrapes of a job that is not listed.
        jobs: Scrape interval of each job, in milliseconds; empty where the scrape
            configuration is not known, and then no job is missed.
        retention_ms: How long samples are kept; None where that is not known.
    """

    slice_ms: int = DEFAULT_SLICE_MS
    interval_ms: int = DEFAULT_INTERVAL_MS
    jobs: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    retention_ms: int | None = None

    def timing(self, job: str | None) -> SliceTiming:
        """Return slice and scrape interval for an objective on a job."""
        interval_ms = self.jobs.get(job or "", self.interval_ms)
        return SliceTiming(slice_ms=self.slice_ms, interval_ms=interval_ms)
