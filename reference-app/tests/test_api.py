"""The API as clients see it: who may call, how often, and what a fallback counts as."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import schemathesis
from api.app import Backends, OpenBackends, alone, create_app
from api.callers import Caller, IssuerError, NotAllowedError
from api.dynamo import Table, open_tasks
from api.memory import MemoryTasks
from api.reading import unread
from api.tasks import Owner, Source, StoreBusyError, TaskText
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings, strategies as st
from prometheus_client import CollectorRegistry

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SENTENCE = {"text": "歯医者に行く", "timezone": "Asia/Tokyo"}
ANNA = {"Authorization": "Bearer anna"}


class Busy(MemoryTasks):
    """A store that can be made to fail."""

    is_busy = False

    async def create(self, *arguments: Any) -> Any:
        if self.is_busy:
            raise StoreBusyError("throttled")
        return await super().create(*arguments)


@dataclass
class World:
    """Backends that do as told."""

    source: Source = Source.READ
    tasks: Busy = field(default_factory=Busy)
    issuer_is_down: bool = False
    now_s: float = 0.0

    @asynccontextmanager
    async def backends(self, _registry: object) -> AsyncIterator[Backends]:
        yield Backends(self.tasks, self.identify, self.read, self.guest, {"a": 1})

    async def identify(self, token: str | None, _now: datetime) -> Caller:
        if self.issuer_is_down:
            raise IssuerError
        if not token:
            raise NotAllowedError("a bearer token is needed")
        return Caller(Owner(token), rate=1, burst=5)

    async def read(self, sentence: str, _timezone: str) -> TaskText:
        return unread(sentence, self.source)

    def guest(self, now: datetime) -> tuple[str, datetime]:
        return "guest", now

    def app(self) -> Any:
        return create_app(
            backends=self.backends, timer=lambda: self.now_s, now=lambda: NOW
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def api(world: World, serving: Callable[..., Any]) -> AsyncIterator[Any]:
    async with serving(world.app()) as client:
        yield client


async def counted(api: httpx2.AsyncClient, **labels: str) -> float:
    from prometheus_client.parser import text_string_to_metric_families as parse

    return sum(
        sample.value
        for family in parse((await api.get("/metrics")).text)
        for sample in family.samples
        if sample.name == "http_requests_total"
        and labels.items() <= sample.labels.items()
    )


async def test_without_a_token_nobody_reads_or_writes(api: httpx2.AsyncClient):
    for method, path in (("GET", "/tasks"), ("POST", "/tasks"), ("DELETE", "/tasks/1")):
        answer = await api.request(method, path)
        assert answer.status_code in {401, 422}
        if method != "POST":
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_each_has_tasks_of_their_own(api: httpx2.AsyncClient):
    await api.post("/tasks", json={"title": "x"}, headers=ANNA)
    other = {"Authorization": "Bearer ben"}
    assert (await api.get("/tasks/1", headers=ANNA)).status_code == 200
    assert (await api.get("/tasks/1", headers=other)).status_code == 404
    assert (await api.get("/tasks", headers=other)).json()["items"] == []


async def test_who_asks_too_often_is_told_when_to_come_back(
    api: httpx2.AsyncClient, world: World
):
    statuses = [(await api.get("/tasks", headers=ANNA)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    late = await api.get("/tasks", headers=ANNA)
    assert late.headers["retry-after"] == "2"  # one a second, rounded up
    other = {"Authorization": "Bearer ben"}
    assert (await api.get("/tasks", headers=other)).status_code == 200
    world.now_s = 1.0
    assert (await api.get("/tasks", headers=ANNA)).status_code == 200


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        (Source.READ, "full"),
        (Source.UNREADABLE, "full"),
        (Source.DEGRADED, "degraded"),
    ],
)
async def test_a_fallback_is_counted_as_degraded_never_as_good(
    api: httpx2.AsyncClient, world: World, source: Source, answer: str
):
    world.source = source
    created = await api.post("/tasks/from-text", json=SENTENCE, headers=ANNA)
    assert created.status_code == 201
    assert created.json()["source"] == source
    assert created.headers.get("x-degraded") == ("ai" if answer == "degraded" else None)
    assert await counted(api, answer=answer, route="/tasks/from-text") == 1
    assert await counted(api, route="/tasks/from-text") == 1


async def test_a_fallback_that_fails_in_the_end_is_a_failure_like_any_other(
    api: httpx2.AsyncClient, world: World
):
    world.source, world.tasks.is_busy = Source.DEGRADED, True
    answer = await api.post("/tasks/from-text", json=SENTENCE, headers=ANNA)
    assert answer.status_code == 503
    assert "x-degraded" not in answer.headers
    assert await counted(api, answer="full", status="503") == 1


async def test_a_busy_store_is_503_and_says_that_a_change_may_have_taken_place(
    api: httpx2.AsyncClient, world: World
):
    world.tasks.is_busy = True
    answer = await api.post("/tasks", json={"title": "x"}, headers=ANNA)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "may have taken place" in answer.json()["detail"]


async def test_an_issuer_out_of_reach_is_503_and_not_401(
    api: httpx2.AsyncClient, world: World
):
    world.issuer_is_down = True
    assert (await api.get("/tasks", headers=ANNA)).status_code == 503


async def test_guests_and_browsers_are_told_what_they_need(api: httpx2.AsyncClient):
    guest = await api.post("/guest")
    assert (guest.status_code, guest.json()["token"]) == (201, "guest")
    assert (await api.get("/config.json")).json() == {"a": 1}
    statuses = [(await api.post("/guest")).status_code for _ in range(10)]
    assert statuses == [201] * 9 + [429]


HOSTILE = [
    "a\x00b",
    "\u202eevil",
    "\x1b[2J",
    "<script>",
    "'; --",
    "🧨" * 100,
    "\u2066x",
]


@pytest.mark.parametrize("title", HOSTILE)
async def test_a_hostile_title_comes_back_as_it_was(
    api: httpx2.AsyncClient, title: str
):
    created = await api.post("/tasks", json={"title": title}, headers=ANNA)
    assert created.status_code == 201
    assert created.json()["title"] == title.strip()


async def test_ten_megabytes_are_refused(api: httpx2.AsyncClient):
    body = {"text": "x" * 10_000_000, "timezone": "Asia/Tokyo"}
    answer = await api.post("/tasks/from-text", json=body, headers=ANNA)
    assert answer.status_code == 413


async def test_a_time_needs_a_date(api: httpx2.AsyncClient):
    body = {"title": "x", "due_time": "10:00"}
    answer = await api.post("/tasks", json=body, headers=ANNA)
    assert answer.status_code == 422


@asynccontextmanager
async def on_dynamodb(settings: dict[str, Any]) -> AsyncIterator[Backends]:
    """Stand on the emulator, without a login: everybody has the same tasks."""
    table = Table(settings["table"], settings["region"], settings["dynamodb_endpoint"])
    async with open_tasks(table) as tasks, alone(CollectorRegistry()) as others:
        yield replace(others, tasks=tasks)


@pytest.fixture(params=["memory", "dynamodb"])
def stored(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """The service on a store that holds some tasks."""
    backends: OpenBackends = alone
    if request.param == "dynamodb":
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        settings = request.getfixturevalue("aws").settings
        backends = lambda _: on_dynamodb(settings)  # noqa: E731
    app = create_app(backends=backends)
    with TestClient(app, raise_server_exceptions=False) as client:
        for number in range(3):
            client.post("/tasks", json={"title": f"task {number}"})
        yield client


@pytest.mark.parametrize(
    "operation",
    [
        ("/tasks", "GET"),
        ("/tasks", "POST"),
        ("/tasks/from-text", "POST"),
        ("/tasks/{task_id}", "GET"),
        ("/tasks/{task_id}", "PUT"),
        ("/tasks/{task_id}", "DELETE"),
        ("/tasks/{task_id}/complete", "POST"),
    ],
    ids=" ".join,
)
def test_schemathesis_finds_no_failure(stored: TestClient, operation: tuple[str, str]):
    schema = schemathesis.openapi.from_dict(stored.get("/openapi.json").json())
    path, method = operation
    seen: set[int] = set()
    known = [task["id"] for task in stored.get("/tasks").json()["items"]]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy(), task_id=st.sampled_from(known))
    def call(case: schemathesis.Case, task_id: int) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        body = sent.get("json")
        for url in {sent["url"], f"http://testserver{path}".format(task_id=task_id)}:
            answer = stored.request(
                method,
                url,
                params=sent.get("params"),
                content=None if body is None else json.dumps(body),
                headers={"content-type": "application/json"},
            )
            seen.add(answer.status_code)
            assert answer.status_code < 500

    call()
    assert seen & {200, 201, 204}, "no task was ever met"
