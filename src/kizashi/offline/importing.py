"""History into the store and the ledger: what ``kizashi import-samples`` does.

The files are read once, into a temporary file in the data folder, and stored hour by
hour. So memory holds one buffer (about 40 MB), one hour of one target, and the names
of the series, however long the history is. Nothing is stored before every file was
read without a problem.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO

import numpy as np

from kizashi.clock import SystemClock
from kizashi.declarations.configuration import DEFAULT_RETENTION_MS
from kizashi.errors import ExpositionError, InputError, LimitError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.scraped import FUTURE_MS
from kizashi.ledger.superseded import rederive_superseded, unseal
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scraping import DEFAULT_INTERVAL_MS, REPORT_SERIES, ScrapeConfig
from kizashi.model.targets import TargetConfig
from kizashi.offline.packed import UNREADABLE, opened
from kizashi.offline.spill import PREFIX, HourOfSamples, SampleSpool
from kizashi.offline.upgrading import open_bulk
from kizashi.ports.clock import Clock
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.settings.declaration_files import Loaded
from kizashi.settings.plan import plan_of
from kizashi.slo.generations import Generation
from kizashi.tsdb.folder import DataFolder
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples
from kizashi.wire.backfill import iter_backfill

#: The fingerprint of a job that is not configured here.
FINGERPRINT = "import"
_LONGEST_LINE = 1024 * 1024
#: Values of one call to the store, gaps among them: 32 MB.
_MOST_CELLS = 4_000_000
_UP = REPORT_SERIES[0]


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
        gone_ms: From when on the targets were there no more; None for an interval
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


def import_samples(
    request: ImportSamplesRequest,
    data: Path,
    loaded: Loaded | None,
    *,
    progress: Progress,
    clock: Clock | None = None,
) -> ImportSummary:
    """Import files into a data folder, and derive the ledger from its oldest sample.

    Raises:
        ImportRefusedError: If a file cannot be imported; nothing was stored.
        StoreLockedError: If another process, such as a server, owns the folder.
        StoreError: If the disk or the database said no; repeating it is harmless.
    """
    with ExitStack() as stack:
        stack.enter_context(DataFolder(data))
        for left in data.glob(f"{PREFIX}*"):
            # Of an import that was killed; the lock says that nobody uses it.
            rmtree(left, ignore_errors=True)
        database = open_bulk(data)
        stack.callback(database.close)
        samples = SqliteSamples(database)
        place = ImportTarget(samples, SqliteLedger(database), data)
        if loaded is not None:
            configuration = loaded.configuration
            place = ImportTarget(
                samples,
                place.ledgers,
                data,
                plan_of(loaded),
                {job.job_name: job for job in configuration.scrape},
                configuration.storage.retention_ms,
            )
        now_ms = (clock or SystemClock()).now_ms()
        summary = import_into(place, request, now_ms, progress)
        # Only now is it durable; before, a power cut would have left a beginning,
        # from which the server derives the ledger or this command goes on.
        database.checkpoint()
        return summary


def import_into(
    place: ImportTarget, request: ImportSamplesRequest, now_ms: int, progress: Progress
) -> ImportSummary:
    """Import files into stores; see `import_samples`."""
    with SampleSpool(place.folder) as spill:
        reader = _Reader(request, spill, now_ms, now_ms - place.retention_ms)
        for path, told in _each(request.files, progress):
            reader.read(path, told)
        reader.flush()
        progress(ImportStage.READ, 1.0)
        spans = spill.spans()
        generations: list[Generation] = []
        new = 0
        if spans:
            # Before any sample is stored: should this process die on the way, the
            # server derives the ledger again when it starts.
            generations = unseal(place.ledgers, min(lo for lo, _ in spans.values()))
            writer = _Writer(place, request, reader, spans)
            new = writer.write(spill, progress)
            reader.ups = writer.ups
    if spans and place.plan is not None:
        progress(ImportStage.DERIVE, 0.0)
        Engine(place.samples, place.ledgers).build(place.plan, now_ms)
        if not place.plan.follows:
            first_ms = min(lo for lo, _ in spans.values())
            rederive_superseded(place.samples, place.ledgers, place.plan, first_ms)
        progress(ImportStage.DERIVE, 1.0)
    return _summary(reader, place, spans, new, len(generations))


def _each(
    files: Sequence[Path], progress: Progress
) -> Iterator[tuple[Path, Callable[[float], None]]]:
    """Yield files, and for each whom to tell what share of it is read."""
    for number, path in enumerate(files):

        def tell(share: float, number: int = number) -> None:
            progress(ImportStage.READ, (number + share) / len(files))

        yield path, tell


def _summary(
    reader: "_Reader",
    place: ImportTarget,
    spans: Mapping[int, tuple[int, int]],
    new: int,
    unsealed: int,
) -> ImportSummary:
    plan = place.plan
    derived = unsealed if plan is None else len(plan.objectives)
    return ImportSummary(
        read=reader.samples,
        ups=reader.ups,
        new=new,
        known=reader.samples + reader.ups - new,
        expired=reader.expired,
        blank=reader.blank,
        targets=tuple(sorted((g.job, g.instance) for g in reader.groups)),
        first_ms=min((lo for lo, _ in spans.values()), default=None),
        last_ms=max((hi for _, hi in spans.values()), default=None),
        objectives=derived if spans else 0,
        is_derived=plan is not None,
        retention_ms=place.retention_ms,
    )


@dataclass(slots=True)
class _Group:
    """The series of one target."""

    job: str
    instance: str
    has_up: bool = False


class _Reader:
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
        self.groups: list[_Group] = []
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
            self.groups.append(_Group(job, instance))
        self.groups[group].has_up |= labels.metric_name == _UP
        number = self._numbers[labels] = len(self.series)
        self.series.append(labels.merged({"job": job, "instance": instance}))
        self.group_of.append(group)
        return number


class _Writer:
    """Stores what was read, target by target and hour by hour."""

    def __init__(
        self,
        place: ImportTarget,
        request: ImportSamplesRequest,
        reader: _Reader,
        spans: Mapping[int, tuple[int, int]],
    ) -> None:
        self._place = place
        self._spans = spans
        self._request = request
        self._reader = reader
        self._targets: dict[int, tuple[int, Labels]] = {}
        self.ups = 0

    def write(self, spill: SampleSpool, progress: Progress) -> int:
        """Store all of it and return how many samples were new."""
        known: dict[tuple[str, str], list[tuple[int, Labels, str]]] = {}
        for one in self._place.samples.targets():
            key = (one.labels.get("job", one.job), one.labels.get("instance"))
            known.setdefault(key, []).append((one.id, one.labels, one.job))
        for number, group in enumerate(self._reader.groups):
            self._targets[number] = self._introduce(
                group, self._spans[number], known.get((group.job, group.instance), [])
            )
        count, new = spill.count(), 0
        for done, part in enumerate(spill.parts()):
            progress(ImportStage.STORE, done / count)
            new += self._store(part)
        progress(ImportStage.STORE, 1.0)
        return new

    def _introduce(
        self,
        group: _Group,
        span_ms: tuple[int, int],
        known: Sequence[tuple[int, Labels, str]],
    ) -> tuple[int, Labels]:
        """Return the store's target of a group, and the labels of its ``up``.

        A target that is there with this job and instance goes on, whatever further
        labels its configuration gives it.
        """
        labels = Labels.of(job=group.job, instance=group.instance)
        job = group.job
        if len(known) == 1:
            target, labels, job = known[0]
        else:
            target = self._place.samples.target_id(job, labels)
        config = self._place.jobs.get(job)
        interval_ms = self._request.interval_ms
        if interval_ms is None:
            interval_ms = DEFAULT_INTERVAL_MS if config is None else config.interval_ms
        gone_ms = span_ms[1] + interval_ms
        self._place.samples.record_past(
            TargetConfig(
                target,
                span_ms[0] - interval_ms,
                self._request.fingerprint
                or (FINGERPRINT if config is None else config.fingerprint),
                honor_labels=config is not None and config.honor_labels,
                interval_ms=interval_ms,
            ),
            gone_ms if self._request.gone_ms is None else self._request.gone_ms,
        )
        return target, labels.merged({METRIC_NAME: _UP})

    def _store(self, part: HourOfSamples) -> int:
        """Store one hour of one target and return how many samples were new."""
        target, up = self._targets[part.target]
        names, columns = np.unique(part.series, return_inverse=True)
        labels = [self._reader.series[n] for n in names.tolist()]
        times, values = part.ts_ms, part.values
        if self._reader.groups[part.target].has_up:
            # However the file names it, the ledger reads the target's own.
            labels = [up if one.metric_name == _UP else one for one in labels]
            labels, columns = _joined(labels, columns)
        else:
            stamps = np.unique(times)
            self.ups += len(stamps)
            columns = np.append(columns, np.full(len(stamps), len(labels)))
            labels.append(up)
            times = np.append(times, stamps)
            values = np.append(values, np.ones(len(stamps)))
        return sum(
            self._place.samples.write_history(
                target, [labels[c] for c in chosen], stamps, matrix
            )
            for chosen, stamps, matrix in _matrices(
                (columns, times, values), self._request.slots
            )
        )


def _joined(
    labels: Sequence[Labels], columns: Int64Array
) -> tuple[list[Labels], Int64Array]:
    """Return the different label sets, and the columns numbered by them."""
    places = {one: place for place, one in enumerate(dict.fromkeys(labels))}
    numbers = np.array([places[one] for one in labels], np.int64)
    return list(places), numbers[columns]


_Samples = tuple[Int64Array, Int64Array, FloatArray]


def _matrices(
    samples: _Samples, most: int
) -> Iterator[tuple[list[int], Int64Array, FloatArray]]:
    """Yield columns, times and values of samples, in matrices that are not too large.

    Where the series of a target have times of their own, one matrix of all would be
    empty for the most part: it is halved until it is small.
    """
    columns, times, values = samples
    chosen, column = np.unique(columns, return_inverse=True)
    stamps, row = np.unique(times, return_inverse=True)
    if len(stamps) * len(chosen) > most and len(chosen) > 1:
        low = columns < chosen[len(chosen) // 2]
        for half in (low, ~low):
            yield from _matrices((columns[half], times[half], values[half]), most)
        return
    matrix = np.full((len(stamps), len(chosen)), np.nan)
    # Of two samples at one time the first stays.
    cells, first = np.unique(row * len(chosen) + column, return_index=True)
    matrix.reshape(-1)[cells] = values[first]
    yield chosen.tolist(), stamps, matrix
