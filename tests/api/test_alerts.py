"""Alerts over HTTP: what stands, why, and what people do about it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from harness.alert_service import AT, LOSS_ID, PAGE_ID, TICKET_ID
from kizashi.errors import InputError
from kizashi.ports.tokens import Role

ALERTS = "/kizashi/v1/alerts"
ONE = f"{ALERTS}/{PAGE_ID}"


@pytest.fixture
def operator(
    make_client: Callable[..., TestClient], house: SimpleNamespace
) -> TestClient:
    return make_client(headers=house.bearer(Role.OPERATOR))


def test_the_list_holds_what_is_not_inactive(client: TestClient):
    found = client.get(ALERTS).json()["alerts"]

    assert found == [
        {
            "id": PAGE_ID,
            "name": "ErrorBudgetBurn",
            "labels": {
                "alertname": "ErrorBudgetBurn",
                "objective": "availability",
                "service": "backend",
                "severity": "page",
            },
            "severity": "page",
            "state": "firing",
            "since": AT - 60,
            "began": AT - 60,
            "fired": AT - 60,
            "episode": 2,
            "ending": None,
            "facts": {"factor": "14.4", "long": "1h", "bad": "12", "valid": "100"},
            "runbook": "rollback-backend",
            "acknowledged": None,
            "silenced_by": [],
            "held_back": None,
            "source": "kizashi",
        }
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=firing", 1),
        ("state=frozen", 0),
        ("service=backend", 1),
        ("service=other", 0),
        ("state=firing&service=backend&at=2023-11-14T22:13:20Z", 1),
        ("state=resolved&service=backend", 0),
    ],
)
def test_the_list_can_be_narrowed(client: TestClient, query: str, count: int):
    assert len(client.get(f"{ALERTS}?{query}").json()["alerts"]) == count


def test_the_desk_is_asked_for_the_time(client: TestClient, house: SimpleNamespace):
    client.get(f"{ALERTS}?at=1700000000")
    client.get(f"{ONE}?at=1700000000")
    client.get("/kizashi/v1/objectives/backend/availability/alerts?at=1700000000")
    client.get(ALERTS)

    assert house.alert_service.asked == [
        ("alerts", 1_700_000_000),
        ("alert", PAGE_ID, 1_700_000_000),
        ("objective_alerts", "backend", "availability", 1_700_000_000),
        ("alerts", None),
    ]


@pytest.mark.parametrize("state", ["inactive", "Firing", ""])
def test_a_state_that_is_none_is_named_with_those_there_are(
    client: TestClient, state: str
):
    answer = client.get(f"{ALERTS}?state={state}")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith(
        "Expected pending, firing, frozen or resolved."
    )


def test_an_empty_name_is_no_service(client: TestClient):
    answer = client.get(f"{ALERTS}?service=")

    assert answer.status_code == 400
    assert answer.json()["error"]["detail"]["parameter"] == "service"


def test_an_alert_comes_with_all_that_explains_it(client: TestClient):
    found = client.get(ONE).json()

    assert found["alert"]["id"] == PAGE_ID
    assert found["evidence"]["min_bad_events"] == 3
    assert found["evidence"]["pairs"][0] == {
        "factor": "14.4",
        "limit": "9/625",
        "long": {
            "window": "1h",
            "bad": 12,
            "valid": 100,
            "seen": 144,
            "expected": 240,
            "coverage": 0.6,
        },
        "short": {
            "window": "5m",
            "bad": 3,
            "valid": 20,
            "seen": 20,
            "expected": 20,
            "coverage": 1,
        },
        "fires": True,
        "resolves": False,
        "held": True,
    }
    assert found["history"][1] == {
        "at": AT - 6600,
        "before": "firing",
        "after": "resolved",
        "episode": 1,
        "why": {"ended": "person", "by": "aya", "reason": "rolled back"},
    }
    assert found["notifications"][0]["attempts"] == [
        {"at": AT - 59, "outcome": "retry", "answer": "503 Service Unavailable"}
    ]


def test_an_objectives_alerts_include_those_that_do_not_fire(client: TestClient):
    answer = client.get("/kizashi/v1/objectives/backend/availability/alerts")

    found = answer.json()["alerts"]
    assert [d["alert"]["id"] for d in found] == [PAGE_ID, TICKET_ID, LOSS_ID]
    assert [d["evidence"] is None for d in found] == [False, False, True]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{ALERTS}/nobody", "unknown_alert"),
        ("/kizashi/v1/objectives/backend/nothing/alerts", "unknown_objective"),
    ],
)
def test_what_does_not_exist_is_not_found(client: TestClient, path: str, code: str):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == code


def test_an_acknowledgement_carries_the_tokens_name(
    operator: TestClient, house: SimpleNamespace
):
    answer = operator.post(f"{ONE}/ack")

    assert answer.status_code == 200
    assert answer.json()["acknowledged"] == {"by": "test", "at": AT + 10, "remark": ""}
    assert answer.json()["held_back"] == "acknowledged"
    assert house.alert_service.asked == [("acknowledge", PAGE_ID, "test")]


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        ({}, []), ({"by": None}, []), ({"by": "test"}, []),
        ({"by": " ceo "}, ["ceo"]),
    ],
)  # fmt: skip
def test_whom_a_request_names_stands_beside_the_token_and_never_for_it(
    operator: TestClient,
    house: SimpleNamespace,
    body: dict[str, str],
    remark: list[str],
):
    answer = operator.post(f"{ONE}/ack", json=body)

    taken = answer.json()["acknowledged"]
    assert (taken["by"], taken["remark"]) == ("test", "".join(remark))
    assert house.alert_service.asked == [("acknowledge", PAGE_ID, "test", *remark)]


def test_a_person_ends_an_alert_with_a_reason(
    operator: TestClient, house: SimpleNamespace
):
    answer = operator.post(
        f"{ONE}/resolve", json={"reason": " rolled back ", "by": "ceo"}
    )

    assert answer.json()["state"] == "resolved"
    assert house.alert_service.asked == [
        ("resolve", PAGE_ID, "test", "rolled back", "ceo")
    ]


@pytest.mark.parametrize("what", ["ack", "resolve"])
def test_what_is_not_active_is_a_conflict_and_what_is_not_there_is_not_found(
    operator: TestClient, what: str
):
    quiet = operator.post(f"{ALERTS}/{TICKET_ID}/{what}", json={"reason": "x"})
    if what == "ack":
        quiet = operator.post(f"{ALERTS}/{TICKET_ID}/{what}")
    nobody = operator.post(f"{ALERTS}/nobody/{what}", json={"reason": "x"})
    if what == "ack":
        nobody = operator.post(f"{ALERTS}/nobody/{what}")

    assert quiet.status_code == 409
    assert quiet.json()["error"]["code"] == "alert_not_active"
    assert "is inactive" in quiet.json()["error"]["message"]
    assert nobody.status_code == 404


def test_every_problem_of_a_body_is_named(operator: TestClient):
    answer = operator.post(f"{ONE}/resolve", json={"by": 5, "why": "x", "also": 1})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_body"
    assert error["message"] == (
        "The body has problems. Field reason is missing. Expected a reason of at most"
        " 1,000 characters that is not blank. Field by holds 5. Expected a name of at"
        " most 200 characters that is not blank. There is no field 'why' here. Known:"
        " reason, by. There is no field 'also' here. Known: reason, by."
    )
    problems = error["detail"]["problems"]
    assert [p["field"] for p in problems] == ["reason", "by", "why", "also"]


@pytest.mark.parametrize("blank", ["", " ", "\n", "\x1d", "\x85", "\u3000", "\ufeff"])
def test_a_reason_that_nobody_can_see_is_none(operator: TestClient, blank: str):
    answer = operator.post(f"{ONE}/resolve", json={"reason": blank})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_body"


def test_the_problems_are_in_the_readers_language(operator: TestClient):
    answer = operator.post(
        f"{ONE}/resolve", json={"reason": " "}, headers={"Accept-Language": "ja"}
    )

    assert answer.json()["error"]["message"] == (
        '本文に問題があります。reason の値 " " は使えません。空白だけではない'
        " 1,000 文字以内の理由を指定してください。"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"null", b"3", b'"x"', b"{", b'{"by": "a"', b"{'by': 'a'}", b"\xff",
        b'{"by": "\xff"}', b"[" * 100_000, b'{"by":' * 100_000, b"{} {}",
        b'{"by": "\\ud800"}', b'{"\xff": 1}',
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(operator: TestClient, content: bytes):
    answer = operator.post(
        f"{ONE}/ack", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"bad_json", "bad_body"}
    assert len(answer.content) < 2000


def test_a_long_value_is_shown_in_part(operator: TestClient):
    answer = operator.post(f"{ONE}/ack", json={"by": "x" * 5000})

    assert answer.status_code == 400
    assert len(answer.json()["error"]["message"]) < 300


def test_a_body_of_another_type_is_refused(operator: TestClient):
    answer = operator.post(f"{ONE}/ack", data={"by": "aya"})

    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]["message"]


def test_what_the_desk_refuses_is_said(operator: TestClient, house: SimpleNamespace):
    house.alert_service.failure = InputError("no")

    answer = operator.post(f"{ONE}/resolve", json={"reason": "x"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_resolution"
    assert answer.json()["error"]["detail"] == {"reason": "no"}


def test_a_page_of_another_site_cannot_end_an_alert(operator: TestClient):
    answer = operator.post(
        f"{ONE}/resolve",
        json={"reason": "x"},
        headers={"Origin": "https://evil.example"},
    )

    assert answer.status_code == 403
