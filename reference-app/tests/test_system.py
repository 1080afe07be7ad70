"""The whole back end as processes: what a person with curl can do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest


@pytest.fixture(scope="module")
def system(
    aws: Any, start_part: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, Any]:
    ai = start_part("ai", "--port", "0")
    config = tmp_path_factory.mktemp("api") / "config.json"
    config.write_text(json.dumps({**aws.settings, "ai_url": ai.url}))
    api = start_part("api", "--port", "0", "--config", str(config))
    for part in (ai, api):
        part.until_ready()
    return api, ai


@pytest.fixture(scope="module")
def person(aws: Any, system: tuple[Any, Any]) -> Iterator[httpx2.Client]:
    body = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": aws.settings["sign_in"]["client_id"],
        "AuthParameters": {"USERNAME": "demo", "PASSWORD": aws.password},
    }
    headers = {
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "Content-Type": "application/x-amz-json-1.1",
    }
    answer = httpx2.post(aws.part.url, content=json.dumps(body), headers=headers)
    token = answer.json()["AuthenticationResult"]["AccessToken"]
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=system[0].url, headers=bearer, timeout=10) as client:
        yield client


def say(client: httpx2.Client, text: str) -> dict[str, Any]:
    body = {"text": text, "timezone": "Asia/Tokyo"}
    answer = client.post("/tasks/from-text", json=body)
    assert answer.status_code == 201
    return answer.json()


def test_sentences_in_both_languages_become_tasks(person: httpx2.Client):
    japanese = say(person, "2026年12月4日の午後3時に歯医者")
    assert japanese["title"] == "歯医者"
    assert (japanese["due"], japanese["due_time"]) == ("2026-12-04", "15:00")
    english = say(person, "call Bob on December 4, 2026 at 5pm")
    assert english["title"] == "call Bob"
    assert (english["due"], english["due_time"]) == ("2026-12-04", "17:00")
    assert english["people"] == ["Bob"]
    listed = person.get("/tasks").json()["items"]
    assert [task["title"] for task in listed] == ["歯医者", "call Bob"]


def test_a_guest_has_a_list_of_their_own(system: tuple[Any, Any]):
    api, _ = system
    token = httpx2.post(f"{api.url}/guest").json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx2.get(f"{api.url}/tasks", headers=headers).json()["items"] == []


def test_an_unreadable_sentence_is_kept(person: httpx2.Client):
    assert say(person, "купить молоко")["source"] == "unreadable"


def test_without_the_ai_service_nothing_is_lost(
    person: httpx2.Client, system: tuple[Any, Any]
):
    """The last test of this file: it takes the AI service away."""
    api, ai = system
    ai.kill()
    task = say(person, "明日の10時に会議")
    assert (task["source"], task["title"]) == ("degraded", "明日の10時に会議")
    metrics = httpx2.get(f"{api.url}/metrics").text
    assert (
        'http_requests_total{answer="degraded",method="POST",'
        'route="/tasks/from-text",status="201"} 1.0'
    ) in metrics
    assert person.get(f"/tasks/{task['id']}").json() == task


def test_settings_that_are_wrong_are_all_named(tmp_path: Path):
    from api.settings import SettingsError, load_settings

    path = tmp_path / "config.json"
    with pytest.raises(SettingsError, match="No such file"):
        load_settings(path)
    path.write_text('{"region": "here", "table": "todo", "ai_url": 5}')
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    for field in ("region", "ai_url", "sign_in"):
        assert f"{path}: {field}: " in str(caught.value)
