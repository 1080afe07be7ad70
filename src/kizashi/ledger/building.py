"""From a plan to what counts by it: generations, jobs, and a shard for each set of jobs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.errors import StoreError
from kizashi.ledger.catalogue import RunningScrapes, TargetCatalogue, simulated_in
from kizashi.ledger.followed import FollowedSource
from kizashi.ledger.job_names import (
    IntervalSpan,
    Jobs,
    intervals_in,
    jobs_of,
    named_jobs,
)
from kizashi.ledger.mending import mend
from kizashi.ledger.scraped import ScrapedSource
from kizashi.ledger.shard import Shard, SliceSource
from kizashi.ledger.tracking import Tracked, open_generations, track
from kizashi.ledger.validity import Validity
from kizashi.model.scraping import DEFAULT_INTERVAL_MS
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.slo.faults import Fault
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """What the ledger is asked to keep.

    Attributes:
        services: The declared services.
        intervals_ms: Scrape interval of every configured job.
        slice_ms: Milliseconds of a slice.
        follows: Whether a server counts, and decides on alerts, and we read it instead
            of scraping.
        retention_ms: How long samples are kept; None where nobody said.
    """

    services: tuple[ServiceSpec, ...] = ()
    intervals_ms: Mapping[str, int] = field(default_factory=dict)
    slice_ms: int = 15_000
    follows: bool = False
    retention_ms: int | None = None

    @property
    def objectives(self) -> list[ObjectiveSpec]:
        """All objectives, by service and in the order declared."""
        return [o for service in self.services for o in service.objectives]


@dataclass(slots=True)
class Built:
    """A plan brought up to date, ready to take over.

    Attributes:
        plan: The plan.
        shards: The objectives, by the jobs that they share.
        place: Where each objective is: its shard, and its number there.
        jobs: The jobs of each objective.
        intervals_ms: Scrape interval of every job, those that relabelling named
            among them.
        simulated_until_ms: Until when a demo made up the samples of a job.
        intervals: How often a job was scraped, over time.
        validity: Who judges the figures of each shard.
        followed: The sources of those shards that a server counts.
    """

    plan: LedgerPlan
    shards: list[Shard] = field(default_factory=list)
    place: dict[tuple[str, str], tuple[Shard, int]] = field(default_factory=dict)
    jobs: dict[tuple[str, str], Jobs] = field(default_factory=dict)
    intervals_ms: Mapping[str, int] = field(default_factory=dict)
    simulated_until_ms: Mapping[str, int] = field(default_factory=dict)
    intervals: Mapping[str, Sequence[IntervalSpan]] = field(default_factory=dict)
    validity: dict[Shard, Validity] = field(default_factory=dict)
    followed: list[FollowedSource] = field(default_factory=list)

    def faults(self, shard: Shard) -> Mapping[int, Fault]:
        """Return whose figures are impossible at a shard's newest slice, and why."""
        return self.validity[shard].faults()

    def concerns(self, shard: Shard) -> Mapping[int, Fault]:
        """Return what somebody is to be told of a shard's figures: faults, remarks."""
        return {**self.validity[shard].remarks, **self.validity[shard].faults()}

    def interval_ms_within(
        self, jobs: Iterable[str], start_ms: int, end_ms: int
    ) -> int:
        """Return the longest interval at which some jobs were scraped in a stretch.

        Steps shorter than that hold no sample now and then.
        """
        names = tuple(jobs)
        intervals_ms = [
            pace.interval_ms
            for name in names
            for pace in self.intervals.get(name, ())
            if pace.from_ms < end_ms and (pace.to_ms is None or pace.to_ms > start_ms)
        ]
        return max(intervals_ms, default=self.interval_ms(names))

    def interval_ms(self, jobs: Iterable[str]) -> int:
        """Return the longest scrape interval of some jobs."""
        known = self.intervals_ms
        intervals = [known.get(job, DEFAULT_INTERVAL_MS) for job in jobs]
        return max(intervals, default=DEFAULT_INTERVAL_MS)


class Builder:
    """Brings plans up to date.

    Attributes:
        unmended: Why the newest build could not count damaged blocks again, or None.
        damaged: How much of the samples was known to be lost at the newest build.
    """

    def __init__(self, samples: SampleStore, ledgers: LedgerStore) -> None:
        self._samples = samples
        self._ledgers = ledgers
        self.unmended: str | None = None
        self.damaged = 0

    def build(
        self, plan: LedgerPlan, now_ms: int, under_way: RunningScrapes | None = None
    ) -> Built:
        """Open generations, derive what is missing, and return what can take over.

        Args:
            plan: The plan.
            now_ms: The time.
            under_way: Which scrapes have not landed; None where none goes on.

        Raises:
            StoreError: If a store failed.
        """
        before = len(self._samples.damages())
        built = self._build(plan, now_ms, under_way)
        mended = self._mend(built)
        if mended or len(self._samples.damages()) > before:
            # Some sums hold what others found lost, or lack what was counted again.
            built = self._build(plan, now_ms, under_way)
        self.damaged = len(self._samples.damages())
        return built

    def _mend(self, built: Built) -> int:
        """Mend what can be: what cannot stays unseen, and stops nobody."""
        self.unmended = None
        if built.plan.follows:
            return 0
        try:
            return mend(built.shards, self._samples, self._ledgers)
        except StoreError as error:
            self.unmended = str(error)
            return 0

    def _build(
        self, plan: LedgerPlan, now_ms: int, under_way: RunningScrapes | None
    ) -> Built:
        specs = plan.objectives
        generations = open_generations(self._ledgers, specs, plan.slice_ms, now_ms)
        if under_way is not None:
            # Slices after that are closed when what was missed has been counted.
            now_ms = min(now_ms, under_way.at_ms)
        catalogue = TargetCatalogue(self._samples, under_way)
        if plan.follows:
            # What was scraped here before is in the ledger; the server goes on.
            catalogue.targets = []
        built = Built(
            plan,
            intervals_ms=intervals_of(plan, catalogue),
            simulated_until_ms=simulated_in(catalogue),
            intervals=intervals_in(catalogue),
        )
        # What a server counts it keeps.
        retention_ms = None if plan.follows else plan.retention_ms
        grouped: dict[frozenset[str], list[Tracked]] = {}
        for spec in specs:
            jobs = named_jobs(spec)
            if not plan.follows:
                jobs = jobs_of(spec, plan.intervals_ms, catalogue)
            built.jobs[spec.key] = jobs
            interval_ms = built.interval_ms(jobs.names)
            tracked = track(spec, generations[spec.key], interval_ms)
            grouped.setdefault(jobs.names, []).append(tracked)
        for names, members in grouped.items():
            source: SliceSource = ScrapedSource(catalogue)
            if plan.follows:
                source = FollowedSource(catalogue, built.interval_ms(names))
                built.followed.append(source)
            shard = Shard(members, names, source, ledgers=self._ledgers, now_ms=now_ms)
            built.shards.append(shard)
            built.validity[shard] = Validity(shard, retention_ms)
            for number, member in enumerate(members):
                built.place[member.spec.key] = (shard, number)
        return built


def intervals_of(plan: LedgerPlan, catalogue: TargetCatalogue) -> dict[str, int]:
    """Return the scrape interval of every job, by the job label of its targets.

    Relabelling may give the targets of a scrape job another job label; such a one is
    known once its targets are discovered.
    """
    intervals: dict[str, int] = {}
    for target in catalogue.targets:
        spans = catalogue.spans.get(target.id)
        if spans and spans[-1][1] is None and target.job in plan.intervals_ms:
            job = target.job_label
            own = plan.intervals_ms[target.job]
            intervals[job] = max(own, intervals.get(job, 0))
    return {**plan.intervals_ms, **intervals}
