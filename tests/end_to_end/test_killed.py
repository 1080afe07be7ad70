"""kill -9 at any moment: nothing stored is lost, and the ledger is a recount."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from serving import CLOCK, SLICE_MS, Kizashi, Opened, Shop, as_scraped

from harness.brute_force import TargetStory, brute_ledger, brute_seen
from kizashi.offline.history import ImportSamplesRequest
from kizashi.offline.importing import import_samples
from kizashi.settings.declaration_files import load
from kizashi.sli._base import Indicator
from kizashi.slo.window_sums import SEEN_ONE, State

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

HISTORY_S = 1_200
READY_S = 3.0


def make_history(kizashi: Kizashi, shop: Shop) -> None:
    """Import the shop's past: sealed blocks before the first start."""
    now_s = CLOCK.now_ms() // 1000
    lines = []
    for code in ("200", "500"):
        shop.counts[code] = 0
        for second in range(now_s - HISTORY_S, now_s):
            shop.counts[code] += int(shop.rng.integers(0, 5))
            own = f'job="shop",instance="{shop.address}",code="{code}"'
            lines.append(f"hits_total{{{own}}} {shop.counts[code]} {second}.125\n")
    path = kizashi.folder / "history.om"
    path.write_text("".join(lines) + "# EOF\n")
    import_samples(
        ImportSamplesRequest((path,), interval_ms=SLICE_MS),
        kizashi.data,
        load([kizashi.config]),
        progress=lambda *_: None,
    )


def committed(data: Path) -> set[tuple[int, int, bytes]]:
    """Return the rows that the store holds, through another process' eyes."""
    uri = f"file:{data / 'samples.db'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as reader:
        return set(reader.execute("SELECT target, ts, v FROM head"))


async def kill_again_and_again(
    kizashi: Kizashi, kills: int, rng: np.random.Generator
) -> set[tuple[int, int, bytes]]:
    """Return what had been committed before the last of the kills."""
    seen: set[tuple[int, int, bytes]] = set()
    for number in range(kills):
        if number % 4 == 3:
            # While it is starting, wherever it is.
            await kizashi.launch()
            await CLOCK.sleep(float(rng.uniform(0.3, 1.1)))
        else:
            assert await kizashi.start() <= READY_S
            await CLOCK.sleep(float(rng.uniform(0.05, 0.9)))
        seen |= committed(kizashi.data)
        await kizashi.kill()
        assert seen <= committed(kizashi.data)
    return seen


def check_counts(
    points: list[dict[str, object]], indicator: Indicator, stories: list[TargetStory]
) -> None:
    """Compare what was answered with rules written as loops."""
    brute = brute_ledger(indicator, stories, SLICE_MS)
    live_from = max(f for story in stories for f, _ in story.discovered)
    for place, point in enumerate(points):
        edge_ms = round(float(str(point["at"])) * 1000)
        number = edge_ms // SLICE_MS
        bad = brute.bad[number] + brute.late_bad[number]
        valid = brute.valid[number] + brute.late_valid[number]
        got = point["bad"], point["valid"], point["late"]
        assert got == (bad, valid, brute.late_valid[number]), (place, point)
        if edge_ms < live_from and place % 11:
            continue
        share, state = brute_seen(indicator, stories, edge_ms)
        told = round(float(str(point["coverage"])) * SEEN_ONE)
        assert told == round(share * SEEN_ONE), (place, edge_ms - live_from, point)
        if state == "present":
            assert point["state"] in {"live", "idle"}
        else:
            assert point["state"] == state


async def check_kills(kizashi: Kizashi, shop: Shop, kills: int, seed: int) -> None:
    make_history(kizashi, shop)
    began_s = CLOCK.now_ms() / 1000 - HISTORY_S - 60
    seen = await kill_again_and_again(kizashi, kills, np.random.default_rng(seed))
    assert await kizashi.start() <= READY_S
    await CLOCK.sleep(1.5)
    points = await kizashi.points(CLOCK.now_ms() / 1000 - began_s)
    assert await kizashi.stop() == 0
    assert seen <= committed(kizashi.data)

    opened = Opened(kizashi.data)
    (target,) = opened.samples.targets()
    stories = opened.stories()
    opened.close()
    served = [as_scraped(counts, shop.address) for _, counts in shop.served]
    stored = [s.values for s in stories[0].scrapes if s.ts_ms > began_s * 1000]
    scraped = [values for values in stored if values is not None]
    live = scraped[-len([s for s in stored if s]) :][HISTORY_S:]
    places = [served.index(values) for values in live]
    assert places == sorted(set(places)), "a page was stored twice or out of order"
    assert len(live) >= kills
    indicator = load([kizashi.config]).services[0].objectives[0].indicator
    check_counts(points, indicator, stories)

    again = Opened(kizashi.data, kizashi.folder / "copy")
    engine = again.recount(kizashi.config, CLOCK.now_ms())
    shard, member = engine.built.place["shop", "works"]
    ends = [round(float(str(p["at"])) * 1000) // SLICE_MS for p in points]
    part = shard.past_slices(member, ends[0], ends[-1])
    assert ends == list(range(ends[0], ends[-1] + 1))
    for point, seen_share, state in zip(points, part.seen, part.state, strict=True):
        assert round(float(str(point["coverage"])) * SEEN_ONE) == seen_share, point
        assert point["state"] == State(int(state)).word, point
    on_time = [float(str(p["valid"])) - float(str(p["late"])) for p in points]
    assert on_time == part.valid.tolist()
    again.close()
    assert target.job == "shop"


async def test_four_kills_lose_nothing_and_count_nothing_twice(
    kizashi: Kizashi, shop: Shop
):
    await check_kills(kizashi, shop, 4, seed=1)


@pytest.mark.nightly
async def test_a_hundred_kills_lose_nothing_and_count_nothing_twice(
    kizashi: Kizashi, shop: Shop
):
    await check_kills(kizashi, shop, 100, seed=2)
