"""Files of samples into a spool, series by number, and what they say of targets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kizashi.errors import ExpositionError, LimitError
from kizashi.ledger.scraped import FUTURE_MS
from kizashi.model.labels import Labels
from kizashi.model.scraping import REPORT_SERIES
from kizashi.offline.history import ImportRefusedError, ImportSamplesRequest
from kizashi.offline.packed import UNREADABLE, opened
from kizashi.offline.sample_spool import SampleSpool
from kizashi.wire.backfill import iter_backfill

_LONGEST_LINE = 1024 * 1024
_UP = REPORT_SERIES[0]


@dataclass(slots=True)
class ImportGroup:
    """The series of one target."""

    job: str
    instance: str
    has_up: bool = False


class ImportReader:
    """Reads files into a spill, series by number, and keeps what they say of targets."""

    def __init__(
        self,
        request: ImportSamplesRequest,
        spill: SampleSpool,
        now_ms: int,
        oldest_ms: int,
    ) -> None:
        self._request = request
        self._spill = spill
        self._latest_ms = now_ms + FUTURE_MS
        self._oldest_ms = max(oldest_ms, 0)
        self._numbers: dict[Labels, int] = {}
        self._found: dict[tuple[str, str], int] = {}
        self._line = 0
        self.series: list[Labels] = []
        self.group_of: list[int] = []
        self.groups: list[ImportGroup] = []
        self.samples = self.expired = self.blank = self.ups = 0

    def read(self, path: Path, progress: Callable[[float], None]) -> None:
        """Read one file, which may be packed by gzip.

        Raises:
            ImportRefusedError: If it is not what it should be.
        """
        try:
            with opened(path) as (content, share):
                self._take(path, content, lambda: progress(share()))
        except UNREADABLE as error:
            why = getattr(error, "strerror", None) or error
            raise ImportRefusedError(
                code="import-samples.unreadable", file=path, why=why
            ) from error
        except (ExpositionError, LimitError) as error:
            raise ImportRefusedError(
                code="import-samples.malformed", file=path, why=error
            ) from error

    def flush(self) -> None:
        """Hand over what is still buffered."""
        self._spill.flush(self.group_of)

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        self._line = 0
        while line := file.readline(_LONGEST_LINE):
            self._line += 1
            yield line

    def _take(self, path: Path, file: BinaryIO, progress: Callable[[], None]) -> None:
        last_labels, number = None, -1
        for labels, ts_ms, value in iter_backfill(self._lines(file)):
            if ts_ms > self._latest_ms:
                raise ImportRefusedError(
                    code="import-samples.future",
                    place=f"{path}:{self._line}",
                    ahead_s=(ts_ms - self._latest_ms + FUTURE_MS) // 1000,
                )
            if ts_ms < self._oldest_ms:
                self.expired += 1
                continue
            if value != value:  # noqa: PLR0124 - NaN, and no sample of anything
                self.blank += 1
                continue
            if labels is not last_labels:
                number = self._numbers.get(labels, -1)
                if number < 0:
                    number = self._new(path, labels)
                last_labels = labels
            self.samples += 1
            if self._spill.add(number, ts_ms, value):
                self.flush()
                progress()

    def _new(self, path: Path, labels: Labels) -> int:
        """Return the number of a series that is new."""
        job = labels.get("job") or self._request.job
        instance = labels.get("instance") or self._request.instance
        if not (job and instance):
            raise ImportRefusedError(
                code="import-samples.no-target",
                place=f"{path}:{self._line}",
                series=labels,
                label="instance" if job else "job",
            )
        group = self._found.get((job, instance))
        if group is None:
            group = self._found[job, instance] = len(self.groups)
            self.groups.append(ImportGroup(job, instance))
        self.groups[group].has_up |= labels.metric_name == _UP
        number = self._numbers[labels] = len(self.series)
        self.series.append(labels.merged({"job": job, "instance": instance}))
        self.group_of.append(group)
        return number
