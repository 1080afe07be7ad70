"""History into the store and the ledger: what ``kizashi import-samples`` does.

The files are read once, into a temporary file in the data folder, and stored hour by
hour. So memory holds one buffer (about 40 MB), one hour of one target, and the names
of the series, however long the history is. Nothing is stored before every file was
read without a problem.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree

from kizashi.clock import SystemClock
from kizashi.ledger.engine import Engine
from kizashi.ledger.superseded import rederive_superseded, unseal
from kizashi.offline.history import (
    ImportSamplesRequest,
    ImportStage,
    ImportSummary,
    ImportTarget,
    Progress,
)
from kizashi.offline.history_reading import ImportReader
from kizashi.offline.history_writing import ImportWriter
from kizashi.offline.sample_spool import PREFIX, SampleSpool
from kizashi.offline.upgrading import open_bulk
from kizashi.ports.clock import Clock
from kizashi.settings.declaration_files import Loaded
from kizashi.settings.plan import plan_of
from kizashi.slo.generations import Generation
from kizashi.tsdb.folder import DataFolder
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples


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
    with SampleSpool(place.folder) as spool:
        reader = ImportReader(request, spool, now_ms, now_ms - place.retention_ms)
        for path, told in _each(request.files, progress):
            reader.read(path, told)
        reader.flush()
        progress(ImportStage.READ, 1.0)
        spans = spool.spans()
        generations: list[Generation] = []
        new = 0
        if spans:
            # Before any sample is stored: should this process die on the way, the
            # server derives the ledger again when it starts.
            generations = unseal(place.ledgers, min(lo for lo, _ in spans.values()))
            writer = ImportWriter(place, request, reader, spans)
            new = writer.write(spool, progress)
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
    reader: ImportReader,
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
