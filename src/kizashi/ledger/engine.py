"""The live ledger of everything declared: shards, and what happens to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.errors import StoreError
from kizashi.ledger.catalogue import Catalogue, Span, UnderWay, helpers, simulated_in
from kizashi.ledger.followed import FollowedShard
from kizashi.ledger.job_names import (
    Jobs,
    Pace,
    all_match,
    jobs_of,
    named_jobs,
    paces_in,
)
from kizashi.ledger.landing import LiveScrape, Scraped
from kizashi.ledger.mending import mend
from kizashi.ledger.scrapes import ConfigSpan
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked, open_generations, track
from kizashi.ledger.validity import Validity
from kizashi.model.scrape_rows import StoredLayout
from kizashi.model.scraping import DEFAULT_INTERVAL_MS, REPORT_SERIES
from kizashi.model.targets import TargetRecord
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.faults import Fault
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec

#: Slices close at their edges, which are a minute apart at most. Later than this, the
#: machine was asleep.
LONGEST_PAUSE_MS = 180_000


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """What the ledger is asked to keep.

    Attributes:
        services: The declared services.
        intervals_ms: Scrape interval of every configured job.
        slice_ms: Milliseconds of a slice.
        follows: Whether a server counts and we read, instead of scraping.
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
        paces: How often a job was scraped, over time.
        validity: Who judges the figures of each shard.
    """

    plan: LedgerPlan
    shards: list[Shard] = field(default_factory=list)
    place: dict[tuple[str, str], tuple[Shard, int]] = field(default_factory=dict)
    jobs: dict[tuple[str, str], Jobs] = field(default_factory=dict)
    intervals_ms: Mapping[str, int] = field(default_factory=dict)
    simulated_until_ms: Mapping[str, int] = field(default_factory=dict)
    paces: Mapping[str, Sequence[Pace]] = field(default_factory=dict)
    validity: dict[Shard, Validity] = field(default_factory=dict)

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
        found = [
            pace.interval_ms
            for name in names
            for pace in self.paces.get(name, ())
            if pace.from_ms < end_ms and (pace.to_ms is None or pace.to_ms > start_ms)
        ]
        return max(found, default=self.interval_ms(names))

    def interval_ms(self, jobs: Iterable[str]) -> int:
        """Return the longest scrape interval of some jobs."""
        known = self.intervals_ms
        intervals = [known.get(job, DEFAULT_INTERVAL_MS) for job in jobs]
        return max(intervals, default=DEFAULT_INTERVAL_MS)


class Engine:
    """Counts what targets say for every objective of a plan.

    All methods but `build` are called from one thread.
    """

    def __init__(self, samples: SampleStore, ledgers: LedgerStore) -> None:
        self._samples = samples
        self._ledgers = ledgers
        self._records: dict[int, TargetRecord] = {}
        self._spans: dict[int, list[Span]] = {}
        self._configs: dict[int, list[ConfigSpan]] = {}
        self._seen_layouts: set[tuple[int, int]] = set()
        self._scraped: dict[int, Scraped] = {}
        self._kept_from: dict[int, int] = {}
        self._missed: list[LiveScrape] | None = None
        self._scraped_then: dict[int, Scraped] = {}
        #: While a rebuild goes on: which scrapes had not landed when it began.
        self._landing: UnderWay | None = None
        self.built = Built(LedgerPlan())
        #: Whether objectives found a new job, so that a rebuild is due.
        self.is_stale = False
        #: Why the newest build could not count damaged blocks again, or None.
        self.unmended: str | None = None
        self._damaged = 0

    def build(self, plan: LedgerPlan, now_ms: int) -> Built:
        """Open generations, derive what is missing, and return what can take over.

        Safe in a worker thread while scrapes go on, between `begin_rebuild` and
        `take_over`.

        Raises:
            StoreError: If a store failed.
        """
        before = len(self._samples.damages())
        built = self._build(plan, now_ms)
        mended = self._mend(built)
        if mended or len(self._samples.damages()) > before:
            # Some sums hold what others found lost, or lack what was counted again.
            built = self._build(plan, now_ms)
        self._damaged = len(self._samples.damages())
        return built

    def _mend(self, built: Built) -> int:
        """Mend what can be: what cannot stays unseen, and stops nobody."""
        self.unmended = None
        try:
            return mend(built.shards, self._samples, self._ledgers)
        except StoreError as error:
            self.unmended = str(error)
            return 0

    def _build(self, plan: LedgerPlan, now_ms: int) -> Built:
        specs = plan.objectives
        generations = open_generations(self._ledgers, specs, plan.slice_ms, now_ms)
        catalogue = Catalogue(self._samples, self._landing)
        if plan.follows:
            # What was scraped here before is in the ledger; the server goes on.
            catalogue.targets = []
        if self._landing is not None:
            # Slices after that are closed when what was missed has been counted.
            now_ms = min(now_ms, self._landing.at_ms)
        grouped: dict[frozenset[str], list[Tracked]] = {}
        built = Built(
            plan,
            intervals_ms=intervals_of(plan, catalogue),
            simulated_until_ms=simulated_in(catalogue),
            paces=paces_in(catalogue),
        )
        for spec in specs:
            jobs = named_jobs(spec)
            if not plan.follows:
                jobs = jobs_of(spec, plan.intervals_ms, catalogue)
            interval_ms = built.interval_ms(jobs.names)
            tracked = track(spec, generations[spec.key], interval_ms)
            grouped.setdefault(jobs.names, []).append(tracked)
            built.jobs[spec.key] = jobs
        for names, members in grouped.items():
            shard = self._shard(built, members, names, catalogue, now_ms)
            built.shards.append(shard)
            kept_ms = None if plan.follows else plan.retention_ms
            built.validity[shard] = Validity(shard, kept_ms)
            for number, member in enumerate(members):
                built.place[member.spec.key] = (shard, number)
        return built

    def _shard(
        self,
        built: Built,
        members: Sequence[Tracked],
        names: frozenset[str],
        catalogue: Catalogue,
        now_ms: int,
    ) -> Shard:
        ledgers = self._ledgers
        if built.plan.follows:
            return FollowedShard(
                members,
                names,
                catalogue=catalogue,
                ledgers=ledgers,
                now_ms=now_ms,
                interval_ms=built.interval_ms(names),
            )
        return Shard(
            members, names, catalogue=catalogue, ledgers=ledgers, now_ms=now_ms
        )

    def begin_rebuild(self, now_ms: int) -> list[SealedBlock]:
        """Remember scrapes from now on for `take_over`; return what is not sealed.

        The caller stores these blocks before it builds, so that a generation which
        ends here keeps its newest slices.
        """
        self._missed, self._scraped_then = [], dict(self._scraped)
        under_way: dict[int, int] = {}
        for shard in self.built.shards:
            under_way |= shard.under_way()
        self._landing = UnderWay(now_ms, under_way)
        for shard in self.built.shards:
            if not shard.behind(now_ms):
                shard.close_all(now_ms)
        return [b for shard in self.built.shards for b in shard.unsealed()]

    def take_over(self, built: Built, now_ms: int) -> None:  # noqa: ARG002
        """Let what was built count from now on, with the scrapes it has missed."""
        missed, self._missed, self._landing = self._missed, None, None
        if missed is not None:
            # The scrapes since then are counted once more, each after the one before.
            self._scraped = self._scraped_then
        before, self.built = self.built, built
        self.is_stale = False
        self._seen_layouts.clear()
        for number, record in self._records.items():
            for shard in self._shards_of(record):
                self._introduce(shard, number)
        for scrape in missed or ():
            self.landed(scrape)
        for shard in built.shards:
            shard.go_on_waiting(before.shards)

    def give_up_rebuild(self) -> None:
        """Go on as before: what was to be built could not be."""
        self._missed, self._landing = None, None

    # What happens to targets.

    def discovered(self, record: TargetRecord, spans: list[Span]) -> None:
        """Take note of a target, with all its discoveries so far."""
        self._records[record.id] = record
        self._spans[record.id] = spans
        for shard in self._shards_of(record):
            shard.discovered(record, spans)
        self.is_stale |= self._is_news(record)

    def _is_news(self, record: TargetRecord) -> bool:
        """Return whether a target's job, or how often it is scraped, is not known."""
        built, job = self.built, record.labels.get("job", record.job)
        for jobs in built.jobs.values():
            if (
                job not in jobs.names
                and jobs.matchers
                and all_match(jobs.matchers, job)
            ):
                return True
        is_counted = any(job in shard.jobs for shard in built.shards)
        interval_ms = built.plan.intervals_ms.get(record.job, 0)
        return is_counted and interval_ms > built.intervals_ms.get(job, 0)

    def gone(self, target: int, spans: list[Span]) -> None:
        """Take note that a target is discovered no more."""
        self._spans[target] = spans
        for shard in self.built.shards:
            shard.gone(target, spans)

    def configured(self, target: int, configs: list[ConfigSpan]) -> None:
        """Take note of a target's scrape configurations so far."""
        self._configs[target] = configs
        for shard in self._shards_of(self._records[target]):
            shard.configured(self._records[target], configs)

    def started(self, target: int, ts_ms: int, timeout_ms: int) -> None:
        """Take note that a scrape is under way."""
        for shard in self.built.shards:
            shard.started(target, ts_ms, timeout_ms)

    def landed(self, scrape: LiveScrape) -> None:
        """Count a scrape wherever it counts."""
        if self._missed is not None:
            self._missed.append(scrape)
        key = (scrape.target, scrape.layout.id)
        if key not in self._seen_layouts:
            self._seen_layouts.add(key)
            self._meet(scrape.target, scrape.layout, scrape.ts_ms)
        for shard in self.built.shards:
            shard.landed(scrape)
        before = self._scraped.get(scrape.target)
        ever_ok = scrape.ok or (before is not None and before.ever_ok)
        self._scraped[scrape.target] = Scraped(scrape.ts_ms, scrape.ok, ever_ok)

    def tick(self, now_ms: int, between: Callable[[], object] = lambda: None) -> int:
        """Close every slice that is due; return how many that were.

        Args:
            now_ms: The time.
            between: Called after each edge but the last, with the slices before it
                closed: after a stall of ours, or behind a slow scrape, several are due
                at once. Not after a pause in which nothing ran.
        """
        self.is_stale |= len(self._samples.damages()) > self._damaged
        if any(shard.behind(now_ms) for shard in self.built.shards):
            self.is_stale = True
            return 0
        due = {shard: shard.count_due(now_ms) for shard in self.built.shards}
        longest = max(due.values(), default=0)
        ran = longest * self.built.plan.slice_ms <= LONGEST_PAUSE_MS
        for left in range(longest, 0, -1):
            for shard, count in due.items():
                if count >= left:
                    shard.close_next()
            if ran and left > 1:
                between()
        self.is_stale |= any(shard.is_overdue for shard in self.built.shards)
        return sum(due.values())

    def is_due(self, now_ms: int) -> bool:
        """Return whether a tick may have something to do: an edge, or a rebuild."""
        return self.is_stale or any(
            shard.newest_ms + shard.slice_ms <= now_ms for shard in self.built.shards
        )

    def to_seal(self) -> list[tuple[Shard, list[SealedBlock]]]:
        """Return the blocks of each shard that are ready to be sealed."""
        due = [(shard, shard.to_seal()) for shard in self.built.shards]
        return [(shard, blocks) for shard, blocks in due if blocks]

    def expired(self, before_block: Mapping[int, int]) -> None:
        """Take note that older blocks were deleted, by generation.

        A running sum that still holds some of them could never lose them again.
        """
        known = self._kept_from
        news = {g: b for g, b in before_block.items() if b > known.get(g, b - 1)}
        known.update(news)
        self.is_stale |= any(shard.reaches_before(news) for shard in self.built.shards)

    def _shards_of(self, record: TargetRecord) -> list[Shard]:
        job = record.labels.get("job", record.job)
        return [s for s in self.built.shards if job in s.jobs or record.id in s.targets]

    def _introduce(self, shard: Shard, target: int) -> None:
        record = self._records[target]
        shard.discovered(record, self._spans[target])
        shard.configured(record, self._configs.get(target, []))

    def _meet(self, target: int, layout: StoredLayout, ts_ms: int) -> None:
        """See who counts the series of a layout that is new here."""
        record = self._records.get(target)
        if record is None:
            return
        names = {labels.metric_name for labels in layout.labels}
        for shard in self.built.shards:
            wanted = shard.index.metric_names
            if wanted is not None and not names & helpers(wanted):
                continue
            if target not in shard.targets and any(
                shard.index.matches(labels)[0] for labels in layout.labels
            ):
                self._introduce(shard, target)
                shard.resume(target, self._scraped_before(target, layout, ts_ms))
        job = record.labels.get("job", record.job)
        for key, jobs in self.built.jobs.items():
            if not jobs.implied:
                continue
            shard, number = self.built.place[key]
            valid = shard.members[number].spec.indicator.valid_selector
            if any(valid.matches(labels) for labels in layout.labels):
                holders = self._holders(key)
                told = jobs.names
                self.is_stale |= job not in told or (len(told) > 1 and told != holders)

    def _scraped_before(
        self, target: int, layout: StoredLayout, ts_ms: int
    ) -> Scraped | None:
        """Return the last scrape of a target before one that has a layout."""
        known = self._scraped.get(target)
        if known is not None:
            return known
        up = layout.series[:1]
        last = self._samples.last_before(up, ts_ms).get(int(up[0]))
        if last is None:
            return None
        first_ms = self._samples.first_stored_ms(layout.series[len(REPORT_SERIES) :])
        ever_ok = last[1] == 1 or bool((first_ms < ts_ms).any())
        return Scraped(last[0], last[1] == 1, ever_ok)

    def _holders(self, key: tuple[str, str]) -> frozenset[str]:
        """Return the jobs whose targets hold valid series of an objective."""
        shard, number = self.built.place[key]
        return frozenset(
            target.record.labels.get("job", target.record.job)
            for target in shard.targets.values()
            if target.tally.first_valid_ms()[number] < _NO_SERIES
        )


_NO_SERIES = 2**62


def intervals_of(plan: LedgerPlan, catalogue: Catalogue) -> dict[str, int]:
    """Return the scrape interval of every job, by the job label of its targets.

    Relabelling may give the targets of a scrape job another job label; such a one is
    known once its targets are discovered.
    """
    intervals: dict[str, int] = {}
    for target in catalogue.targets:
        spans = catalogue.spans.get(target.id)
        if spans and spans[-1][1] is None and target.job in plan.intervals_ms:
            job = target.labels.get("job", target.job)
            own = plan.intervals_ms[target.job]
            intervals[job] = max(own, intervals.get(job, 0))
    return {**plan.intervals_ms, **intervals}
