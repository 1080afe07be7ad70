"""The contract of a server that is read, held by real ones."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness.prometheus import running_prometheus
from harness.victoria_metrics import load, running_victoria_metrics
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.ports.upstream import Upstream
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_upstream import MemoryUpstream
from kizashi.testing.upstream_contract import (
    START_MS,
    WORLD,
    UpstreamContract,
    as_openmetrics,
    as_text,
)
from kizashi.upstream.client import HttpUpstream

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def reading(port: int) -> AsyncIterator[Upstream]:
    url = f"http://127.0.0.1:{port}"
    upstream = HttpUpstream(UpstreamConfig(url, url), ManualClock())
    try:
        yield upstream
    finally:
        await upstream.close()


@pytest.fixture(scope="module")
def prometheus_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "world.om").write_text(as_openmetrics())
    subprocess.run(
        [  # noqa: S607 - the peer is whatever PATH offers
            "promtool",
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            folder / "world.om",
            folder / "data",
        ],
        check=True,
        capture_output=True,
    )
    arguments = ["--storage.tsdb.retention.time=100y"]
    with running_prometheus(folder, {}, arguments) as server:
        server.targets(lambda _: True)
        yield server.port


@pytest.fixture(scope="module")
def victoria_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("victoria")
    with running_victoria_metrics(folder) as port:
        load(port, as_text())
        yield port


class TestMemory(UpstreamContract):
    @pytest.fixture
    async def upstream(self) -> Upstream:
        memory = MemoryUpstream()
        for labels, samples in WORLD:
            for at, value in samples:
                memory.store(labels, START_MS + at, value)
        return memory


@pytest.mark.peer("prometheus")
class TestPrometheus(UpstreamContract):
    @pytest.fixture
    async def upstream(self, prometheus_port: int) -> AsyncIterator[Upstream]:
        async with reading(prometheus_port) as upstream:
            yield upstream


@pytest.mark.peer("victoria-metrics")
class TestVictoriaMetrics(UpstreamContract):
    @pytest.fixture
    async def upstream(self, victoria_port: int) -> AsyncIterator[Upstream]:
        async with reading(victoria_port) as upstream:
            yield upstream
