"""Metrics, health, readiness, reload."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from kizashi.app.answers import NoteView
from kizashi.app.readiness import Ready, ReloadOutcome, ReloadProblem
from kizashi.ports.effective import EmptiedFile, RefusedFile
from kizashi.ports.tokens import Role

NOTE = NoteView("api.error.no_such_path", {"path": "/x"})


def test_metrics_are_in_the_text_format(client: TestClient):
    answer = client.get("/metrics?name[]=up")

    assert answer.text == "# TYPE up gauge\nup 1\n"
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["content-type"].endswith("charset=utf-8")


@pytest.mark.parametrize(("is_healthy", "status"), [(True, 200), (False, 503)])
def test_health_is_a_status(
    client: TestClient, house: SimpleNamespace, is_healthy: bool, status: int
):
    house.is_healthy = is_healthy

    answer = client.get("/-/healthy")

    assert (answer.status_code, answer.json()) == (status, {"healthy": is_healthy})


def test_a_server_that_is_not_ready_says_why_in_the_readers_language(
    client: TestClient, house: SimpleNamespace
):
    house.ready = Ready(is_ready=False, reasons=(NOTE,))

    answer = client.get("/-/ready", headers={"Accept-Language": "ja"})

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "reasons": [
            {
                "code": NOTE.code,
                "text": "/x には何もありません。パスの一覧は"
                " /kizashi/v1/openapi.json にあります。",
                "params": {"path": "/x"},
            }
        ],
        "notes": [],
    }


def test_a_server_that_is_ready_gives_no_reason(client: TestClient):
    answer = client.get("/-/ready")

    assert (answer.status_code, answer.json()) == (
        200,
        {"ready": True, "reasons": [], "notes": []},
    )


REFUSED = RefusedFile("/etc/k/a.yaml", True, "/etc/k/a.yaml:2:1", "yaml.tab", {})
EMPTIED = EmptiedFile("/etc/k/b.yaml", ("shop", "mill"))


def test_which_files_are_not_in_force_is_for_readers(
    client: TestClient,
    make_client: Callable[..., TestClient],
    house: SimpleNamespace,
):
    remote = make_client(loopback=False, peer="192.0.2.1")
    house.ready = Ready(is_ready=True, refused=(REFUSED,), emptied=(EMPTIED,))
    said = [each.said("en") for each in (REFUSED, EMPTIED)]

    own, stranger = client.get("/-/ready"), remote.get("/-/ready")
    wrong = remote.get("/-/ready", headers={"authorization": "Bearer kz_nobody"})
    reader = remote.get("/-/ready", headers=house.bearer(Role.VIEWER))

    for answer in (own, stranger, wrong, reader):
        codes = [note["code"] for note in answer.json()["notes"]]
        assert codes == ["ready.refused", "ready.emptied"]
    assert stranger.json()["notes"][0]["text"].startswith("Files with errors")
    assert own.json()["files"] == reader.json()["files"] == said
    for answer in (stranger, wrong):
        assert answer.status_code == 200
        assert "/etc/k" not in answer.text


def test_a_reload_that_was_taken_says_so(client: TestClient, house: SimpleNamespace):
    answer = client.post("/-/reload", headers=house.bearer(Role.OPERATOR))

    assert answer.status_code == 200
    assert answer.json() == {"applied": True, "problems": []}
    assert house.reloads == 1


def test_a_reload_that_was_taken_still_names_its_warnings(
    client: TestClient, house: SimpleNamespace
):
    problem = ReloadProblem("kizashi.yaml:3:5", NOTE.code, {"path": "/x"})
    house.outcome = ReloadOutcome(is_applied=True, problems=(problem,))

    answer = client.post("/-/reload", headers=house.bearer(Role.OPERATOR))

    assert answer.status_code == 200
    assert [p["where"] for p in answer.json()["problems"]] == ["kizashi.yaml:3:5"]


def test_a_reload_of_a_bad_file_names_its_problems(
    client: TestClient, house: SimpleNamespace
):
    problem = ReloadProblem("kizashi.yaml:3:5", NOTE.code, {"path": "/x"})
    house.outcome = ReloadOutcome(is_applied=False, problems=(problem,))

    answer = client.post("/-/reload", headers=house.bearer(Role.OPERATOR))

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "reload_refused"
    assert answer.json()["error"]["detail"] == {
        "problems": [
            {
                "where": "kizashi.yaml:3:5",
                "code": NOTE.code,
                "text": "There is nothing at /x. /kizashi/v1/openapi.json lists every"
                " path.",
            }
        ]
    }


def test_reading_does_not_reload(client: TestClient, house: SimpleNamespace):
    headers = house.bearer(Role.ADMIN)

    assert client.get("/-/reload", headers=headers).status_code == 405
    assert client.head("/-/reload", headers=headers).status_code == 405
    assert house.reloads == 0
