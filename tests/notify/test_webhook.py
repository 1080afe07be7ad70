"""Webhooks: the contract, the payload as it is, and signatures."""

import hashlib
import hmac
from pathlib import Path

import pytest

from kizashi.alert.retry import DeliveryResult
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.notify.webhook import WebhookNotifier
from kizashi.ports.notifier import Notifier
from kizashi.testing.notifier_contract import (
    SECRET,
    HttpNotifierContract,
    check_readable,
    outgoing,
)
from kizashi.testing.receivers import ReceiverServer, status

pytestmark = pytest.mark.anyio


class TestWebhook(HttpNotifierContract):
    """A signed webhook."""

    def notifier(self, url: str, timeout_ms: int = 2_000) -> Notifier:
        return WebhookNotifier(Webhook(url, timeout_ms=timeout_ms, secret=SECRET))


async def test_the_payload_is_sent_as_it_is(receiver: ReceiverServer):
    one = WebhookNotifier(Webhook(receiver.url("/a%20b?c=%2B"), timeout_ms=2_000))

    await one.send(outgoing("ja"))

    (got,) = receiver.received
    assert got.line == "POST /a%20b?c=%2B HTTP/1.1"
    assert got.body == outgoing("ja").payload.encode()
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"].startswith("Kizashi/")
    assert "x-kizashi-signature" not in got.headers
    await one.close()


def signed_with(secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), b"1800000000." + body, hashlib.sha256)
    return f"t=1800000000,v1={digest.hexdigest()}"


async def test_a_signature_is_over_the_time_and_the_body(receiver: ReceiverServer):
    one = WebhookNotifier(Webhook(receiver.url(), timeout_ms=2_000, secret=SECRET))

    await one.send(outgoing())

    (got,) = receiver.received
    assert got.headers["x-kizashi-signature"] == signed_with(SECRET, got.body)
    await one.close()


async def test_a_secret_file_is_read_for_every_request(
    receiver: ReceiverServer, tmp_path: Path
):
    file = tmp_path / "key"
    one = WebhookNotifier(
        Webhook(receiver.url(), timeout_ms=2_000, secret_file=str(file))
    )

    for secret in ("first-secret", "second-secret"):
        file.write_text(f"{secret}\n")
        await one.send(outgoing())

    signatures = [r.headers["x-kizashi-signature"] for r in receiver.received]
    body = receiver.received[0].body
    assert signatures == [
        signed_with(secret, body) for secret in ("first-secret", "second-secret")
    ]
    await one.close()


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
async def test_without_its_secret_nothing_is_sent_unsigned(
    receiver: ReceiverServer, tmp_path: Path, content: bytes | None
):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    one = WebhookNotifier(
        Webhook(receiver.url(), timeout_ms=2_000, secret_file=str(file))
    )

    outcome = await one.send(outgoing())

    assert (outcome.verdict, outcome.code) == (
        DeliveryResult.RETRY,
        "notify.secret-file",
    )
    check_readable(outcome)
    assert receiver.received == []
    await one.close()


async def test_a_secret_from_a_file_is_masked_in_what_is_echoed(
    receiver: ReceiverServer, tmp_path: Path
):
    (tmp_path / "key").write_text(SECRET)
    one = WebhookNotifier(
        Webhook(receiver.url(), timeout_ms=2_000, secret_file=str(tmp_path / "key"))
    )
    receiver.answer = status(403, f"bad secret {SECRET}".encode())

    outcome = await one.send(outgoing())

    assert outcome.answer == "HTTP 403 bad secret ***"
    await one.close()


async def test_a_name_that_does_not_exist_is_tried_again():
    one = WebhookNotifier(Webhook("http://kizashi.invalid/", timeout_ms=5_000))

    outcome = await one.send(outgoing())

    assert outcome.verdict is DeliveryResult.RETRY
    assert outcome.code in {"notify.dns", "notify.timeout"}
    await one.close()
