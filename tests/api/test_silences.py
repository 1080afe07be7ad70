"""Silences over HTTP."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st
from starlette.testclient import TestClient

from harness.alert_service import PAGE_ID
from kizashi.api.silences import parse_matcher
from kizashi.errors import InputError
from kizashi.model.labels import escape_value
from kizashi.ports.alerts import SilenceMatcher
from kizashi.ports.tokens import Role

SILENCES = "/kizashi/v1/silences"
#: The clock of the test stands at 2023-11-14T22:13:40Z.
NOW = 1_700_000_020
GOOD = {"objective": "backend/availability", "reason": "migration", "duration": "2h"}


@pytest.fixture
def operator(
    make_client: Callable[..., TestClient], house: SimpleNamespace
) -> TestClient:
    return make_client(headers=house.bearer(Role.OPERATOR))


def without(*names: str, **more: object) -> dict[str, object]:
    return {k: v for k, v in GOOD.items() if k not in names} | more


def test_a_new_silence_says_what_it_mutes_and_where_it_is(operator: TestClient):
    answer = operator.post(SILENCES, json=GOOD)

    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"{SILENCES}/{made['id']}"
    assert made == {
        "id": "0000000000000001",
        "matchers": [
            {"name": "service", "op": "=", "value": "backend"},
            {"name": "objective", "op": "=", "value": "availability"},
        ],
        "starts": NOW,
        "ends": NOW + 7200,
        "owner": "test",
        "reason": "migration",
        "created": NOW,
        "state": "active",
        "mutes": [PAGE_ID],
        "made_by": "test",
        "ended_by": "",
    }
    assert operator.get(SILENCES).json() == {"silences": [made], "damaged": None}
    assert operator.delete(answer.headers["location"]).status_code == 204
    assert operator.get(SILENCES).json() == {"silences": [], "damaged": None}


def test_no_matter_who_answers_for_a_silence_the_token_that_made_it_is_kept(
    operator: TestClient,
):
    made = operator.post(SILENCES, json={**GOOD, "owner": "ceo"}).json()

    assert (made["owner"], made["made_by"]) == ("ceo", "test")


@pytest.mark.parametrize(
    ("given_matchers", "read"),
    [
        (["severity=page"], [("severity", "=", "page")]),
        (['severity="page"'], [("severity", "=", "page")]),
        (['job =~ "a b|c"', "service!=x"], [("job", "=~", "a b|c"), ("service", "!=", "x")]),
        ([{"name": "service", "value": "x"}], [("service", "=", "x")]),
        ([{"name": "job", "op": "!~", "value": "x.*"}, "a=b"], [("job", "!~", "x.*"), ("a", "=", "b")]),
    ],
)  # fmt: skip
def test_matchers_are_objects_or_texts(
    operator: TestClient,
    given_matchers: list[object],
    read: list[tuple[str, str, str]],
):
    body = without("objective", matchers=given_matchers)

    answer = operator.post(SILENCES, json=body)

    assert answer.status_code == 201, answer.text
    assert answer.json()["matchers"] == [
        {"name": name, "op": op, "value": value} for name, op, value in read
    ]


@pytest.mark.parametrize(
    ("times", "starts", "ends"),
    [
        ({"duration": "90m"}, NOW, NOW + 5400),
        ({"duration": 60}, NOW, NOW + 60),
        ({"duration": "60.5"}, NOW, NOW + 60.5),
        ({"ends": NOW + 1}, NOW, NOW + 1),
        ({"ends": str(NOW + 1)}, NOW, NOW + 1),
        ({"ends": "2023-11-14T23:00:00Z"}, NOW, 1_700_002_800),
        ({"starts": "2023-11-15T00:00:00+01:00", "duration": "1h"}, 1_700_002_800, 1_700_006_400),
        ({"starts": NOW - 60, "duration": "2m"}, NOW - 60, NOW + 60),
    ],
)  # fmt: skip
def test_a_silence_has_an_end_or_a_length(
    operator: TestClient, times: dict[str, object], starts: float, ends: float
):
    answer = operator.post(SILENCES, json=without("duration", **times))

    assert answer.status_code == 201, answer.text
    assert (answer.json()["starts"], answer.json()["ends"]) == (starts, ends)


@pytest.mark.parametrize(
    ("body", "fields", "said"),
    [
        ({}, ["reason"], "reason is missing"),
        ({"reason": "x"}, ["objective", "ends"], "either objective or matchers"),
        (without("duration"), ["ends"], "either ends or duration"),
        (without(ends=NOW + 1), ["ends"], "and not both"),
        (without(matchers=["a=b"]), ["objective"], "and not both"),
        (without(reason=" "), ["reason"], "that is not blank"),
        (without(owner=""), ["owner"], "that is not blank"),
        (without(objective="backend"), ["objective"], "service/objective"),
        (without(duration="2 hours"), ["duration"], "such as 30s, 5m or 1h"),
        (without(duration="0s"), ["duration"], "above zero"),
        (without(duration="9999y"), ["duration"], "such as 30s"),
        (without("duration", ends=NOW), ["ends"], "in the future"),
        (without("duration", ends="tomorrow"), ["ends"], "RFC 3339"),
        (without("duration", ends=True), ["ends"], "RFC 3339"),
        (without("duration", ends=-1), ["ends"], "RFC 3339"),
        (without(starts="noon"), ["starts"], "RFC 3339"),
        (without("duration", starts=NOW + 9, ends=NOW + 9), ["ends"], "after the start"),
        (without(starts=NOW - 60, duration="1m"), ["duration"], "in the future"),
        (without("objective", matchers=[]), ["matchers"], "at least one matcher"),
        (without("objective", matchers=["severity"]), ["matchers"], 'severity="page"'),
        (without("objective", matchers=["1x=2", "a==b c"]), ["matchers"] * 2, "1x=2"),
        (without("objective", matchers=["a=~(", "b=c"]), ["matchers"], "RE2"),
        (without("objective", matchers=["a=~.*"]), ["matchers"], "silence everything"),
        (without("objective", matchers=["a!=b", "c="]), ["matchers"], "silence everything"),
        (without("objective", matchers=[{"name": "a b", "value": ""}]), ["matchers"], "at least one"),
        (without("objective", matchers=[{"name": "a", "value": "b", "op": "=="}]), ["matchers"], "= != =~ !~"),
        (without("objective", matchers=[{"name": "a", "value": "b", "isRegex": True}]), ["matchers"], "at least one"),
        (without(comment="x"), ["comment"], "no field 'comment'"),
        (without(**{"{x}": 1}), ["{x}"], "no field '{x}'"),
    ],
)  # fmt: skip
def test_every_problem_of_a_silence_is_named(
    operator: TestClient,
    house: SimpleNamespace,
    body: dict[str, object],
    fields: list[str],
    said: str,
):
    answer = operator.post(SILENCES, json=body)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_body"
    assert [p["field"] for p in error["detail"]["problems"]] == fields
    assert said in error["message"]
    assert house.alert_service.kept == []


def test_of_many_unknown_fields_the_first_are_named_and_the_rest_counted(
    operator: TestClient,
):
    body = {f"f{n}": 0 for n in range(60_000)}
    began = time.perf_counter()

    answer = operator.post(SILENCES, json=GOOD | body)

    assert time.perf_counter() - began < 5
    assert answer.status_code == 400
    assert len(answer.content) < 20_000
    problems = answer.json()["error"]["detail"]["problems"]
    assert [p["field"] for p in problems] == [*(f"f{n}" for n in range(20)), ""]
    assert problems[-1]["text"] == "More unknown fields: 59980."


def test_a_misspelt_objective_is_not_found(operator: TestClient):
    answer = operator.post(SILENCES, json=without(objective="backend/availabilty"))

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_objective"


def test_a_silence_that_there_is_not_cannot_be_ended(operator: TestClient):
    answer = operator.delete(f"{SILENCES}/nobody")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_silence"


def test_the_owner_is_the_tokens_name_unless_named(operator: TestClient):
    assert operator.post(SILENCES, json=GOOD).json()["owner"] == "test"
    named = operator.post(SILENCES, json=GOOD | {"owner": " aya "})
    assert named.json()["owner"] == "aya"


def test_what_the_desk_refuses_is_said(operator: TestClient, house: SimpleNamespace):
    house.alert_service.failure = InputError("no")

    answer = operator.post(SILENCES, json=GOOD)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_silence"


@given(
    st.from_regex("[a-zA-Z_][a-zA-Z0-9_]{0,10}", fullmatch=True),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.text(),
)
def test_a_matcher_written_with_quotes_is_read_back(name: str, op: str, value: str):
    text = f'{name}{op}"{escape_value(value)}"'

    assert parse_matcher(text) == SilenceMatcher(name, op, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=b", "b"), ("a = b ", "b"), ("a=", ""), ('a=""', ""), ('a="\\d\\\\d"', "\\d\\d"),
        ('a="x\\ny"', "x\ny"), ("a=http://x/?y=1,2", "http://x/?y=1,2"), ('a="}"', "}"),
    ],
)  # fmt: skip
def test_a_matcher_may_go_without_quotes(text: str, value: str):
    found = parse_matcher(text)

    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text", ["", "a", "=b", "a b=c", 'a="b', 'a=b"', "a=b c", 'a="b"c', "é=1", "a~b"]
)
def test_what_is_no_matcher_is_none(text: str):
    assert parse_matcher(text) is None
