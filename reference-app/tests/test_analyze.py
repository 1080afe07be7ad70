"""What the AI service answers, to good sentences and to bad ones."""

import httpx2
import pytest

pytestmark = pytest.mark.anyio


async def analyze(ai: httpx2.AsyncClient, text: str, **more: str) -> httpx2.Response:
    return await ai.post(
        "/analyze", json={"text": text, "timezone": "Asia/Tokyo", **more}
    )


async def test_a_japanese_sentence_is_read(ai: httpx2.AsyncClient):
    now = "2026-11-25T09:00:00+09:00"  # a Wednesday
    answer = await analyze(ai, "来週の金曜日の午後3時に歯医者", now=now)
    assert answer.status_code == 200
    assert answer.json() == {
        "title": "歯医者",
        "due": {"date": "2026-12-04", "time": "15:00"},
        "priority": "normal",
        "people": [],
        "places": [],
        "language": "ja",
    }


async def test_an_english_sentence_is_read(ai: httpx2.AsyncClient):
    now = "2026-11-25T09:00:00+09:00"
    answer = await analyze(ai, "call Bob next Friday at 5pm", now=now)
    assert answer.json() == {
        "title": "call Bob",
        "due": {"date": "2026-12-04", "time": "17:00"},
        "priority": "normal",
        "people": ["Bob"],
        "places": [],
        "language": "en",
    }


async def test_a_sentence_without_a_day_has_no_due_date(ai: httpx2.AsyncClient):
    answer = (await analyze(ai, "Buy 3 apples")).json()
    assert answer["due"] == {"date": None, "time": None}


@pytest.mark.parametrize(
    ("zone", "tomorrow"),
    [("Asia/Tokyo", "2026-11-29"), ("America/New_York", "2026-11-28")],
)
async def test_without_now_the_users_own_day_counts(
    ai: httpx2.AsyncClient, zone: str, tomorrow: str
):
    answer = await analyze(ai, "明日、本を返す", timezone=zone)
    assert answer.json()["due"]["date"] == tomorrow


async def test_an_hour_from_now_is_an_hour_although_the_clocks_change(
    ai: httpx2.AsyncClient,
):
    # New York skips from 2:00 to 3:00 on 8 March 2026.
    now = "2026-03-08T01:30:00-05:00"
    answer = await analyze(
        ai, "Check the oven in an hour", now=now, timezone="America/New_York"
    )
    assert answer.json()["due"] == {"date": "2026-03-08", "time": "03:30"}


HOSTILE = {
    "a control character": "Buy milk\x00",
    "an escape": "Buy \x1b[31mmilk",
    "a direction override": "Buy \u202emilk",
    "an isolate": "Buy \u2066milk\u2069",
    "Arabic": "اشتر الحليب غدا",
    "Hebrew": "לקנות חלב",
    "Cyrillic among Latin": "p\u0430y the bill",
    "Korean": "내일 우유 사기",
    "an unassigned character": "milk \U000e0fff",
    "a private character": "milk \ue000",
    "nothing but marks": "!!! ...",
    "nothing": "",
    "spaces": "  \n\t ",
    "too much": "あ" * 1001,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_text_is_refused_with_a_reason(
    ai: httpx2.AsyncClient, text: str
):
    answer = await analyze(ai, text)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (problem,) = answer.json()["errors"]
    assert problem["field"] == "body.text"
    assert problem["expected"]


async def test_the_reason_says_which_character_and_where(ai: httpx2.AsyncClient):
    (problem,) = (await analyze(ai, "p\u0430y")).json()["errors"]
    assert "script CYRILLIC, U+0430 at character 2" in problem["expected"]


async def test_a_lone_surrogate_is_refused(ai: httpx2.AsyncClient):
    body = rb'{"text": "milk \ud800", "timezone": "Asia/Tokyo"}'
    headers = {"content-type": "application/json"}
    assert (await ai.post("/analyze", content=body, headers=headers)).status_code == 422


async def test_ten_megabytes_are_refused_before_they_are_read(ai: httpx2.AsyncClient):
    answer = await analyze(ai, "a" * 10_000_000)
    assert answer.status_code == 413
    assert "bytes" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"text": "a", "timezone": "Asia/Tokyo", "more": 1}',
        b'{"text": 1, "timezone": "Asia/Tokyo"}',
        b'{"text": "a", "timezone": "Mars/Olympus"}',
        b'{"text": "a", "timezone": "../../etc/passwd"}',
        b'{"text": "a", "timezone": "Asia/Tokyo", "now": "2026-11-27T09:15:00"}',
        b'{"text": "a", "timezone": "Asia/Tokyo", "now": "9999-12-31T23:59:59Z"}',
        b'{"text": "a", "timezone": "Asia/Tokyo", "now": "0001-01-01T00:00:00Z"}',
    ],
)
async def test_a_bad_request_is_refused_with_its_fields(
    ai: httpx2.AsyncClient, body: bytes
):
    headers = {"content-type": "application/json"}
    answer = await ai.post("/analyze", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_a_body_that_nests_without_end_is_refused(ai: httpx2.AsyncClient):
    headers = {"content-type": "application/json"}
    answer = await ai.post("/analyze", content=b"[" * 60_000, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "Meet in 99999999999999 days",
        "Meet in 99999999999999 hours",
        "Meet in 999999 years",
        "99999999999年後に会う",
        "9999年12月31日24時に会う",
        "1" * 1000,
        "一" * 1000,
        "12/" * 300,
        "1時" * 300,
        "from 1 to 1 " * 80,
        "月曜" * 400,
        "(" * 999 + "a",
        " " * 900 + "next Friday",
    ],
)
async def test_a_strange_text_is_answered(ai: httpx2.AsyncClient, text: str):
    answer = await analyze(ai, text)
    assert answer.status_code == 200
    assert answer.json()["title"]
