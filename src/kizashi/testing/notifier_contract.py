"""What every notifier must do, as tests.

Derive a test class from `HttpNotifierContract` for a kind that speaks HTTP and give it
`notifier`; or from `NotifierContract` for another kind. The module needs the fixture
`receiver`, a started `ReceiverServer`, and the anyio marker.
"""

import json
import logging
from dataclasses import replace

import pytest

from kizashi.alert.facts import Facts
from kizashi.alert.group import (
    AlertGroup,
    DueNotification,
    GroupedAlert,
    Integration,
    NotificationReason,
)
from kizashi.alert.payload import Sender, payload
from kizashi.alert.retry import VERDICTS, DeliveryResult
from kizashi.messages import LANGUAGES, render
from kizashi.model.labels import Labels
from kizashi.ports.notifier import Notifier, Outcome, Outgoing
from kizashi.testing.receivers import ReceiverServer, endless, hang, reset, status

#: Found nowhere but in addresses, headers and files that are secret.
SECRET = "hunter2-hunter2-hunter2"  # noqa: S105 - made up
SECRET_PATH = f"/services/T000/{SECRET}"
NOW_MS = 1_800_000_000_000


def outgoing(language: str = "en", key: str = "0123456789abcdef") -> Outgoing:
    """Return a notification of one firing and one resolved alert."""
    labels = Labels.of(alertname="TargetDown", job="shop", severity="page")
    facts: Facts = {"job": "shop", "down": 2, "targets": 3}
    firing = GroupedAlert("a" * 16, labels, NOW_MS, facts=facts)
    ended = replace(firing, id="b" * 16, ends_ms=NOW_MS + 1)
    group = AlertGroup("team", Labels.of(job="shop"), NOW_MS)
    notice = DueNotification(
        Integration("x", 0), NotificationReason.FIRST, (firing,), (ended,)
    )
    told = payload(group, notice, key, Sender("http://kizashi", language))
    return Outgoing(key, json.dumps(told, ensure_ascii=False), NOW_MS)


def check_readable(outcome: Outcome) -> None:
    """Check that an outcome can be shown to people and gives nothing away."""
    assert len(outcome.answer) <= 200
    assert outcome.answer.isprintable()
    for language in LANGUAGES:
        text = render(language, outcome.code, answer=outcome.answer)
        assert text != outcome.code
        assert "{answer}" not in text
        assert SECRET not in text
    assert SECRET not in repr(outcome)


class NotifierContract:
    """Holds for every kind."""

    def notifier(self, url: str, timeout_ms: int = 2_000) -> Notifier:
        """Return the notifier, which tells the receiver at a URL."""
        raise NotImplementedError

    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_a_notification_in_any_language_arrives(
        self, receiver: ReceiverServer, language: str
    ) -> None:
        one = self.notifier(receiver.url(SECRET_PATH))

        outcome = await one.send(outgoing(language))

        assert outcome.verdict is DeliveryResult.DELIVERED
        check_readable(outcome)
        await one.close()

    async def test_it_may_be_closed_twice_and_before_it_was_used(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url())

        await one.close()
        await one.close()

    async def test_it_gives_no_secret_away(self, receiver: ReceiverServer) -> None:
        one = self.notifier(receiver.url(SECRET_PATH))

        assert SECRET not in repr(one)
        assert SECRET not in str(vars(one).get("request", ""))
        await one.close()


class HttpNotifierContract(NotifierContract):
    """Holds for every kind that speaks HTTP."""

    async def test_every_status_code_means_what_the_table_says(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url(SECRET_PATH))

        for code in range(200, 600):
            receiver.answer = status(code)
            outcome = await one.send(outgoing())
            assert outcome.verdict is VERDICTS[code], code
            assert outcome.answer == f"HTTP {code}"
            check_readable(outcome)
        await one.close()

    async def test_every_attempt_has_the_same_key_and_body(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url())
        receiver.answer = status(500)

        for _ in range(3):
            await one.send(outgoing())

        assert len(receiver.received) == 3
        assert {r.key for r in receiver.received} == {"0123456789abcdef"}
        assert len({r.body for r in receiver.received}) == 1
        assert all(r.line.startswith("POST ") for r in receiver.received)
        await one.close()

    async def test_a_receiver_that_hangs_costs_no_more_than_the_timeout(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url(), timeout_ms=50)
        receiver.answer = hang

        outcome = await one.send(outgoing())

        assert (outcome.verdict, outcome.code) == (
            DeliveryResult.RETRY,
            "notify.timeout",
        )
        assert outcome.answer == "50ms"
        await one.close()

    @pytest.mark.parametrize("code", [200, 500])
    async def test_an_answer_without_an_end_is_not_waited_for(
        self, receiver: ReceiverServer, code: int
    ) -> None:
        one = self.notifier(receiver.url())
        receiver.answer = endless(code)

        outcome = await one.send(outgoing())

        assert outcome.verdict is VERDICTS[code]
        check_readable(outcome)
        await one.close()

    async def test_a_connection_that_ends_is_tried_again(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url())
        receiver.answer = reset

        outcome = await one.send(outgoing())

        assert (outcome.verdict, outcome.code) == (
            DeliveryResult.RETRY,
            "notify.closed",
        )
        await one.close()

    async def test_a_receiver_that_is_away_is_tried_again(
        self, receiver: ReceiverServer
    ) -> None:
        url = receiver.url(SECRET_PATH)
        await receiver.close()
        one = self.notifier(url)

        outcome = await one.send(outgoing())

        assert (outcome.verdict, outcome.code) == (
            DeliveryResult.RETRY,
            "notify.refused",
        )
        check_readable(outcome)
        await one.close()

    async def test_an_answer_that_is_not_http_is_tried_again(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url(SECRET_PATH))

        async def mumble(_received: object, writer: object) -> None:
            writer.write(b"220 ready when you are\r\n\r\n")  # type: ignore[attr-defined]

        receiver.answer = mumble

        outcome = await one.send(outgoing())

        assert (outcome.verdict, outcome.code) == (
            DeliveryResult.RETRY,
            "notify.not-http",
        )
        check_readable(outcome)
        await one.close()

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    async def test_no_redirect_is_followed(
        self, receiver: ReceiverServer, code: int
    ) -> None:
        one = self.notifier(receiver.url(SECRET_PATH))
        elsewhere = receiver.url("/elsewhere")
        receiver.answer = status(code, headers={"Location": elsewhere})

        outcome = await one.send(outgoing())

        assert outcome.verdict is DeliveryResult.REFUSED
        assert len(receiver.received) == 1
        await one.close()

    async def test_what_a_receiver_echoes_is_kept_without_secrets(
        self, receiver: ReceiverServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        one = self.notifier(receiver.url(f"{SECRET_PATH}?token={SECRET}"))

        async def echo(received: object, writer: object) -> None:
            said = f"{received.line} {received.headers} {SECRET}".encode()  # type: ignore[attr-defined]
            await status(400, said)(received, writer)  # type: ignore[arg-type]

        receiver.answer = echo
        with caplog.at_level(logging.DEBUG):
            outcome = await one.send(outgoing())

        assert "***" in outcome.answer
        check_readable(outcome)
        assert SECRET not in caplog.text
        await one.close()

    async def test_a_hostile_answer_is_kept_as_one_short_line(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url())
        receiver.answer = status(
            500, b"\x1b[2J\r\nInjected: yes\xff\x00" + b"y" * 9_000
        )

        check_readable(await one.send(outgoing()))
        await one.close()

    async def test_a_receiver_may_ask_for_patience(
        self, receiver: ReceiverServer
    ) -> None:
        one = self.notifier(receiver.url())
        receiver.answer = status(429, headers={"Retry-After": "7"})

        outcome = await one.send(outgoing())

        assert (outcome.verdict, outcome.asked_ms) == (DeliveryResult.RETRY, 7_000)
        await one.close()

    async def test_no_proxy_of_the_environment_is_used(
        self, receiver: ReceiverServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1/")
        one = self.notifier(receiver.url())

        assert (await one.send(outgoing())).verdict is DeliveryResult.DELIVERED
        await one.close()
