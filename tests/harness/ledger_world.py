"""A small world of targets around a ledger engine, and its story for brute force."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.brute_force import ScrapeStory, TargetStory
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine, Rebuild
from kizashi.ledger.live_scrapes import LiveScrape
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import TargetConfig, TargetRecord
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore


@dataclass(frozen=True, slots=True)
class Config:
    """A scrape configuration as far as counting cares."""

    fingerprint: str = "a"
    honor_labels: bool = False
    interval_ms: int = 15_000


class LedgerWorld:
    """Drives an engine as the runtime does: store first, then count."""

    def __init__(
        self, samples: SampleStore, ledgers: LedgerStore, plan: LedgerPlan, now_ms: int
    ) -> None:
        self.samples = samples
        self.ledgers = ledgers
        self.plan = plan
        self.stories: dict[int, TargetStory] = {}
        self._records: dict[int, TargetRecord] = {}
        self._configs: dict[int, Config] = {}
        self._last: dict[int, list[Labels]] = {}
        self._met: dict[int, set[Labels]] = {}
        self.engine = Engine(samples, ledgers)
        self.restart(now_ms)

    def restart(self, now_ms: int) -> None:
        """Forget everything that was only in memory, and start again."""
        self._met.clear()
        self.engine = Engine(self.samples, self.ledgers)
        self.engine.take_over(self.engine.build(self.plan, now_ms))
        for target, story in self.stories.items():
            if story.discovered[-1][1] is None:
                self._introduce(target)

    def rebuild(self, plan: LedgerPlan, now_ms: int) -> None:
        """Reload: store what is not sealed, build beside, take over."""
        self.plan = plan
        with self.begin(now_ms) as rebuild:
            self.engine.take_over(rebuild.build(plan, now_ms))

    def begin(self, now_ms: int) -> Rebuild:
        """Begin a rebuild, with what is not sealed stored."""
        rebuild = self.engine.rebuild(now_ms)
        self.ledgers.write(rebuild.unsealed)
        return rebuild

    def discover(
        self,
        job: str,
        instance: str,
        now_ms: int,
        config: Config | None = None,
        scrape_job: str | None = None,
    ) -> int:
        """Discover a target, for the first time or again.

        Args:
            job: Its job label.
            instance: Its instance label.
            now_ms: When.
            config: Its scrape configuration; None for the one before.
            scrape_job: The scrape job that it belongs to; None where that is `job`.
        """
        labels = Labels.of(job=job, instance=instance)
        scrape_job = scrape_job or job
        target = self.samples.target_id(scrape_job, labels)
        self._records[target] = TargetRecord(target, scrape_job, labels)
        story = self.stories.setdefault(target, TargetStory([], labels=labels))
        story.discovered.append((now_ms, None))
        self.samples.record_discovery(target, now_ms)
        self.configure(target, config or self._configs.get(target, Config()), now_ms)
        self._introduce(target)
        return target

    def instance(self, target: int) -> str:
        """Return a target's instance label."""
        return self._records[target].labels.get("instance")

    def lose(self, target: int, now_ms: int) -> None:
        """Discover a target no more."""
        story = self.stories[target]
        story.discovered[-1] = (story.discovered[-1][0], now_ms)
        self.samples.record_gone(target, now_ms)
        self.engine.gone(target, list(story.discovered))

    def configure(self, target: int, config: Config, now_ms: int) -> None:
        """Change a target's scrape configuration."""
        if self._configs.get(target) != config:
            self._met.pop(target, None)
        self._configs[target] = config
        self.samples.record_config(
            TargetConfig(
                target,
                now_ms,
                config.fingerprint,
                config.honor_labels,
                config.interval_ms,
            )
        )
        self._introduce(target)

    def reconfigure(self, target: int, config: Config, now_ms: int) -> None:
        """Change a target's scrape configuration, unless it is as it was."""
        if self._configs[target] != config:
            self.configure(target, config, now_ms)

    def _introduce(self, target: int) -> None:
        self.engine.discovered(
            self._records[target], list(self.stories[target].discovered)
        )
        spans = [c for c in self.samples.configs() if c.target == target]
        self.engine.configured(target, spans)

    def start(self, target: int, ts_ms: int) -> None:
        """Start a scrape that is to land later."""
        self.engine.started(target, ts_ms, 10_000)

    def land(
        self,
        target: int,
        ts_ms: int,
        values: Mapping[Labels, float] | None,
        *,
        read: int = 0,
    ) -> None:
        """Let a scrape land: successful with values, failed with None.

        Args:
            target: Of which target.
            ts_ms: When it started.
            values: What was kept of its page.
            read: How many samples the page had that were not kept.
        """
        config = self._configs[target]
        own = self._records[target].labels
        exposed = {k.merged(own): v for k, v in (values or {}).items()}
        self.stories[target].scrapes.append(
            ScrapeStory(
                ts_ms,
                None if values is None else exposed,
                config.fingerprint,
                config.honor_labels,
                config.interval_ms,
            )
        )
        names = [own.merged({METRIC_NAME: name}) for name in REPORT_SERIES]
        layout = self.samples.layout([*names, *exposed])
        up = 0.0 if values is None else 1.0
        new = exposed.keys() - self._met.get(target, set())
        if values is not None:
            self._met[target] = set(exposed)
        report = [up, 0.01, read + len(exposed), len(exposed), len(new)]
        row = np.array([*report, *exposed.values()])
        gone = [k for k in self._last.get(target, []) if k not in exposed]
        stale = self.samples.layout(gone).series if gone else np.empty(0, np.int64)
        self._last[target] = list(exposed)
        self.samples.append([ScrapeRow(target, ts_ms, layout.id, row, None, stale)])
        self.engine.landed(
            LiveScrape(target, ts_ms, ok=values is not None, layout=layout, values=row)
        )

    def tick(
        self,
        now_ms: int,
        *,
        seal: bool = True,
        between: Callable[[], object] = lambda: None,
    ) -> None:
        """Close what is due and seal what can be; `between` is the engine's."""
        self.engine.tick(now_ms, between)
        if self.engine.is_stale:
            self.rebuild(self.plan, now_ms)
        if seal:
            for shard, blocks in self.engine.to_seal():
                self.ledgers.write(
                    blocks, {b.generation: shard.sealed + 1 for b in blocks}
                )
                shard.has_sealed(blocks)

    def all_stories(self) -> Sequence[TargetStory]:
        """Return every target's story."""
        return list(self.stories.values())
