"""Active series are bounded over all targets."""

import pytest

from harness.targets import Servers, page
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.scrape.loop import Scraper
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.series_budget import SeriesBudget
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.testing.clock import ManualClock


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    budget = SeriesBudget(10)
    assert budget.take("a", 6)
    assert not budget.take("b", 5)
    assert budget.take("b", 4)
    assert budget.take("a", 3)
    assert budget.take("b", 7)


def test_what_was_held_is_free_again_after_a_release() -> None:
    budget = SeriesBudget(10)
    assert budget.take("a", 10)
    budget.release("a")
    budget.release("a")
    assert budget.take("b", 10)


class Results:
    def __init__(self) -> None:
        self.found: list[ScrapeResult] = []

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None:
        pass

    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None:
        pass

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None:
        pass

    def on_finished(self, result: ScrapeResult) -> None:
        self.found.append(result)


@pytest.mark.anyio
async def test_a_target_that_would_go_over_is_down_with_the_reason(
    servers: Servers,
) -> None:
    results, clock = Results(), ManualClock()
    text = "".join(f"m{n} 1\n" for n in range(8)).encode()
    first, second = await servers.start(page(text)), await servers.start(page(text))
    addresses = tuple(s.url().split("/")[2] for s in (first, second))
    groups = (TargetGroup(addresses),)
    config = ScrapeConfig("j", interval_ms=1000, timeout_ms=1000, static_groups=groups)
    scraper = Scraper(clock, results, most_series=12)
    await scraper.apply([config])
    while len(results.found) < 4:
        await clock.advance(0.5)
    await scraper.close()
    by_target = {r.target.key: r for r in results.found}
    assert sorted(r.ok for r in by_target.values()) == [False, True]
    down = next(r for r in by_target.values() if not r.ok)
    assert down.limit_hit == "series_limit"
    assert down.error is not None
    assert "12 active series" in str(down.error)
