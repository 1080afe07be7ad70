"""Which label tells a failure, and by which values."""

import pytest

from kizashi.authoring.outcomes import read_failures

GRPC = "Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"
SHOUTED = "UNKNOWN|DEADLINE_EXCEEDED|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS"


@pytest.mark.parametrize(
    ("label", "values", "failed"),
    [
        ("code", {"200", "404"}, 'code=~"5.."'),
        ("status", {"2xx", "5xx"}, 'status=~"5.."'),
        ("http_response_status_code", {"200"}, 'http_response_status_code=~"5.."'),
        ("envoy_response_code_class", {"2", "4"}, 'envoy_response_code_class="5"'),
        ("grpc_code", {"OK"}, f'grpc_code=~"{GRPC}"'),
        ("code", {"OK", "NotFound"}, f'code=~"{GRPC}"'),
        ("grpc_status", {"OK", "NOT_FOUND"}, f'grpc_status=~"{SHOUTED}"'),
        (
            "rpc_grpc_status_code",
            {"0", "13"},
            'rpc_grpc_status_code=~"2|4|12|13|14|15"',
        ),
        ("result", {"success", "error"}, 'result="error"'),
        ("result", {"ok", "failed", "timeout"}, 'result=~"failed|timeout"'),
        (
            "outcome",
            {"SUCCESS", "CLIENT_ERROR", "SERVER_ERROR"},
            'outcome="SERVER_ERROR"',
        ),
        ("success", {"true", "false"}, 'success="false"'),
    ],
)
def test_failures_have_a_name(label: str, values: set[str], failed: str) -> None:
    outcome = read_failures({label: values})

    assert outcome is not None
    assert str(outcome.failed) == failed
    assert outcome.is_sure


def test_where_only_successes_were_seen_all_else_is_bad_and_that_is_not_sure() -> None:
    outcome = read_failures({"result": {"success", "cancelled"}})

    assert outcome is not None
    assert str(outcome.failed) == 'result!~"cancelled|success"'
    assert not outcome.is_sure


@pytest.mark.parametrize(
    "values",
    [
        {"result": {"placed", "parked"}},
        {"result": {"success", "parked"}},
        {"status": {"active", "idle"}},
        {"code": {"JP", "DE"}},
        {"code": {""}},
        {"method": {"GET"}},
        {"result": {"cancelled"}},
        {},
    ],
)
def test_what_is_not_understood_is_not_guessed(values: dict[str, set[str]]) -> None:
    assert read_failures(values) is None


def test_a_code_says_more_than_a_word() -> None:
    outcome = read_failures({"outcome": {"SUCCESS"}, "status": {"200"}})

    assert outcome is not None
    assert outcome.label == "status"


def test_values_are_taken_literally() -> None:
    """A failure's value from a page is text, never a pattern of its own."""
    outcome = read_failures({"result": {"success", "error", "ERROR"}})

    assert outcome is not None
    assert str(outcome.failed) == 'result=~"ERROR|error"'
