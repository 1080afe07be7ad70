"""The live ledger of everything declared: shards, and what happens to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from kizashi.ledger.building import Builder, Built, LedgerPlan
from kizashi.ledger.catalogue import RunningScrapes, Span, helpers
from kizashi.ledger.job_names import all_match
from kizashi.ledger.live_scrapes import LiveScrape, Scraped
from kizashi.ledger.shard import Shard
from kizashi.model.scrape_rows import StoredLayout
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import TargetConfig, TargetRecord
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.slo.blocks import SealedBlock

_NO_SERIES = 2**62

#: Slices close at their edges, which are a minute apart at most. Later than this, the
#: machine was asleep.
LONGEST_PAUSE_MS = 180_000


@dataclass(slots=True)
class Rebuild:
    """A plan that is brought up to date while another counts, until it takes over.

    Used as a context: where it ends without taking over, the other goes on alone.

    Attributes:
        unsealed: What is not sealed yet. Stored before anything is built, so that a
            generation which ends here keeps its newest slices.
        running: Which scrapes had not landed when it began.
        scraped: The last scrape of each target then.
        missed: Scrapes that have landed since.
    """

    _engine: "Engine"
    _builder: Builder
    unsealed: list[SealedBlock]
    running: RunningScrapes
    scraped: dict[int, Scraped]
    missed: list[LiveScrape] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.forget(self)

    def build(self, plan: LedgerPlan, now_ms: int) -> Built:
        """Build a plan, but for the scrapes that have not landed; in a worker thread.

        Raises:
            StoreError: If a store failed.
        """
        return self._builder.build(plan, now_ms, self.running)


class Engine:
    """Counts what targets say for every objective of a plan.

    All methods but `build` are called from one thread.
    """

    def __init__(self, samples: SampleStore, ledgers: LedgerStore) -> None:
        self._samples = samples
        self._builder = Builder(samples, ledgers)
        self._records: dict[int, TargetRecord] = {}
        self._spans: dict[int, list[Span]] = {}
        self._configs: dict[int, list[TargetConfig]] = {}
        self._seen_layouts: set[tuple[int, int]] = set()
        self._scraped: dict[int, Scraped] = {}
        self._kept_from: dict[int, int] = {}
        self._rebuild: Rebuild | None = None
        self.built = Built(LedgerPlan())
        #: Whether objectives found a new job, so that a rebuild is due.
        self.is_stale = False

    @property
    def unmended(self) -> str | None:
        """Why the newest build could not count damaged blocks again, or None."""
        return self._builder.unmended

    def build(self, plan: LedgerPlan, now_ms: int) -> Built:
        """Open generations, derive what is missing, and return what can take over.

        Safe in a worker thread while nothing is scraped; a `rebuild` is safe while
        something is.

        Raises:
            StoreError: If a store failed.
        """
        return self._builder.build(plan, now_ms)

    def take_over(self, built: Built) -> None:
        """Let what was built count from now on."""
        before, self.built = self.built, built
        self.is_stale = False
        self._seen_layouts.clear()
        for number, record in self._records.items():
            for shard in self._shards_of(record):
                self._introduce(shard, number)
        rebuild, self._rebuild = self._rebuild, None
        if rebuild is not None:
            # The scrapes since then are counted once more, each after the one before.
            self._scraped = rebuild.scraped
            for scrape in rebuild.missed:
                self.landed(scrape)
        for old in before.shards:
            for shard in built.shards:
                shard.source.wait_for(old.source.under_way())

    def rebuild(self, now_ms: int) -> Rebuild:
        """Begin a rebuild, while scrapes go on: they count here, and once more there."""
        under_way: dict[int, int] = {}
        for shard in self.built.shards:
            flights = shard.source.under_way()
            under_way |= {target: flight.ts_ms for target, flight in flights.items()}
        for shard in self.built.shards:
            if not shard.behind(now_ms):
                shard.close_all(now_ms)
        unsealed = [b for shard in self.built.shards for b in shard.unsealed()]
        running = RunningScrapes(now_ms, under_way)
        self._rebuild = Rebuild(
            self, self._builder, unsealed, running, dict(self._scraped)
        )
        return self._rebuild

    def forget(self, rebuild: Rebuild) -> None:
        """Go on as before where a rebuild came to nothing."""
        if self._rebuild is rebuild:
            self._rebuild = None

    # What happens to targets.

    def discovered(self, record: TargetRecord, spans: list[Span]) -> None:
        """Take note of a target, with all its discoveries so far."""
        self._records[record.id] = record
        self._spans[record.id] = spans
        for shard in self._shards_of(record):
            shard.source.discovered(record, spans)
        self.is_stale |= self._is_news(record)

    def _is_news(self, record: TargetRecord) -> bool:
        """Return whether a target's job, or how often it is scraped, is not known."""
        built, job = self.built, record.job_label
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
        """Take note that a target is no longer discovered."""
        self._spans[target] = spans
        for shard in self.built.shards:
            shard.source.gone(target, spans)

    def configured(self, target: int, configs: list[TargetConfig]) -> None:
        """Take note of a target's scrape configurations so far."""
        self._configs[target] = configs
        for shard in self._shards_of(self._records[target]):
            shard.source.configured(self._records[target], configs)

    def started(self, target: int, ts_ms: int, timeout_ms: int) -> None:
        """Take note that a scrape is under way."""
        for shard in self.built.shards:
            shard.source.started(target, ts_ms, timeout_ms)

    def landed(self, scrape: LiveScrape) -> None:
        """Count a scrape wherever it counts."""
        if self._rebuild is not None:
            self._rebuild.missed.append(scrape)
        key = (scrape.target, scrape.layout.id)
        if key not in self._seen_layouts:
            self._seen_layouts.add(key)
            self._meet(scrape.target, scrape.layout, scrape.ts_ms)
        for shard in self.built.shards:
            shard.source.landed(scrape)
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
        self.is_stale |= len(self._samples.damages()) > self._builder.damaged
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
        job = record.job_label
        return [s for s in self.built.shards if job in s.jobs or record.id in s.targets]

    def _introduce(self, shard: Shard, target: int) -> None:
        record = self._records[target]
        shard.source.discovered(record, self._spans[target])
        shard.source.configured(record, self._configs.get(target, []))

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
                shard.source.resume(target, self._scraped_before(target, layout, ts_ms))
        job = record.job_label
        for key, jobs in self.built.jobs.items():
            if not jobs.implied:
                continue
            shard, number = self.built.place[key]
            valid = shard.index.rules[number].valid
            if any(valid.matches(labels) for labels in layout.labels):
                holders = self._holders(key)
                told = jobs.names
                self.is_stale |= job not in told or (len(told) > 1 and told != holders)

    def _scraped_before(
        self, target: int, layout: StoredLayout, ts_ms: int
    ) -> Scraped | None:
        """Return the last scrape of a target before one that has a layout."""
        scraped = self._scraped.get(target)
        if scraped is not None:
            return scraped
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
            target.record.job_label
            for target in shard.targets.values()
            if target.tally.first_valid_ms()[number] < _NO_SERIES
        )
