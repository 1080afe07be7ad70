"""Kizashi reads a real Prometheus that is killed, and comes back on the same data."""

import json
from pathlib import Path

import numpy as np
import pytest
from serving import CLOCK, WORKS, Kizashi
from test_upstream import (
    Counter,
    compile_rules,
    prometheus_configuration,
    until,
)

from harness.prometheus import PrometheusServer, running_prometheus
from harness.targets import Servers
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.ledger.recorded import RECORDED_SELECTOR
from kizashi.upstream.client import HttpUpstream

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.nightly,
    pytest.mark.peer("prometheus"),
]

S = 1_000
ALERTING = """\
      alerting:
        policies: [{long: 6s, short: 3s, factor: 10, severity: page}]
"""


async def test_a_server_that_is_killed_and_comes_back_loses_and_doubles_nothing(
    tmp_path: Path, servers: Servers
):
    shop = Counter()
    shop.address = f"127.0.0.1:{(await servers.start(shop)).port}"
    kizashi = Kizashi(tmp_path)
    kizashi.declare(target="95%", window="2h", more=ALERTING)
    kizashi.configure(shop.address, interval="1s")
    compile_rules(kizashi)
    folder = tmp_path / "prometheus"
    folder.mkdir()
    content = json.loads(prometheus_configuration(tmp_path, shop.address, rules=True))
    with running_prometheus(folder, content) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        more = f"upstream: {{url: '{url}', timeout: 1s}}\n"
        kizashi.configure(shop.address, interval="1s", more=more)
        upstream = HttpUpstream(UpstreamConfig(url, url), CLOCK)
        try:
            await kizashi.start()
            await burn(kizashi, shop)
            peer.kill()
            await away(kizashi)
            # Sold while nobody looked; the next scrape shows it.
            shop.counts["200"] += 1_000
            shop.bad = 0
            peer.start_again()
            await back(kizashi, peer)
            await whole(kizashi, upstream)
        finally:
            await upstream.close()
            await kizashi.end()


async def phases(kizashi: Kizashi) -> list[tuple[object, object]]:
    (alert,) = (await kizashi.get(WORKS))["alerts"]
    return [(alert["state"], alert["source"])]


async def burn(kizashi: Kizashi, shop: Counter) -> None:
    async def is_counted() -> bool:
        return any(point["valid"] for point in await kizashi.points(5))

    async def fires() -> bool:
        return await phases(kizashi) == [("firing", "upstream")]

    await until(is_counted, 20, "recordings are read")
    shop.bad = 90  # the first errors ever
    await until(fires, 30, "the server's alert is shown as firing")


async def away(kizashi: Kizashi) -> None:
    """Check that everything answers, and says what it does not know."""

    async def is_told() -> bool:
        (target,) = (await kizashi.get("/kizashi/v1/targets"))["targets"]
        return target["last_error"] == "connection refused"

    await until(is_told, 15, "a server that is away is told")
    assert "connection refused" in (await kizashi.client.get("/targets")).text
    for page in ("/", "/services/shop", "/objectives/shop/works", "/alerts"):
        answer = await kizashi.client.get(page)
        assert answer.is_success, page
        assert "does not answer as it should: connection refused" in answer.text, page
    # Its last word stands, and nobody is told of a recovery.
    assert await phases(kizashi) in (
        [("firing", "upstream")],
        [("frozen", "upstream")],
    )


async def back(kizashi: Kizashi, peer: PrometheusServer) -> None:
    async def is_up() -> bool:
        (target,) = (await kizashi.get("/kizashi/v1/targets"))["targets"]
        return target["health"] == "up"

    async def is_over() -> bool:
        ((state, source),) = await phases(kizashi)
        return (state, source) == ("resolved", "upstream")

    await until(is_up, 30, "a server that is back is read")
    await until(is_over, 40, "the end of the burn on the server is shown")
    burns = [a for a in peer.get("alerts")["alerts"] if a["state"] == "firing"]
    assert "ErrorBudgetBurn" not in {a["labels"]["alertname"] for a in burns}


async def whole(kizashi: Kizashi, upstream: HttpUpstream) -> None:
    """Check that the ledger holds all that was sold, and each once."""

    async def is_whole() -> bool:
        now_ms = CLOCK.now_ms()
        found = await upstream.samples(
            RECORDED_SELECTOR, now_ms - 120 * S, now_ms - 4 * S
        )
        (valid,) = (
            one
            for one in found.series
            if one.labels.metric_name == "kizashi:slice_valid:count"
        )
        last_ms = int(valid.ts_ms[-1])
        raw = await upstream.samples("hits_total", now_ms - 120 * S, last_ms)
        grown = {one.labels.get("code"): np.diff(one.values) for one in raw.series}
        if grown["200"].max() < 1_000 or np.diff(valid.ts_ms).max() <= S:
            return False  # Nothing from after the restart is there yet.
        born = next(o.values[0] for o in raw.series if o.labels.get("code") == "500")
        answer = await kizashi.get(
            f"{WORKS}/ledger", start=last_ms // S - 120, end=-(-last_ms // S), step="1s"
        )
        points = answer["points"]
        counted = sum(p["bad"] for p in points), sum(p["valid"] for p in points)
        bad = grown["500"].sum() + born
        return counted == (bad, bad + grown["200"].sum())

    await until(is_whole, 20, "every event is in the ledger once")
    sources = (await kizashi.get(WORKS))["sources"]
    assert [s["source"] for s in sources][-3:] == ["recorded", "raw", "recorded"]
