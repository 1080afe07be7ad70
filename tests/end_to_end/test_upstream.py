"""A real Prometheus scrapes and runs the compiled rules; Kizashi reads it."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from serving import CLOCK, Kizashi, Shop

from harness.prometheus import PrometheusServer, running_prometheus
from harness.targets import Servers, page
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.ledger.matching import count_rule
from kizashi.ledger.raw_counting import Counting, count_raw
from kizashi.ledger.raw_samples import RawStretch
from kizashi.ledger.recorded import RECORDED_SELECTOR
from kizashi.model.upstream import UpstreamSamples, UpstreamSeries
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series
from kizashi.sli.ratio import RatioIndicator
from kizashi.upstream.client import HttpUpstream

pytestmark = [pytest.mark.anyio, pytest.mark.peer("prometheus")]

S = 1_000
RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)
ALERTING = """\
      alerting:
        policies: [{long: 10s, short: 5s, factor: 10, severity: page}]
"""


@dataclass
class Counter(Shop):
    """A shop with a steady trade: ten good hits a page, and bad ones on demand."""

    bad: int = 0
    is_broken: bool = False

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        """Answer a scrape."""
        if self.is_broken:
            await page(b"", "503 Service Unavailable")(head, writer)
            return
        self.counts["200"] = self.counts.get("200", 0) + 10
        if self.bad:
            self.counts["500"] = self.counts.get("500", 0) + self.bad
        lines = [f'hits_total{{code="{c}"}} {n}\n' for c, n in self.counts.items()]
        await page("".join(lines).encode())(head, writer)


def prometheus_configuration(folder: Path, address: str, *, rules: bool) -> str:
    return json.dumps(
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "rule_files": [str(folder / "rules" / "*.rules.yaml")] if rules else [],
            "scrape_configs": [
                {
                    "job_name": "shop",
                    "static_configs": [{"targets": [address]}],
                }
            ],
        }
    )


@contextmanager
def scraping(folder: Path, address: str) -> Iterator[PrometheusServer]:
    folder.mkdir()
    configuration = json.loads(
        prometheus_configuration(folder.parent, address, rules=False)
    )
    with running_prometheus(folder, configuration, ["--web.enable-lifecycle"]) as peer:
        yield peer


def compile_rules(kizashi: Kizashi) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kizashi", "compile", "--to", "prometheus"),
            *("--out", str(kizashi.folder / "rules"), str(kizashi.config)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def until(holds: object, most_s: float, what: str) -> None:
    """Wait for a condition; `holds` is a coroutine function."""
    began = CLOCK.monotonic()
    while CLOCK.monotonic() - began < most_s:
        if await holds():  # type: ignore[operator]
            return
        await CLOCK.sleep(0.1)
    raise AssertionError(f"not within {most_s} s: {what}")


def moved(samples: UpstreamSamples, by_ms: int) -> UpstreamSamples:
    return UpstreamSamples(
        tuple(
            UpstreamSeries(one.labels, one.ts_ms + by_ms, one.values)
            for one in samples.series
        )
    )


async def counted_at(
    upstream: HttpUpstream, first_ms: int, last_ms: int
) -> list[tuple[float, float, float]]:
    """Count raw samples in slices whose edges are the rules' evaluation times."""
    phase = -first_ms % S
    start_ms = first_ms - 20 * S
    raw = await upstream.samples("hits_total", start_ms, last_ms)
    ups = await upstream.samples('up{job="shop"}', start_ms, last_ms)
    counting = Counting(
        0, count_rule(RATIO), (first_ms + phase) // S, (last_ms + phase) // S, S, 2**60
    )
    stretch = RawStretch(
        start_ms, moved(raw, phase), moved(ups, phase), UpstreamSamples(()), S
    )
    part = count_raw(counting, stretch).slices
    return list(zip(part.bad.tolist(), part.valid.tolist(), part.seen, strict=True))


async def test_the_ledger_is_what_prometheus_recorded_and_what_we_would_have_counted(
    tmp_path: Path, servers: Servers
):
    shop = Counter()
    shop.address = f"127.0.0.1:{(await servers.start(shop)).port}"
    kizashi = Kizashi(tmp_path)
    kizashi.declare(target="95%", window="2h", more=ALERTING)
    with scraping(tmp_path / "prometheus", shop.address) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        more = f"upstream: {{url: '{url}', timeout: 1s}}\n"
        kizashi.configure(shop.address, interval="1s", more=more)
        compile_rules(kizashi)
        upstream = HttpUpstream(UpstreamConfig(url, url), CLOCK)
        try:
            await story(kizashi, shop, peer, upstream)
        finally:
            await upstream.close()
            await kizashi.end()


async def remember(rules: Path, peer: PrometheusServer, upstream: HttpUpstream) -> None:
    """Load rules that first know within seconds what was there before, not minutes."""
    compiled = files_of(rules)
    hurried = {
        p: re.sub(r"interval: \d+m\b", "interval: 1s", t) for p, t in compiled.items()
    }
    write(hurried)
    peer.reload()

    async def is_complete() -> bool:
        complete = str(Series.MEMORY_COMPLETE)
        return bool((await upstream.instant(complete, CLOCK.now_ms())).series)

    await until(is_complete, 30, "the rules remember what was there before")
    write(compiled)
    peer.reload()


def files_of(rules: Path) -> dict[Path, str]:
    return {p: p.read_text(encoding="utf-8") for p in rules.glob("*.rules.yaml")}


def write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")


async def story(
    kizashi: Kizashi, shop: Counter, peer: PrometheusServer, upstream: HttpUpstream
) -> None:
    peer.targets(lambda found: found["activeTargets"])
    await CLOCK.sleep(5)
    # Only now are the rules deployed: what was before is there as raw samples.
    (kizashi.folder / "prometheus" / "prometheus.yml").write_text(
        prometheus_configuration(kizashi.folder, shop.address, rules=True)
    )
    await remember(kizashi.folder / "rules", peer, upstream)
    await kizashi.start()
    await CLOCK.sleep(2)
    shop.bad = 3  # the first error ever
    await CLOCK.sleep(1)
    shop.is_broken = True
    await CLOCK.sleep(1.5)
    shop.is_broken, shop.bad, shop.counts = False, 0, {"500": 1}  # restarted
    await CLOCK.sleep(3)
    shop.bad = 90

    async def fires() -> bool:
        (alert,) = (await kizashi.get("/kizashi/v1/objectives/shop/works"))["alerts"]
        return alert["state"] == "firing" and alert["source"] == "upstream"

    await until(fires, 40, "the server's alert is shown as firing")
    # On a busy machine the server may have lost data meanwhile, and says so, too.
    (told,) = (
        alert
        for alert in peer.get("alerts")["alerts"]
        if alert["labels"]["alertname"] == "ErrorBudgetBurn"
    )
    view = await kizashi.get("/kizashi/v1/objectives/shop/works")
    listed = (await kizashi.get("/kizashi/v1/alerts"))["alerts"]
    assert view["alerts"][0]["since"] == pytest.approx(
        _unix(told["activeAt"]), abs=0.01
    )
    (burn,) = [a for a in listed if a["labels"]["alertname"] == "ErrorBudgetBurn"]
    assert (burn["labels"]["service"], burn["source"]) == ("shop", "upstream")
    assert (await kizashi.get("/kizashi/v1/targets"))["targets"][0]["health"] == "up"
    drift = await kizashi.get("/kizashi/v1/drift")
    assert (drift["is_in_step"], drift["entries"]) == (True, [])
    await check_counts(kizashi, upstream)
    await check_slowness(kizashi, peer)


def _unix(text: str) -> float:
    return float(np.datetime64(text.removesuffix("Z"), "us").astype(int)) / 1e6


async def check_counts(kizashi: Kizashi, upstream: HttpUpstream) -> None:
    """Compare the ledger with the recordings, and these with what we count."""

    async def is_read() -> bool:
        view = await kizashi.get("/kizashi/v1/objectives/shop/works")
        return {"raw", "recorded"} <= {s["source"] for s in view["sources"]}

    await until(is_read, 20, "the past is read")
    now_ms = CLOCK.now_ms()
    found = await upstream.samples(RECORDED_SELECTOR, now_ms - 60 * S, now_ms - 5 * S)
    by_name = {one.labels.metric_name: one for one in found.series}
    valid = by_name["kizashi:slice_valid:count"]
    first_ms, last_ms = int(valid.ts_ms[0]), int(valid.ts_ms[-1])
    assert np.diff(valid.ts_ms).tolist() == [S] * (len(valid.ts_ms) - 1)
    ours = await counted_at(upstream, first_ms, last_ms)
    bad = by_name["kizashi:slice_bad:count"]
    assert [v for _, v, _ in ours] == valid.values.tolist()
    counts = dict(zip(bad.ts_ms.tolist(), bad.values.tolist(), strict=True))
    assert [b for b, _, _ in ours] == [counts[t] for t in valid.ts_ms.tolist()]
    ledger = await kizashi.get(
        "/kizashi/v1/objectives/shop/works/ledger",
        start=first_ms // S,
        end=-(-last_ms // S),
        step="1s",
    )
    points = [(p["bad"], p["valid"]) for p in ledger["points"]]
    assert points == [(b, v) for b, v, _ in ours]
    # What came before the rules, and with them, is all that the shop sold.
    raw = await upstream.samples("hits_total", now_ms - 120 * S, last_ms)
    sold = sum(_grown(one.values) for one in raw.series)
    whole = await kizashi.get(
        "/kizashi/v1/objectives/shop/works/ledger",
        start=last_ms // S - 120,
        end=-(-last_ms // S),
        step="1s",
    )
    born = min(one.values[0] for one in raw.series if one.labels.get("code") == "500")
    counted = sum(p["valid"] for p in whole["points"])
    assert counted == sold + born


def _grown(values: np.ndarray) -> float:
    steps = np.diff(values)
    return float(np.where(steps < 0, values[1:], steps).sum())


async def check_slowness(kizashi: Kizashi, peer: PrometheusServer) -> None:
    """A server that hangs is told, and read again when it goes on."""
    assert peer.pid is not None
    os.kill(peer.pid, signal.SIGSTOP)
    try:

        async def is_told() -> bool:
            (target,) = (await kizashi.get("/kizashi/v1/targets"))["targets"]
            return target["last_error"] == "no answer within 1s"

        await until(is_told, 15, "a server that hangs is told")
    finally:
        os.kill(peer.pid, signal.SIGCONT)

    async def is_back() -> bool:
        (target,) = (await kizashi.get("/kizashi/v1/targets"))["targets"]
        return target["health"] == "up"

    await until(is_back, 15, "a server that goes on is read")
