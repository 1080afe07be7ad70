"""What an objective looks like in JSON, and how a request names times."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, strategies as st
from starlette.testclient import TestClient

from harness.answers import AT, availability
from kizashi.api._base import json_reply, plain
from kizashi.errors import InputError

ONE = "/kizashi/v1/objectives/backend/availability"


def test_an_objective_holds_its_figures_and_how_they_came_to_be(client: TestClient):
    answer = client.get(ONE)

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "service": "backend",
        "objective": "availability",
        "target": 0.999,
        "window": "30d",
        "at": 1700000010,
        "good": 998,
        "valid": 1000,
        "late": 0,
        "sli": 0.998,
        "coverage": 0.5,
        "state": "live",
        "generation": 1,
        "simulated_until": None,
        "sources": [],
        "fault": None,
        "budget": {
            "allowed": 1,
            "spent": 2,
            "remaining": -1,
            "remaining_ratio": -1,
            "minutes": -43.2,
            "time_to_empty_s": 0,
        },
        "burn_rates": [
            {"window": "5m", "bad": 1, "valid": 5, "coverage": 1, "value": 200},
            {"window": "1h", "bad": 1, "valid": 10, "coverage": 1, "value": 100},
            {"window": "3d", "bad": 0, "valid": 0, "coverage": 0.25, "value": None},
        ],
        "alerts": [
            {
                "severity": "page",
                "state": "firing",
                "since": 1699999950,
                "pairs": [{"long": "1h", "short": "5m", "factor": 14.4, "holds": True}],
                "source": "kizashi",
            }
        ],
        "explain": [
            {
                "figure": "sli",
                "value": 0.998,
                "formula": "(valid - bad) / valid",
                "query": 'bad: errors{service="backend"}',
                "from": 1697408010,
                "to": 1700000010,
                "bad": 2,
                "valid": 1000,
                "seen": 86400,
                "expected": 172800,
                "result": "(1000 - 2) / 1000 = 0.998",
            }
        ],
        "notes": [
            {
                "code": "api.error.no_such_path",
                "text": "There is nothing at /x. /kizashi/v1/openapi.json lists every"
                " path.",
                "params": {"path": "/x"},
            }
        ],
    }
    # Whole numbers are written as integers, so that a shell may compare them.
    assert '"allowed":1,' in answer.text
    assert '"at":1700000010,' in answer.text


def test_no_data_is_null_and_never_nan(client: TestClient):
    text = client.get("/kizashi/v1/objectives/検索/応答時間").text

    def refuse(word: str) -> None:
        raise AssertionError(word)

    found = json.loads(text, parse_constant=refuse)
    assert found["sli"] is None
    assert found["budget"]["remaining_ratio"] is None
    assert found["burn_rates"][0]["value"] is None


def test_lists_stand_under_their_names(client: TestClient):
    objectives = client.get("/kizashi/v1/objectives").json()["objectives"]
    services = client.get("/kizashi/v1/services").json()["services"]
    targets = client.get("/kizashi/v1/targets").json()["targets"]

    assert [o["objective"] for o in objectives] == ["availability", "応答時間"]
    assert [o["explain"] for o in objectives] == [[], []]
    assert services[0] == {
        "name": "backend",
        "display_name": {"en": "Backend", "ja": "バックエンド"},
        "owner": "platform",
        "tier": None,
        "state": "live",
        "objectives": ["availability"],
        "depends_on": [{"service": "database", "kind": "hard"}],
    }
    assert targets[0]["last_scrape"] == AT - 3.25
    assert targets[1]["last_error"] == "connection refused"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1700000000", 1_700_000_000),
        ("1700000000.25", 1_700_000_000.25),
        ("1.7e9", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-15T07:13:20+09:00", 1_700_000_000),
        ("2023-11-15T07:13:20%2B09:00", 1_700_000_000),
        ("2023-11-14t22:13:20.5z", 1_700_000_000.5),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000.123456789),
        ("2024-02-29T00:00:00Z", 1_709_164_800),
    ],
)
def test_a_time_is_unix_seconds_or_rfc_3339(
    client: TestClient, house: SimpleNamespace, text: str, seconds: float
):
    answer = client.get(f"{ONE}?at={text}")

    assert answer.status_code == 200
    assert answer.json()["at"] == seconds
    assert house.answers.asked == [("objective", seconds)]


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "-1", "nan", "inf", "1e300", "253402300800", "１７０", "0x10", "1_0",
        "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z",
        "2023-02-29T00:00:00Z", "2023-11-14T22:13:60Z", "2023-11-14T24:13:20Z",
        "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2023-11-14T22:13:20%2B25:00",
        "2023-11-14T22:13:20Z%00", "x" * 500,
    ],
)  # fmt: skip
def test_a_time_that_is_none_is_named_with_what_was_expected(
    client: TestClient, house: SimpleNamespace, text: str
):
    answer = client.get(f"{ONE}?at={text}")

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_parameter"
    assert error["detail"]["parameter"] == "at"
    assert "Unix seconds (1700000000) or RFC 3339" in error["message"]
    assert len(error["message"]) < 400
    assert house.answers.asked == []


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("start=100&end=200&step=15", (100, 200, 15)),
        ("start=100&end=200&step=1m", (100, 200, 60)),
        ("start=100&end=200&step=0.5", (100, 200, 0.5)),
        ("start=100&end=200&step=1h30m", (100, 200, 5400)),
        ("start=100&end=200", (100, 200, None)),
        ("end=7200", (3600, 7200, None)),
        ("end=10", (0, 10, None)),
        # The clock of the test stands at 1 700 000 020.
        ("start=1699999000", (1_699_999_000, 1_700_000_020, None)),
        ("", (1_700_000_020 - 3600, 1_700_000_020, None)),
    ],
)
def test_a_stretch_of_the_ledger_has_defaults(
    client: TestClient,
    house: SimpleNamespace,
    query: str,
    asked: tuple[float, float, float | None],
):
    answer = client.get(f"{ONE}/ledger?{query}")

    assert answer.status_code == 200
    assert house.answers.asked == [("ledger", asked)]


def test_a_ledger_names_its_generation_and_points(client: TestClient):
    answer = client.get(f"{ONE}/ledger?start=100&end=130&step=15")

    assert answer.json() == {
        "service": "backend",
        "objective": "availability",
        "generation": 1,
        "slice": "15s",
        "step": "15s",
        "points": [
            {"at": at, "bad": 0, "valid": 1, "late": 0, "coverage": 1, "state": "live"}
            for at in (115, 130)
        ],
    }


@pytest.mark.parametrize("text", ["0", "0s", "", "-5", "5x", "1m5h", "nan", "9" * 30])
def test_a_step_that_is_none_is_named(client: TestClient, text: str):
    answer = client.get(f"{ONE}/ledger?step={text}")

    assert answer.status_code == 400
    assert answer.json()["error"]["detail"]["parameter"] == "step"
    assert "such as 30s, 5m or 1h" in answer.json()["error"]["message"]


@pytest.mark.parametrize("query", ["start=5&end=5", "start=6&end=5"])
def test_a_stretch_that_ends_before_it_starts_is_refused(
    client: TestClient, query: str
):
    answer = client.get(f"{ONE}/ledger?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "end_before_start"


def test_too_many_points_are_refused_with_the_reason(
    client: TestClient, house: SimpleNamespace
):
    house.answers.failure = InputError("more than 11,000 points")

    answer = client.get(f"{ONE}/ledger")

    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "bad_stretch",
        "message": "The ledger cannot be cut this way: the stretch gives more than"
        " 11,000 points, holds more than 10,000,000 slices, or ends before it starts."
        " Ask for a shorter stretch or a longer step.",
        "detail": {"reason": "more than 11,000 points"},
    }


@pytest.mark.parametrize("path", ["/nobody/availability", "/backend/%00", "/a%0Ab/c"])
@pytest.mark.parametrize("rest", ["", "/ledger"])
def test_an_unknown_objective_is_not_found(client: TestClient, path: str, rest: str):
    answer = client.get(f"/kizashi/v1/objectives{path}{rest}")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_objective"


def test_a_misspelt_parameter_is_refused_with_those_there_are(client: TestClient):
    answer = client.get(f"{ONE}/ledger?strat=5")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "There is no parameter 'strat' here. Known: start, end, step."
    )


def test_a_parameter_given_twice_is_refused(client: TestClient):
    answer = client.get(f"{ONE}?at=1&at=2")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "repeated_parameter"


@pytest.mark.parametrize(
    ("accepts", "language", "start"),
    [
        ("ja", "ja", "サービス 'x' に目標 'y' はありません"),
        ("fr, ja;q=0.5, en;q=0.1", "ja", "サービス"),
        ("en-GB", "en", "There is no objective 'y'"),
        ("", "en", "There is no objective 'y'"),
    ],
)
def test_an_error_speaks_the_readers_language(
    client: TestClient, accepts: str, language: str, start: str
):
    answer = client.get(
        "/kizashi/v1/objectives/x/y", headers={"Accept-Language": accepts}
    )

    assert answer.json()["error"]["message"].startswith(start)
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"


@given(st.floats() | st.integers())
def test_a_number_is_written_without_loss(number: float):
    (written,) = json.loads(bytes(json_reply([number]).body))

    if not math.isfinite(number):
        assert written is None
    elif abs(number) < 2**63:
        assert written == number
        if float(number).is_integer() and abs(number) < 2**53:
            assert isinstance(written, int)


def test_numpys_numbers_are_numbers():
    values = (np.int64(3), np.float64(0.5), np.float64("nan"), np.float32(2))

    assert plain(values) == [3, 0.5, None, 2]
    assert [type(v) for v in plain(values)] == [int, float, type(None), int]


def test_a_value_without_a_json_form_is_our_fault():
    with pytest.raises(TypeError, match="object has no JSON form"):
        plain(object())


@pytest.mark.parametrize("count", [2, 300])
def test_many_objectives_come_in_order(
    make_client: Callable[..., TestClient], house: SimpleNamespace, count: int
):
    one = availability()
    house.answers.views = tuple(
        replace(one, objective=f"o{i:03}") for i in range(count)
    )

    found = make_client().get("/kizashi/v1/objectives").json()["objectives"]

    assert [o["objective"] for o in found] == [f"o{i:03}" for i in range(count)]
