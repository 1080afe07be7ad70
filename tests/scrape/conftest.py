"""What the scraper's tests share: servers and a certificate."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kizashi.testing.targets import Servers


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    """Starts servers, and ends them after the test."""
    started = Servers()
    yield started
    await started.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, but not for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        " -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return cert, key
