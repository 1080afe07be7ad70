"""The scraper on a manual clock and a fake network: order, phases, reloads."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest

from kizashi.errors import KizashiError, LimitError, ScrapeError
from kizashi.model.scraping import (
    FileDiscovery,
    RelabelRule,
    ScrapeConfig,
    TargetGroup,
)
from kizashi.scrape.budget import UNCOUNTED_BYTES, Claim
from kizashi.scrape.fetch import ScrapeBody
from kizashi.scrape.loop import FILE_POLL_S, Scraper
from kizashi.scrape.page import PageReader, PageSamples
from kizashi.scrape.reasons import reason
from kizashi.scrape.results import ScrapeHealth, ScrapeResult
from kizashi.scrape.schedule import phase_ms, places
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.testing.clock import ManualClock

pytestmark = pytest.mark.anyio

INTERVAL_MS = 10_000
INTERVAL_S = 10.0
TEXT = "text/plain; version=0.0.4"


@dataclass
class Network:
    """Pages by URL, and how long each takes; shared by the fetchers of all jobs."""

    clock: ManualClock
    page: bytes = b"up_seen 1\n"
    error: Exception | None = None
    slow_s: dict[str, float] = field(default_factory=dict)
    under_way: dict[str, int] = field(default_factory=dict)
    most_at_once: int = 0
    made: int = 0
    closed: int = 0

    def fetcher(self, _config: ScrapeConfig, _clock: object) -> "Network":
        self.made += 1
        return self

    async def fetch(self, url: str, timeout_ms: int, claim: Claim) -> ScrapeBody:
        assert timeout_ms > 0
        assert claim.limit > 0
        self.under_way[url] = self.under_way.get(url, 0) + 1
        self.most_at_once = max(self.most_at_once, self.under_way[url])
        try:
            await self.clock.sleep(self.slow_s.get(url, 0.01))
        finally:
            self.under_way[url] -= 1
        if self.error is not None:
            raise self.error
        return ScrapeBody(self.page, TEXT)

    async def close(self) -> None:
        self.closed += 1


class Diary:
    """Writes down what happened, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.results: list[ScrapeResult] = []
        self.stamps: list[int] = []
        self.fails = 0

    def _note(self, what: str, target: DiscoveredTarget) -> None:
        self.lines.append((what, target.labels.get("instance")))

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None:
        assert at_ms > 0
        self._note("discovered", target)

    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None:
        assert at_ms > 0
        self._note("gone", target)

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None:
        self.stamps.append(ts_ms)
        self._note("started", target)

    def on_finished(self, result: ScrapeResult) -> None:
        if self.fails:
            self.fails -= 1
            raise KizashiError("the disk is full")
        self.results.append(result)
        self._note("finished", result.target)

    def of(self, instance: str) -> list[str]:
        return [what for what, which in self.lines if which == instance]


@dataclass
class World:
    clock: ManualClock
    network: Network
    diary: Diary
    scraper: Scraper


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock, diary = ManualClock(), Diary()
    network = Network(clock)
    scraper = Scraper(clock, diary, make_fetcher=network.fetcher)
    yield World(clock, network, diary, scraper)
    await scraper.close()


def job(*addresses: str, **settings: object) -> ScrapeConfig:
    config = ScrapeConfig("api", interval_ms=INTERVAL_MS, timeout_ms=5_000)
    return replace(config, static_groups=(TargetGroup(addresses),), **settings)


def url(address: str) -> str:
    return f"http://{address}/metrics"


async def test_a_target_is_discovered_then_scraped_at_its_phase(world: World):
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(3 * INTERVAL_S)

    assert world.diary.of("a:1") == ["discovered", *["started", "finished"] * 3]
    (status,) = world.scraper.targets()
    first = world.diary.stamps[0]
    assert first % INTERVAL_MS == phase_ms(status.target, places(1))
    assert world.diary.stamps == [first, first + INTERVAL_MS, first + 2 * INTERVAL_MS]


async def test_a_result_has_the_samples_under_their_final_names(world: World):
    world.network.page = b"hits 5\nmiss 2\n"
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(2 * INTERVAL_S)

    first, second = world.diary.results
    assert first.ok
    assert first.labels[0].as_dict() == {
        "__name__": "hits",
        "instance": "a:1",
        "job": "api",
    }
    assert first.values.tolist() == [5, 2]
    assert first.duration_s == pytest.approx(0.01)
    assert (first.samples_scraped, first.samples_kept) == (2, 2)
    assert (first.series_added, second.series_added) == (2, 0)
    assert second.layout_key is first.layout_key
    assert not first.honor_labels


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (ScrapeError(reason("scrape.status", status=503)), None),
        (LimitError(reason("scrape.body_limit", limit=7)), "body_limit"),
    ],
)
async def test_a_failed_scrape_has_a_reason_and_no_samples(
    world: World, error: KizashiError, limit: str | None
):
    world.network.error = error
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(INTERVAL_S)

    (result,) = world.diary.results
    assert not result.ok
    assert (str(result.error), result.limit_hit) == (str(error), limit)
    assert (len(result.labels), len(result.values)) == (0, 0)
    (status,) = world.scraper.targets()
    assert status.health is ScrapeHealth.DOWN
    assert status.last_error == result.error


class Held:
    """What a frame holds while it reads a page."""


async def test_nothing_of_a_failed_scrape_waits_for_the_collector(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    seen = []

    async def fetch(*_arguments: object) -> ScrapeBody:
        body = Held()
        seen.append(weakref.ref(body))
        raise LimitError(reason("scrape.body_limit", limit=len(str(body))))

    monkeypatch.setattr(world.network, "fetch", fetch)
    await world.scraper.apply([job("a:1")])
    gc.disable()
    try:
        await world.clock.advance(2 * INTERVAL_S)
    finally:
        gc.enable()

    assert len(world.diary.results) == 2
    assert [body() for body in seen] == [None, None]


async def test_series_are_not_new_again_after_a_failed_scrape(world: World):
    await world.scraper.apply([job("a:1")])
    await world.clock.advance(INTERVAL_S)
    world.network.error = ScrapeError(reason("scrape.refused"))
    await world.clock.advance(INTERVAL_S)
    world.network.error = None
    await world.clock.advance(INTERVAL_S)

    first, _, third = world.diary.results

    assert third.layout_key is first.layout_key
    assert third.series_added == 0


async def test_status_says_how_a_target_stands(world: World):
    await world.scraper.apply([job("b:1", "a:1")])
    before = world.scraper.targets()
    assert [s.target.url for s in before] == [url("a:1"), url("b:1")]
    assert {s.health for s in before} == {ScrapeHealth.UNKNOWN}

    await world.clock.advance(INTERVAL_S)

    after = world.scraper.targets()[0]
    assert after.health is ScrapeHealth.UP
    assert (after.samples, after.last_error, after.limit_hit) == (1, None, None)
    assert after.duration_s == pytest.approx(0.01)


async def test_a_scrape_that_overruns_skips_ticks_and_is_never_doubled(world: World):
    world.network.slow_s[url("a:1")] = 2.5 * INTERVAL_S
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(9 * INTERVAL_S)

    assert world.network.most_at_once == 1
    gaps = {b - a for a, b in pairwise(world.diary.stamps)}
    assert gaps == {3 * INTERVAL_MS}


async def test_a_hung_target_delays_no_other(world: World):
    world.network.slow_s[url("hung:1")] = 1e6
    await world.scraper.apply([job("hung:1", "a:1")])

    await world.clock.advance(5 * INTERVAL_S)

    assert world.diary.of("a:1").count("finished") == 5
    assert world.diary.of("hung:1") == ["discovered", "started"]


@pytest.mark.parametrize("jump_ms", [-7_200_000, 3_600_000, 86_400_000])
async def test_a_clock_jump_makes_no_burst_and_no_pause(world: World, jump_ms: int):
    await world.scraper.apply([job("a:1")])
    await world.clock.advance(5 * INTERVAL_S)

    world.clock.jump(jump_ms)
    await world.clock.advance(5 * INTERVAL_S)

    stamps = world.diary.stamps
    assert len(stamps) == 10
    assert stamps[5] - stamps[4] == INTERVAL_MS + jump_ms
    assert {b - a for a, b in pairwise(stamps[5:])} == {INTERVAL_MS}


async def test_a_reload_leaves_unchanged_targets_alone(world: World):
    world.network.slow_s[url("a:1")] = 4.0
    await world.scraper.apply([job("a:1", "b:1")])
    while "started" not in world.diary.of("a:1"):
        await world.clock.advance(0.1)

    # When b goes, c comes, and a rule that changes nothing for a is added.
    rule = RelabelRule(source_labels=("none",), regex="x", target_label="y")
    await world.scraper.apply([job("a:1", "c:1", relabel=(rule,))])
    await world.clock.advance(INTERVAL_S)

    assert world.diary.of("a:1")[:3] == ["discovered", "started", "finished"]
    assert world.diary.of("b:1")[-1] == "gone"
    assert world.diary.of("c:1")[0] == "discovered"
    assert world.network.made == 1
    targets = world.scraper.targets()
    assert [s.target.config.relabel for s in targets] == [(rule,), (rule,)]
    await world.clock.advance(INTERVAL_S)
    assert world.diary.results[-1].target.config.relabel == (rule,)


async def test_changed_settings_start_the_loop_anew_without_losing_the_target(
    world: World,
):
    await world.scraper.apply([job("a:1")])
    await world.clock.advance(INTERVAL_S)

    await world.scraper.apply([job("a:1", honor_labels=True)])
    await world.clock.advance(INTERVAL_S)

    assert world.diary.of("a:1") == ["discovered", *["started", "finished"] * 2]
    assert world.diary.results[-1].honor_labels
    assert (world.network.made, world.network.closed) == (2, 1)


async def test_a_target_that_goes_during_a_scrape_is_gone_and_not_finished(
    world: World,
):
    world.network.slow_s[url("a:1")] = 1e6
    await world.scraper.apply([job("a:1")])
    await world.clock.advance(INTERVAL_S)

    await world.scraper.apply([])
    await world.clock.advance(INTERVAL_S)

    assert world.diary.of("a:1") == ["discovered", "started", "gone"]
    assert world.scraper.targets() == []
    assert world.network.closed == 1


async def test_target_files_are_followed(world: World, tmp_path: Path):
    path = tmp_path / "a.yml"
    path.write_text("- targets: [a:1]\n")
    files = FileDiscovery((str(path),))
    await world.scraper.apply([job(file_discoveries=(files,))])
    assert world.diary.of("a:1") == ["discovered"]

    path.write_text("- targets: [b:1, 'c d']\n")
    await world.scraper.refresh()

    assert world.diary.of("a:1")[-1] == "gone"
    assert world.diary.of("b:1") == ["discovered"]
    assert [str(d.why) for d in world.scraper.dropped()] == [
        "c d is not an address; expected host or host:port"
    ]

    path.write_text("no list\n")
    await world.scraper.refresh()
    assert str(world.scraper.problems()[0]).startswith(str(path))
    assert world.diary.of("b:1") == ["discovered"]


async def test_target_files_are_looked_at_without_being_told(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    looked = asyncio.Event()

    async def refresh() -> None:
        looked.set()

    monkeypatch.setattr(world.scraper, "refresh", refresh)
    await world.scraper.apply([])

    await world.clock.advance(FILE_POLL_S)

    assert looked.is_set()


async def test_a_mistake_of_a_listener_does_not_end_the_loop(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.diary.fails = 1
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(2 * INTERVAL_S)

    assert world.diary.of("a:1").count("started") == 2
    assert len(world.diary.results) == 1
    assert "the disk is full" in caplog.text


async def test_a_mistake_of_ours_makes_the_target_down(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.network.error = ZeroDivisionError("not foreseen")
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(2 * INTERVAL_S)

    assert [str(r.error) for r in world.diary.results] == [
        "a mistake in Kizashi (ZeroDivisionError); the log has the details"
    ] * 2
    assert "not foreseen" in caplog.text


async def test_a_large_page_is_read_beside_the_event_loop(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    readers, read = [], PageReader.read

    def noted(self: PageReader, body: ScrapeBody, ts_ms: int) -> PageSamples:
        readers.append(threading.current_thread().name)
        return read(self, body, ts_ms)

    monkeypatch.setattr(PageReader, "read", noted)
    line = b'm{n="%04d"} 1\n'
    count = UNCOUNTED_BYTES // len(line % 1) + 1
    world.network.page = b"".join(line % n for n in range(count))
    await world.scraper.apply([job("a:1")])

    await world.clock.advance(INTERVAL_S)
    await _until(lambda: bool(world.diary.results))

    assert world.diary.results[0].samples_kept == count > 10_000
    assert readers[0].startswith("scrape-reader")


async def _until(happened: Callable[[], bool]) -> None:
    """Wait, in real time, for what a thread does."""
    async with asyncio.timeout(5):
        while not happened():
            await asyncio.to_thread(lambda: None)
