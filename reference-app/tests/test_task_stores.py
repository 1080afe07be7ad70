"""What every task store does: in memory, and in DynamoDB on two emulators."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiobotocore.session import AioSession, get_session
from api.dynamo import DynamoTasks, create_table, new_session
from api.memory import MemoryTasks
from api.tasks import (
    Owner,
    Priority,
    Source,
    Status,
    StoreBusyError,
    TaskConflictError,
    TaskNotFoundError,
    TaskStore,
    TaskText,
)
from botocore.exceptions import ClientError, ConnectTimeoutError

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
FULL = TaskText(
    title="田中さんと会議 🗓",
    note="第一会議室\n<b>&",
    due=date(2026, 12, 4),
    due_time=time(15, 30),
    priority=Priority.HIGH,
    people=("田中", "Bob"),
    places=("京都駅",),
    source=Source.READ,
)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client_of(session: AioSession, endpoint: str) -> Any:
    return session.create_client(
        "dynamodb",
        "ap-northeast-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulators'
    )


@asynccontextmanager
async def dynamo(endpoint: str) -> AsyncIterator[DynamoTasks]:
    async with client_of(new_session(), endpoint) as client:
        await create_table(client, "todo-tests")
        yield DynamoTasks(client, "todo-tests", chunk=10)


def endpoint_of(request: pytest.FixtureRequest) -> str:
    if request.param == "moto":
        endpoint: str = request.getfixturevalue("moto")
        return endpoint
    return str(request.getfixturevalue("aws").settings["dynamodb_endpoint"])


@pytest.fixture(params=["ministack", "moto"])
async def dynamo_tasks(request: pytest.FixtureRequest) -> AsyncIterator[TaskStore]:
    """Both emulators: no test here meets one of moto's known gaps.

    Those are elsewhere: its conditional writes are not atomic under many at once, it
    applies a transaction twice under one idempotency token,
    gives a page that is exactly full a next key, and keeps "0.10" as it is.
    """
    async with dynamo(endpoint_of(request)) as store:
        yield store


@pytest.fixture(params=["memory", "ministack", "moto"])
async def tasks(request: pytest.FixtureRequest) -> AsyncIterator[TaskStore]:
    if request.param == "memory":
        yield MemoryTasks()
        return
    async with dynamo(endpoint_of(request)) as store:
        yield store


@pytest.fixture(params=["memory", "ministack"])
async def busy_tasks(request: pytest.FixtureRequest) -> AsyncIterator[TaskStore]:
    """For many calls at once: moto checks a condition and writes in two steps."""
    if request.param == "memory":
        yield MemoryTasks()
        return
    async with dynamo(endpoint_of(request)) as store:
        yield store


@pytest.fixture
def owner() -> Owner:
    return Owner(uuid4().hex)


async def test_what_was_created_is_read_back_whole(tasks: TaskStore, owner: Owner):
    task = await tasks.create(owner, FULL, NOW)
    assert (task.id, task.version, task.text) == (1, 1, FULL)
    assert (task.created_at, task.completed_at) == (NOW, None)
    assert await tasks.get(owner, 1, NOW) == task


async def test_empty_fields_stay_empty(tasks: TaskStore, owner: Owner):
    await tasks.create(owner, TaskText("x"), NOW)
    assert (await tasks.get(owner, 1, NOW)).text == TaskText("x")


async def test_nobody_sees_anothers_tasks(tasks: TaskStore, owner: Owner):
    await tasks.create(owner, FULL, NOW)
    other = Owner(uuid4().hex)
    with pytest.raises(TaskNotFoundError):
        await tasks.get(other, 1, NOW)
    with pytest.raises(TaskNotFoundError):
        await tasks.edit(other, 1, FULL, version=1, now=NOW)
    with pytest.raises(TaskNotFoundError):
        await tasks.delete(other, 1, NOW)
    page = await tasks.page(other, Status.ALL, after=0, limit=10, now=NOW)
    assert page == ([], 0)


async def test_an_edit_raises_the_version_and_an_old_one_conflicts(
    tasks: TaskStore, owner: Owner
):
    await tasks.create(owner, FULL, NOW)
    edited = await tasks.edit(owner, 1, TaskText("first"), version=1, now=NOW)
    assert (edited.version, edited.text) == (2, TaskText("first"))
    with pytest.raises(TaskConflictError, match="at version 2, not 1"):
        await tasks.edit(owner, 1, TaskText("second"), version=1, now=NOW)
    assert await tasks.get(owner, 1, NOW) == edited


async def test_of_many_edits_at_once_exactly_one_wins(
    busy_tasks: TaskStore, owner: Owner
):
    tasks = busy_tasks
    await tasks.create(owner, TaskText("x"), NOW)
    edits = [
        tasks.edit(owner, 1, TaskText(str(n)), version=1, now=NOW) for n in range(12)
    ]
    ended = await asyncio.gather(*edits, return_exceptions=True)
    won = [end for end in ended if not isinstance(end, BaseException)]
    assert len(won) == 1
    assert {type(end) for end in ended if end not in won} == {TaskConflictError}
    assert await tasks.get(owner, 1, NOW) == won[0]


async def test_tasks_created_at_once_get_ids_of_their_own(
    busy_tasks: TaskStore, owner: Owner
):
    tasks = busy_tasks
    made = [tasks.create(owner, TaskText(str(n)), NOW) for n in range(12)]
    assert sorted(t.id for t in await asyncio.gather(*made)) == list(range(1, 13))


async def test_a_task_is_completed_once(tasks: TaskStore, owner: Owner):
    await tasks.create(owner, FULL, NOW)
    later = NOW + timedelta(hours=1)
    done = await tasks.complete(owner, 1, later)
    assert (done.version, done.completed_at, done.text) == (2, later, FULL)
    with pytest.raises(TaskConflictError, match="done already"):
        await tasks.complete(owner, 1, later)


async def test_a_deleted_task_is_gone_for_every_question(
    tasks: TaskStore, owner: Owner
):
    await tasks.create(owner, FULL, NOW)
    await tasks.delete(owner, 1, NOW)
    for change in (
        tasks.get(owner, 1, NOW),
        tasks.edit(owner, 1, FULL, version=1, now=NOW),
        tasks.edit(owner, 1, FULL, version=2, now=NOW),
        tasks.complete(owner, 1, NOW),
        tasks.delete(owner, 1, NOW),
    ):
        with pytest.raises(TaskNotFoundError):
            await change
    page = await tasks.page(owner, Status.ALL, after=0, limit=10, now=NOW)
    assert page == ([], 0)
    assert (await tasks.create(owner, FULL, NOW)).id == 2


async def test_pages_hold_every_task_once_whatever_they_show(
    tasks: TaskStore, owner: Owner
):
    """More than one answer of the store, and none of the deleted."""
    for number in range(1, 41):
        await tasks.create(owner, TaskText(str(number)), NOW)
    for number in range(10, 41, 10):
        await tasks.complete(owner, number, NOW)
    for number in range(5, 41, 10):
        await tasks.delete(owner, number, NOW)
    shown = {}
    for status in Status:
        ids, after = [], 0
        while True:
            page, after = await tasks.page(
                owner, status, after=after, limit=15, now=NOW
            )
            ids += [task.id for task in page]
            if not after:
                break
        shown[status] = ids
    assert shown[Status.DONE] == list(range(10, 41, 10))
    assert shown[Status.OPEN] == [n for n in range(1, 41) if n % 5]
    assert shown[Status.ALL] == [n for n in range(1, 41) if n % 10 != 5]


async def test_a_last_page_that_is_full_leads_nowhere(tasks: TaskStore, owner: Owner):
    for _ in range(4):
        await tasks.create(owner, FULL, NOW)
    page, after = await tasks.page(owner, Status.ALL, after=2, limit=2, now=NOW)
    assert ([task.id for task in page], after) == ([3, 4], 0)


async def test_a_full_list_refuses_until_something_goes(tasks: TaskStore):
    owner = Owner(uuid4().hex, max_tasks=2)
    for _ in range(2):
        await tasks.create(owner, FULL, NOW)
    with pytest.raises(TaskConflictError, match="delete one first"):
        await tasks.create(owner, FULL, NOW)
    await tasks.delete(owner, 1, NOW)
    assert (await tasks.create(owner, FULL, NOW)).id == 3


async def test_what_a_guest_had_is_gone_when_their_time_is_over(
    dynamo_tasks: TaskStore,
):
    """At once, although the store removes it days later."""
    ends = NOW + timedelta(hours=24)
    owner = Owner(uuid4().hex, keeps_until=ends)
    await dynamo_tasks.create(owner, FULL, NOW)
    assert await dynamo_tasks.get(owner, 1, ends - timedelta(seconds=1))
    with pytest.raises(TaskNotFoundError):
        await dynamo_tasks.get(owner, 1, ends)
    page = await dynamo_tasks.page(owner, Status.ALL, after=0, limit=10, now=ends)
    assert page == ([], 0)


class LosesAnswers:
    """A client whose every write is sent twice: the first answer was lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in {"put_item", "update_item"}:
            return method

        async def twice(**options: Any) -> Any:
            await method(**options)
            return await method(**options)

        return twice


async def test_a_write_whose_answer_was_lost_is_no_conflict(aws: Any, owner: Owner):
    async with dynamo(aws.settings["dynamodb_endpoint"]) as store:
        lossy = DynamoTasks(LosesAnswers(store._client), store._table)
        task = await lossy.create(owner, FULL, NOW)
        edited = await lossy.edit(owner, task.id, TaskText("x"), version=1, now=NOW)
        assert (edited.version, edited.text.title) == (2, "x")
        assert (await lossy.complete(owner, task.id, NOW)).version == 3
        await lossy.delete(owner, task.id, NOW)
        with pytest.raises(TaskNotFoundError):
            await store.get(owner, task.id, NOW)


def refusing(error: Exception) -> Any:
    class Client:
        def __getattr__(self, name: str) -> Any:
            async def refuse(**_: Any) -> Any:
                raise error

            return refuse

    return Client()


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="http://x"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"),
        ClientError(
            {"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem"
        ),
    ],
)
async def test_a_store_that_is_slow_or_throttles_is_busy(
    error: Exception, owner: Owner
):
    store = DynamoTasks(refusing(error), "t")
    for question in (
        store.get(owner, 1, NOW),
        store.create(owner, FULL, NOW),
        store.edit(owner, 1, FULL, version=1, now=NOW),
        store.page(owner, Status.ALL, after=0, limit=1, now=NOW),
    ):
        with pytest.raises(StoreBusyError):
            await question


@pytest.mark.parametrize("emulator", ["ministack", "moto"])
async def test_items_left_as_they_come_are_what_the_library_makes_of_them(
    request: pytest.FixtureRequest, emulator: str
):
    request.param = emulator  # type: ignore[attr-defined]
    endpoint = endpoint_of(request)
    owner = Owner(f"as-they-come-{uuid4().hex}", keeps_until=NOW + timedelta(days=1))
    query = {
        "TableName": "todo-tests",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": f"USER#{owner.id}"}},
    }
    async with dynamo(endpoint) as tasks:
        for text in (FULL, TaskText("x")):
            await tasks.create(owner, text, NOW)
        await tasks.complete(owner, 2, NOW)
        ours = (await tasks._client.query(**query))["Items"]
    async with client_of(get_session(), endpoint) as client:
        its_own = (await client.query(**query))["Items"]
    assert len(ours) == 3
    assert ours == its_own
