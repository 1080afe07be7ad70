"""The OpenAPI document is true, and nothing it allows makes the service fail."""

import json

import pytest
import schemathesis
from ai.analysis import Analyser
from ai.app import create_app
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings, strategies as st

PHRASES = st.lists(
    st.sampled_from(
        [
            "明日",
            "来週の",
            "金曜日",
            "午後",
            "3時",
            "半",
            "12月",
            "24日",
            "30日",
            "まで",
            "から",
            "の",
            "に、",
            "〜",
            "月末",
            "令和",
            "8年",
            "1",
            "99",
            "二十",
            "日後",
            "時間",
            "分前",
            "正午",
            "深夜",
            "25時",
            "12:75",
            "2/30",
            "至急",
            "田中さん",
            "京都駅",
            "next",
            "Friday",
            "at",
            "by",
            "in",
            "3",
            "pm",
            "weeks",
            "the",
            "31st",
            "of",
            "February",
            "12/24",
            "noon",
            "midnight",
            "from",
            "to",
            "UTC",
            "quarter",
            "past",
            "half",
            "2:30",
            "May",
            "March",
            "Monday's",
            "last",
            "1500",
            "hours",
            "ago",
            "every",
            "!",
            "(",
            ")",
            "-",
            ":",
            ";",
            "…",
            "😀",
            "ﾃｽﾄ",
            "㈱",
        ]
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def client(analyser: Analyser):
    app = create_app(load=lambda: analyser)
    with TestClient(app, raise_server_exceptions=False) as client:
        while client.get("/health/ready").status_code == 503:
            pass
        yield client


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(words=PHRASES, gap=st.sampled_from(["", " "]))
def test_any_mixture_of_words_is_read_or_refused(client: TestClient, words, gap):
    body = {"text": gap.join(words), "timezone": "Europe/London"}
    answer = client.post("/analyze", json=body)
    assert answer.status_code in {200, 422}
    if answer.status_code == 200:
        task = answer.json()
        assert task["title"].strip()
        assert task["due"]["date"] or not task["due"]["time"]


def test_schemathesis_finds_no_failure(client: TestClient):
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    seen = set()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema["/analyze"]["POST"].as_strategy())
    def call(case: schemathesis.Case) -> None:
        request = case.as_transport_kwargs(base_url="http://testserver")
        answer = client.request(
            "POST",
            "/analyze",
            content=json.dumps(case.body, ensure_ascii=True),
            headers={"content-type": "application/json"},
        )
        seen.add(answer.status_code)
        assert request
        assert answer.status_code in {200, 413, 422}

    call()
    assert 422 in seen
