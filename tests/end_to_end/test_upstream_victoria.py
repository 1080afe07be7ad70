"""VictoriaMetrics scrapes, vmalert runs the compiled rules; Kizashi reads both."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from serving import CLOCK, WORKS, Kizashi, free_port
from test_upstream import Counter, until

from harness.targets import Servers
from harness.victoria_metrics import running_victoria_metrics
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.ledger.recorded import RECORDED_SELECTOR
from kizashi.upstream.client import HttpUpstream

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.nightly,
    pytest.mark.peer("victoria-metrics"),
]

S = 5_000


@contextmanager
def running_vmalert(folder: Path, storage: str) -> Iterator[str]:
    """Run vmalert over a storage until the block ends; yield its address."""
    port = free_port()
    with (folder / "vmalert.log").open("wb") as log:
        process = subprocess.Popen(
            [  # noqa: S607 - the peer is whatever PATH offers
                "vmalert",
                f"-rule={folder / 'rules' / '*.rules.yaml'}",
                f"-datasource.url={storage}",
                f"-remoteWrite.url={storage}",
                f"-remoteRead.url={storage}",
                f"-httpListenAddr=127.0.0.1:{port}",
                "-remoteWrite.flushInterval=500ms",
                "-notifier.blackhole",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


async def test_the_ledger_is_what_vmalert_recorded(tmp_path: Path, servers: Servers):
    shop = Counter()
    shop.address = f"127.0.0.1:{(await servers.start(shop)).port}"
    kizashi = Kizashi(tmp_path)
    kizashi.declare(target="95%", window="2h")
    scrape = {
        "global": {"scrape_interval": "5s"},
        "scrape_configs": [
            {"job_name": "shop", "static_configs": [{"targets": [shop.address]}]}
        ],
    }
    (tmp_path / "scrape.yaml").write_text(json.dumps(scrape))
    arguments = [f"-promscrape.config={tmp_path / 'scrape.yaml'}"]
    with running_victoria_metrics(tmp_path, arguments) as port:
        storage = f"http://127.0.0.1:{port}"
        configure(kizashi, shop.address, storage, storage)
        with running_vmalert(tmp_path, storage) as ruler:
            configure(kizashi, shop.address, storage, ruler)
            await kizashi.start()
            upstream = HttpUpstream(UpstreamConfig(storage, ruler), CLOCK)
            try:
                await check(kizashi, shop, upstream)
            finally:
                await upstream.close()
                await kizashi.end()


def configure(kizashi: Kizashi, address: str, storage: str, ruler: str) -> None:
    """Write the configuration, and compile its rules for vmalert."""
    more = f"upstream: {{url: '{storage}', rules_url: '{ruler}'}}\n"
    kizashi.configure(address, interval="5s", more=more)
    text = kizashi.config.read_text().replace("slice: 1s", "slice: 5s")
    kizashi.config.write_text(text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kizashi", "compile", "--to", "vmalert"),
            *("--out", str(kizashi.folder / "rules"), str(kizashi.config)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def check(kizashi: Kizashi, shop: Counter, upstream: HttpUpstream) -> None:
    shop.bad = 3

    async def is_in_step() -> bool:
        return (await kizashi.get("/kizashi/v1/drift"))["is_in_step"] is not None

    await until(is_in_step, 60, "vmalert's rules are read")
    drift = await kizashi.get("/kizashi/v1/drift")
    assert (drift["is_in_step"], drift["entries"]) == (True, [])

    async def is_read() -> bool:
        now_s = CLOCK.now_ms() / 1_000
        ledger = await kizashi.get(
            f"{WORKS}/ledger", start=now_s - 65, end=now_s - 15, step="5s"
        )
        return all(point["valid"] == 13 for point in ledger["points"])

    await until(is_read, 180, "ten recorded slices are read")
    end_ms = (CLOCK.now_ms() - 15_000) // S * S
    start_ms = end_ms - 4 * S
    found = await upstream.samples(RECORDED_SELECTOR, start_ms, end_ms)
    told = {
        one.labels.metric_name: dict(
            zip((-(-one.ts_ms // S) * S).tolist(), one.values.tolist(), strict=True)
        )
        for one in found.series
    }
    ledger = await kizashi.get(
        f"{WORKS}/ledger",
        start=start_ms // 1_000,
        end=end_ms // 1_000,
        step="5s",
    )
    edges = [int(point["at"]) * 1_000 for point in ledger["points"]]
    assert len(edges) == 4
    for name, key in (("bad", "bad"), ("valid", "valid")):
        recorded = told[f"kizashi:slice_{name}:count"]
        assert [p[key] for p in ledger["points"]] == [recorded[edge] for edge in edges]
    assert {p["valid"] for p in ledger["points"]} == {13}
