"""The log as a receiver."""

import io
import json
import logging

import pytest

from kizashi.logs.logging import JsonFormatter
from kizashi.logs.masking import Masker
from kizashi.notify.log import LogNotifier
from kizashi.ports.notifier import Notifier
from kizashi.testing.notifier_contract import NotifierContract, outgoing

pytestmark = pytest.mark.anyio


class TestLog(NotifierContract):
    """The log needs no address."""

    def notifier(self, url: str, timeout_ms: int = 2_000) -> Notifier:  # noqa: ARG002
        return LogNotifier()


async def test_a_notification_is_one_record_with_its_alerts():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(Masker()))
    logger = logging.getLogger("kizashi.notify.log")
    logger.addHandler(handler)

    await LogNotifier().send(outgoing("ja"))

    logger.removeHandler(handler)
    record = json.loads(stream.getvalue())
    summary = "shop: 収集対象 3 件のうち 2 件が応答しません"
    assert record["level"] == "warning"
    assert record["message"].startswith(f"firing: {summary}; ")
    assert record["receiver"] == "team"
    assert record["status"] == "firing"
    assert record["group"] == '{}:{job="shop"}'
    assert [(a["status"], a["labels"]["job"]) for a in record["alerts"]] == [
        ("firing", "shop"),
        ("resolved", "shop"),
    ]
    assert record["alerts"][0]["summary"] == summary
