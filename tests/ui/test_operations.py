"""Targets, the notification log and the settings, over HTTP."""

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from ui_house import House

from harness.alert_service import FakeAlertService
from harness.answers import FakeAnswers
from kizashi.app.answers import NoteView, TargetView
from kizashi.ports.alert_service import (
    AlertListView,
    AttemptView,
    DamagedSilencesView,
    NotificationView,
)
from kizashi.ports.effective import ConnectionsView
from kizashi.ports.tokens import Role
from kizashi.ui.application import build

PAGES = ["/targets", "/notifications", "/settings"]
ATTACK = "<img src=x onerror=alert(1)>{{7*7}}"


def target(instance: str, health: str, error: NoteView | None = None) -> TargetView:
    return TargetView(
        "shop", instance, {"job": "shop", "instance": instance, "zone": ATTACK},
        f"http://{instance}/metrics", health, 1_700_000_000.0, 0.031, "x" if error else None,
        119, None, "15s", "10s", error,
    )  # fmt: skip


REFUSED = NoteView("scrape.timeout", {"timeout": "10s"})
TARGETS = (
    target("a:1", "up"),
    target("b:1", "down", REFUSED),
    target("c:1", "unknown"),
)
TOLD = (
    NotificationView(
        "1", "team", "webhook", "dead", 1_700_000_000.0, None,
        (
            AttemptView(1_700_000_001.0, "notify.status", "503 Service Unavailable"),
            AttemptView(1_700_000_002.0, "notify.refused", ""),
            AttemptView(1_700_000_003.0, "another version's", ATTACK),
        ),
        '{}:{service="shop"}', ("0011223344556677",),
    ),
    NotificationView(
        "2", "night", "webhook", "pending", 1_700_000_000.0, 1_700_000_060.0, (), "{}:{}",
    ),
)  # fmt: skip


class Answers(FakeAnswers):
    def targets(self) -> tuple[TargetView, ...]:
        return TARGETS


class Desk(FakeAlertService):
    async def notifications(self, limit: int = 100) -> tuple[NotificationView, ...]:
        return TOLD[:limit]


@pytest.fixture
def client(house: House) -> TestClient:
    """Return a client of a house with trouble of every kind."""
    api = replace(house.services.api, answers=Answers(), alerts=Desk())
    return TestClient(
        build(replace(house.services, api=api)),
        base_url="http://127.0.0.1:9470",
        headers={"accept": "text/html"},
        follow_redirects=False,
    )


def main_of(text: str) -> str:
    return text.partition('<main id="main"')[2].partition("</main>")[0]


def rows(text: str) -> list[str]:
    return re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", main_of(text), re.DOTALL)


def test_what_cannot_be_scraped_comes_first_with_the_reason(client: TestClient):
    english = rows(client.get("/targets?lang=en").text)
    japanese = rows(client.get("/targets?lang=ja").text)

    assert [re.search(r"[abc]:1", row)[0] for row in english] == ["b:1", "c:1", "a:1"]  # type: ignore[index]
    assert "timed out after 10s" in english[0]
    assert "10s でタイムアウトしました" in japanese[0]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("state=up", ["a:1"]),
        ("q=C:1", ["c:1"]),
        ("sort=-instance", ["c:1", "b:1", "a:1"]),
        ("q=nothing", []),
        ("state=what", ["b:1", "c:1", "a:1"]),
    ],
)
def test_targets_are_searched_filtered_and_sorted(
    client: TestClient, query: str, left: list[str]
):
    found = rows(client.get(f"/targets?{query}").text)

    assert [re.search(r"[abc]:1", row)[0] for row in found] == left  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "says"), [("/", True), ("/targets", True), ("/docs", False)]
)
def test_pages_say_that_the_server_that_is_read_is_away_and_the_public_does_not_know(
    house: House, path: str, *, says: bool
):
    away = target("prometheus:9090", "down", NoteView("upstream.refused", {}))
    there = target("prometheus:9090", "up")
    texts = {}
    for server in (away, there):
        client = TestClient(
            build(replace(house.services, upstream=lambda s=server: [s])),
            base_url="http://127.0.0.1:9470",
            headers={"accept": "text/html"},
        )
        for language in ("en", "ja"):
            texts[server.health, language] = client.get(f"{path}?lang={language}").text

    english = "http://prometheus:9090/metrics does not answer as it should: connection"
    japanese = "http://prometheus:9090/metrics から正しい応答がありません: 接続を拒否"
    assert (english in texts["down", "en"]) is says
    assert (japanese in texts["down", "ja"]) is says
    assert "prometheus:9090" not in texts["up", "en"].partition("<main")[0]
    assert "prometheus:9090" not in texts["down", "en"] or says


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "mute nothing: 2, the first found 14 Nov 2023 22:00:00 UTC"),
        (
            "ja",
            "サイレンスが 2 件あります (最初に見つかったのは 2023年11月14日 22:00:00 UTC)",
        ),
    ],
)
def test_silences_that_are_damaged_are_told_of_beside_those_that_are_not(
    house: House, language: str, said: str
):
    alert_service = FakeAlertService()
    api = replace(house.services.api, alerts=alert_service)
    client = TestClient(
        build(replace(house.services, api=api)), base_url="http://127.0.0.1:9470"
    )
    path = f"/alerts?lang={language}"
    assert "kizashi verify" not in client.get(path).text
    alert_service.damaged = DamagedSilencesView(2, 1_699_999_200.5)

    told = main_of(client.get(path).text)

    assert said in told
    assert "<code>kizashi verify</code>" in told


@pytest.mark.parametrize(
    ("name", "more", "called"),
    [
        ("StoreDamaged", {"file": "state.db"}, "state.db"),
        ("StoreFailing", {}, "Cannot store"),
    ],
)
def test_an_alert_of_no_objective_has_a_link_with_a_name(
    house: House, name: str, more: dict[str, str], called: str
):
    (known, *_) = house.run(house.services.api.alerts.alerts())
    labels = {"alertname": name, "severity": "page", **more}
    alert = replace(known, name=name, labels=labels)

    class Told(FakeAlertService):
        async def alerts(self, at: float | None = None) -> tuple[AlertListView, ...]:  # noqa: ARG002
            return (alert,)

        async def notifications(self, limit: int = 100) -> tuple[NotificationView, ...]:  # noqa: ARG002
            return (replace(TOLD[0], alerts=(alert.id,)),)

    api = replace(house.services.api, alerts=Told())
    client = TestClient(
        build(replace(house.services, api=api)), base_url="http://127.0.0.1:9470"
    )
    for path in ("/alerts", "/notifications"):
        text = client.get(f"{path}?lang=en").text
        link = re.search(rf'href="/alerts/{alert.id}">(.*?)</a>', text)
        assert link is not None
        assert link[1] == called


def test_every_attempt_is_told_with_its_answer(client: TestClient):
    english = rows(client.get("/notifications?lang=en").text)
    japanese = rows(client.get("/notifications?lang=ja").text)

    assert "the receiver answered 503 Service Unavailable" in english[0]
    assert "connection refused" in english[0]
    assert 'href="/alerts/0011223344556677"' in english[0]
    assert "レシーバーの応答: 503 Service Unavailable" in japanese[0]
    assert "次の試行" in japanese[1]
    # A group of everything has no labels to show.
    assert "{}:{}" not in english[1]


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Checkout · Requests succeed"), ("ja", "注文 · リクエストが成功する")],
)
def test_what_a_notification_is_about_is_called_as_its_objective_is(
    house: House, language: str, name: str
):
    known = house.run(house.services.api.alerts.alerts())
    told = replace(TOLD[0], alerts=(known[0].id, "0011223344556677"))

    class Told(FakeAlertService):
        async def alerts(self, at: float | None = None) -> tuple[AlertListView, ...]:  # noqa: ARG002
            return known

        async def notifications(self, limit: int = 100) -> tuple[NotificationView, ...]:  # noqa: ARG002
            return (told,)

    api = replace(house.services.api, alerts=Told())
    with TestClient(
        build(replace(house.services, api=api)), base_url="http://127.0.0.1:9470"
    ) as client:
        (row,) = rows(client.get(f"/notifications?lang={language}").text)

    assert f'href="/alerts/{known[0].id}">{name}</a>' in row
    # One that is known no more keeps the beginning of its id.
    assert "001122" in row


@pytest.mark.parametrize(
    ("query", "count"),
    [("state=dead", 1), ("receiver=night", 1), ("state=muted", 0), ("receiver=x", 2)],
)
def test_notifications_are_filtered(client: TestClient, query: str, count: int):
    assert len(rows(client.get(f"/notifications?{query}").text)) == count


@pytest.mark.parametrize("path", ["/targets", "/notifications"])
def test_what_targets_and_receivers_say_is_text(client: TestClient, path: str):
    text = main_of(client.get(path).text)

    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in text


def signed_in(house: House, role: Role) -> dict[str, str]:
    return {"cookie": f"kizashi_session={house.sessions[role]}"}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["1,020 of at most 1,024", "Closed to make room for others", "12,345"]),
        ("ja", ["1,020 (上限 1,024)", "ほかの接続のために閉じた接続", "12,345"]),
    ],
)
def test_settings_tell_whom_limits_of_connections_have_struck(
    house: House, language: str, told: list[str]
):
    counted = ConnectionsView(1_020, 1_024, 12_345, 67, 89, 10)
    services = replace(house.services, connections=lambda: counted)
    with TestClient(build(services), base_url="http://127.0.0.1:9470") as client:
        shown = main_of(client.get(f"/settings?lang={language}").text)

    for text in [*told, "<dd>67</dd>", "<dd>89</dd>", "<dd>10</dd>"]:
        assert text in shown


def test_settings_say_nothing_of_connections_that_nobody_counts(client: TestClient):
    assert 'id="h-net"' not in client.get("/settings").text
