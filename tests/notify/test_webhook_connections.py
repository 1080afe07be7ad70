"""Receivers that nobody should trust, and addresses of the newer kind."""

import socket
import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest

from kizashi.alert.retry import DeliveryResult
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.notify.webhook import WebhookNotifier
from kizashi.ports.notifier import Outcome
from kizashi.testing.notifier_contract import outgoing
from kizashi.testing.receivers import ReceiverServer

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE = "IP:127.0.0.1", "DNS:elsewhere.example"
YESTERDAY = "20200102000000Z"


def certificate(folder: Path, name: str, *times: str) -> tuple[Path, Path]:
    """Return a self-signed certificate for a name, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        f" -subj /CN=receiver -addext subjectAltName={name}"
    )
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *times, *files], check=True, capture_output=True)
    return cert, key


async def told(certificate: tuple[Path, Path]) -> tuple[Outcome, int]:
    """Return how an attempt went, and how many requests arrived."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await ReceiverServer(tls=context).start()
    one = WebhookNotifier(Webhook(server.url("/hook/secret-path"), timeout_ms=5_000))
    outcome = await one.send(outgoing())
    await one.close()
    await server.close()
    return outcome, len(server.received)


@pytest.mark.peer("openssl")
async def test_a_receiver_that_nobody_vouches_for_hears_nothing(tmp_path: Path):
    outcome, requests = await told(certificate(tmp_path, HERE, "-days", "2"))

    assert (outcome.verdict, outcome.code) == (DeliveryResult.RETRY, "notify.tls")
    assert outcome.answer == "self-signed certificate"
    assert requests == 0


@pytest.mark.peer("openssl")
@pytest.mark.parametrize(
    ("name", "times", "why"),
    [
        (ELSEWHERE, ("-days", "2"), "IP address mismatch"),
        (
            HERE,
            ("-not_before", "20200101000000Z", "-not_after", YESTERDAY),
            "certificate has expired",
        ),
        (HERE, ("-days", "2"), ""),
    ],
)
async def test_a_certificate_is_for_this_name_and_for_today(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    times: tuple[str, ...],
    why: str,
):
    made = certificate(tmp_path, name, *times)
    trusting = ssl.create_default_context(cafile=str(made[0]))
    # What the machine trusts is read once, when the library is loaded.
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)

    outcome, requests = await told(made)

    if why:
        assert (outcome.verdict, outcome.code) == (DeliveryResult.RETRY, "notify.tls")
        assert outcome.answer.startswith(why)
    assert requests == (0 if why else 1)
    assert (outcome.verdict is DeliveryResult.DELIVERED) == (not why)


def _speaks_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _speaks_ipv6(), reason="this machine has no IPv6")
async def test_an_address_of_ipv6_is_reached():
    server = await ReceiverServer(host="::1").start()
    one = WebhookNotifier(Webhook(server.url(), timeout_ms=5_000))

    assert (await one.send(outgoing())).verdict is DeliveryResult.DELIVERED
    await one.close()
    await server.close()
