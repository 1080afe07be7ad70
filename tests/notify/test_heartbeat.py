"""Beats over HTTP."""

import asyncio

import pytest

from kizashi.alert.retry import DeliveryResult
from kizashi.notify.heartbeat import HttpBeat
from kizashi.testing.notifier_contract import (
    NOW_MS,
    SECRET,
    SECRET_PATH,
    check_readable,
)
from kizashi.testing.receivers import Received, ReceiverServer, status

pytestmark = pytest.mark.anyio


async def test_a_beat_is_a_post_without_content(receiver: ReceiverServer):
    beat = HttpBeat(receiver.url("/ping/x"))

    outcome = await beat.beat(NOW_MS)

    assert outcome.verdict is DeliveryResult.DELIVERED
    (got,) = receiver.received
    assert (got.line, got.body) == ("POST /ping/x HTTP/1.1", b"")
    await beat.close()


@pytest.mark.parametrize("refusal", [404, 405, 501])
async def test_where_post_is_refused_and_get_is_not_get_it_is(
    receiver: ReceiverServer, refusal: int
):
    async def get_only(received: Received, writer: asyncio.StreamWriter) -> None:
        code = 200 if received.line.startswith("GET") else refusal
        await status(code)(received, writer)

    receiver.answer = get_only
    beat = HttpBeat(receiver.url())

    outcomes = [await beat.beat(NOW_MS) for _ in range(3)]

    assert {o.verdict for o in outcomes} == {DeliveryResult.DELIVERED}
    methods = [r.line.split()[0] for r in receiver.received]
    assert methods == ["POST", "GET", "GET", "GET"]
    await beat.close()


async def test_where_both_are_refused_post_is_tried_again(receiver: ReceiverServer):
    receiver.answer = status(404, f"no {SECRET} here".encode())
    beat = HttpBeat(receiver.url(SECRET_PATH))

    outcomes = [await beat.beat(NOW_MS) for _ in range(2)]

    assert {o.verdict for o in outcomes} == {DeliveryResult.REFUSED}
    for outcome in outcomes:
        check_readable(outcome)
    assert SECRET not in repr(beat)
    methods = [r.line.split()[0] for r in receiver.received]
    assert methods == ["POST", "GET"] * 2
    await beat.close()


async def test_a_beat_to_what_is_no_address_is_an_outcome():
    beat = HttpBeat(f"http://127.0.0.1:65536/{SECRET}")

    outcome = await beat.beat(NOW_MS)

    assert outcome.verdict is DeliveryResult.RETRY
    assert (outcome.code, outcome.answer) == ("notify.unreachable", "the address")
    await beat.close()
