"""A real Alertmanager beside a test: the oracle for notifications."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from harness.targets import wait

_POLL_S = 0.02
_POLLS = 1_000


class AlertmanagerServer:
    """A running server's HTTP API on 127.0.0.1."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    @property
    def address(self) -> str:
        """Host and port."""
        return self._client.base_url.netloc.decode()

    async def post(self, alerts: Sequence[Mapping[str, object]]) -> None:
        """Send alerts, as a Prometheus does."""
        answer = await self._client.post("/api/v2/alerts", json=list(alerts))
        answer.raise_for_status()

    async def ready(self) -> None:
        """Return once it answers.

        Raises:
            TimeoutError: If it does not within twenty seconds.
        """
        for _ in range(_POLLS):
            try:
                if (await self._client.get("/-/ready")).is_success:
                    return
            except httpx2.TransportError:
                pass  # Not up yet.
            await wait(_POLL_S)
        raise TimeoutError("Alertmanager did not start")


@asynccontextmanager
async def running_alertmanager(
    folder: Path, configuration: Mapping[str, object]
) -> AsyncIterator[AlertmanagerServer]:
    """Run an Alertmanager in an empty folder until the block ends.

    Args:
        folder: Where its configuration, data and log go.
        configuration: The configuration file's content.
    """
    (folder / "alertmanager.yml").write_text(json.dumps(configuration))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "alertmanager.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.external-url=http://kizashi:9470",
            "--cluster.listen-address=",
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            server = AlertmanagerServer(client)
            await server.ready()
            yield server
    finally:
        process.kill()
        await process.wait()
