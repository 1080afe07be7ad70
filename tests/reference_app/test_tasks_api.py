"""What people can do with their tasks."""

from collections.abc import AsyncIterator

import httpx2
import pytest

pytestmark = pytest.mark.anyio


async def create(api: httpx2.AsyncClient, title: str = "Buy milk") -> dict:
    answer = await api.post("/tasks", json={"title": title})
    assert answer.status_code == 201
    return answer.json()


async def test_a_created_task_is_listed_and_can_be_read(api: httpx2.AsyncClient):
    new = {"title": " 牛乳を買う ", "due": "2026-12-01", "priority": "high"}
    answer = await api.post("/tasks", json=new)
    task = answer.json()
    assert answer.headers["location"] == "/tasks/1"
    assert (task["id"], task["version"], task["title"]) == (1, 1, "牛乳を買う")
    assert (task["due"], task["priority"]) == ("2026-12-01", "high")
    assert (await api.get("/tasks/1")).json() == task
    assert (await api.get("/tasks")).json() == {"items": [task], "next": None}


async def test_an_edit_replaces_the_text_and_raises_the_version(
    api: httpx2.AsyncClient,
):
    task = await create(api)
    edited = await api.put("/tasks/1", json={"title": "Buy oats", "version": 1})
    assert edited.json() == {**task, "title": "Buy oats", "version": 2}


async def test_an_edit_of_an_old_version_conflicts_and_changes_nothing(
    api: httpx2.AsyncClient,
):
    await create(api)
    await api.put("/tasks/1", json={"title": "First", "version": 1})
    late = await api.put("/tasks/1", json={"title": "Second", "version": 1})
    assert late.status_code == 409
    assert "at version 2, not 1" in late.json()["detail"]
    assert (await api.get("/tasks/1")).json()["title"] == "First"


async def test_completing_moves_a_task_from_the_open_list_to_the_done_list(
    api: httpx2.AsyncClient,
):
    await create(api)
    done = (await api.post("/tasks/1/complete")).json()
    assert done["completed_at"] is not None
    assert (await api.get("/tasks")).json()["items"] == []
    assert (await api.get("/tasks?status=done")).json()["items"] == [done]
    assert (await api.get("/tasks?status=all")).json()["items"] == [done]
    assert (await api.post("/tasks/1/complete")).status_code == 409


async def test_a_deleted_task_is_gone_and_its_id_is_not_used_again(
    api: httpx2.AsyncClient,
):
    await create(api)
    deleted = await api.delete("/tasks/1")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await api.get("/tasks/1")).status_code == 404
    assert (await api.delete("/tasks/1")).status_code == 404
    assert (await create(api))["id"] == 2


async def test_pages_hold_every_task_once(api: httpx2.AsyncClient):
    for number in range(1, 6):
        await create(api, f"Task {number}")
    first = (await api.get("/tasks?limit=2")).json()
    second = (await api.get(f"/tasks?limit=2&after={first['next']}")).json()
    third = (await api.get(f"/tasks?limit=2&after={second['next']}")).json()
    ids = [task["id"] for page in (first, second, third) for task in page["items"]]
    assert ids == [1, 2, 3, 4, 5]
    assert third["next"] is None


async def test_a_last_page_that_is_full_leads_nowhere(api: httpx2.AsyncClient):
    await create(api)
    await create(api)
    assert (await api.get("/tasks?limit=2")).json()["next"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "  "},
        {"title": "x" * 201},
        {"title": "x", "note": "x" * 2001},
        {"title": "x", "due": "tomorrow"},
        {"title": "x", "priority": "urgent"},
        {"title": "x", "id": 5},
    ],
)
async def test_a_new_task_with_a_problem_is_refused_by_field(
    api: httpx2.AsyncClient, body: dict
):
    answer = await api.post("/tasks", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"].startswith("body.")
    assert (await api.get("/tasks")).json()["items"] == []


@pytest.mark.parametrize(
    "path", ["/tasks?limit=0", "/tasks?limit=101", "/tasks?status=late", "/tasks/x"]
)
async def test_a_question_with_a_problem_is_refused(api: httpx2.AsyncClient, path: str):
    assert (await api.get(path)).status_code == 422


async def test_a_full_list_refuses_another_task():
    from datetime import UTC, datetime

    from api.memory import MemoryTasks
    from api.tasks import Owner, TaskConflictError, TaskText

    tasks, owner = MemoryTasks(), Owner("x", max_tasks=1)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    await tasks.create(owner, TaskText("One"), now)
    with pytest.raises(TaskConflictError, match="delete one first"):
        await tasks.create(owner, TaskText("Two"), now)


@pytest.mark.parametrize(
    ("given", "is_kept"), [("abc-1.2_3", True), ("a b", False), ("x" * 65, False)]
)
async def test_every_answer_carries_a_request_id(
    api: httpx2.AsyncClient, given: str, is_kept: bool
):
    answer = await api.get("/tasks/9", headers={"X-Request-ID": given})
    request_id = answer.headers["x-request-id"]
    assert (request_id == given) is is_kept
    assert len(request_id) in {len("abc-1.2_3"), 32}
    assert answer.json()["request_id"] == request_id


async def test_a_body_too_long_or_of_unknown_length_is_refused(
    api: httpx2.AsyncClient,
):
    async def pieces() -> AsyncIterator[bytes]:
        yield b"{}"

    assert (await api.post("/tasks", content=b"x" * 65_537)).status_code == 413
    assert (await api.post("/tasks", content=pieces())).status_code == 411


async def test_health_is_ready_only_between_start_and_stop():
    from api.app import create_app

    app = create_app()
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as api:
        assert (await api.get("/health/ready")).status_code == 503
        async with app.router.lifespan_context(app):
            assert (await api.get("/health/ready")).json() == {"status": "ready"}
        assert (await api.get("/health/ready")).status_code == 503
        assert (await api.get("/health/live")).json() == {"status": "live"}
