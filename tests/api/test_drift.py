"""Drift over HTTP, and as a terminal shows it."""

from types import SimpleNamespace

import msgspec
import pytest
from starlette.testclient import TestClient

from kizashi.app.answers import NoteView
from kizashi.app.drift import DriftEntry, DriftKind, DriftView
from kizashi.cli.text.drift import Drift, drift_text
from kizashi.messages import LANGUAGES

PATH = "/kizashi/v1/drift"
CHANGED = DriftEntry(
    DriftKind.CHANGED,
    "kizashi-s",
    "kizashi:slice_bad:count",
    {"service": "s", "objective": "a"},
    "sum(x)",
    "sum(y)",
)


def shown(view: DriftView, language: str = "en") -> str:
    return drift_text(msgspec.convert(msgspec.to_builtins(view), Drift), language)


def test_a_difference_is_told_with_what_was_expected_and_what_runs(client: TestClient):
    answer = client.get(PATH, headers={"Accept-Language": "ja"})

    assert answer.json() == {
        "server": "http://p:9090",
        "at": 1_700_000_000,
        "is_in_step": False,
        "error": {
            "code": "upstream.refused",
            "text": "接続を拒否されました",
            "params": {},
        },
        "groups": 4,
        "entries": [
            {
                "kind": "changed",
                "group": "kizashi-s",
                "rule": "kizashi:slice_bad:count",
                "labels": {"service": "s", "objective": "a"},
                "expected": "sum(x)",
                "running": "sum(y)",
            }
        ],
    }


def test_without_a_server_there_is_no_drift(house: SimpleNamespace, client: TestClient):
    house.drift = None

    answer = client.get(PATH)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no_upstream"


def test_a_server_in_step_says_so():
    view = DriftView("http://p:9090", 1_700_000_000.0, True, None, 4)

    assert shown(view) == (
        "http://p:9090 runs what would be generated: 4 groups, read at"
        " 2023-11-14 22:13:20Z."
    )


def test_each_difference_is_a_line_in_either_language():
    every = tuple(DriftEntry(kind, "g", "r", {}, "1m", "2m") for kind in DriftKind)
    view = DriftView("http://p:9090", 1_700_000_000.0, False, None, 4, every)

    for language in LANGUAGES:
        lines = shown(view, language).splitlines()
        assert len(lines) == 1 + len(DriftKind)
        # One is about a job, and not about a group.
        assert all(line.startswith(("  g: ", "  r: ")) for line in lines[1:])
        assert not any("{" in line or "drift." in line for line in lines)


def test_a_rule_is_named_with_its_objective_and_what_runs():
    view = DriftView("http://p:9090", 1_700_000_000.0, False, None, 4, (CHANGED,))

    assert "kizashi:slice_bad:count (s/a)" in shown(view)
    assert "sum(y)" in shown(view)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_that_cannot_be_read_are_no_rules_that_differ(language: str):
    error = NoteView("upstream.refused", {})
    view = DriftView("http://p:9090", None, None, error, 4)

    assert "http://p:9090" in shown(view, language)
    assert len(shown(view, language).splitlines()) == 1
