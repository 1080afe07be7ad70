"""Tasks in DynamoDB, on AWS or on its emulator: one table, conditional writes.

A write that DynamoDB did and whose answer was lost is repeated by the client library.
Each write carries an id of its own, so that the repeat recognises itself instead of
reporting a conflict.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from aiobotocore.config import AioConfig
from aiobotocore.parsers import AioJSONParser, AioResponseParserFactory
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
)

from api.items import (
    Item,
    epoch,
    from_item,
    is_gone,
    sequence_key,
    sort_key,
    task_key,
    text_attributes,
    to_item,
)
from api.tasks import (
    Owner,
    Status,
    StoreBusyError,
    Task,
    TaskConflictError,
    TaskNotFoundError,
    TaskText,
    full_list,
    shows,
    stale_edit,
)

KEEPS_DELETED = timedelta(days=30)
_CHUNK = 100
_CONDITION = "ConditionalCheckFailedException"
#: What DynamoDB says when the caller should come back later.
_BUSY = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "InternalFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TransactionConflictException",
}
#: As a user waits for at most some hundred milliseconds: few, quick attempts.
CONFIG = AioConfig(
    connect_timeout=1,
    read_timeout=1.5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=50,
    # Each of these is worked out anew for every call otherwise, and together they are
    # an eighth of it. What is sent is built here; two emulators check it in the tests.
    user_agent="todo-api",
    parameter_validation=False,
)


class _ItemsAsTheyAre(AioJSONParser):
    """Leaves items as they come: JSON and what is made of it are the same.

    Only binary attributes would differ, and tasks have none. Else each value of each
    attribute is looked up under ten names, which for a page of twenty tasks takes as
    long as all the rest of the call.
    """

    def _handle_map(self, shape: Any, value: Any) -> Any:  # noqa: ANN401 - botocore's
        if shape.name == "AttributeMap":
            return value
        return super()._handle_map(shape, value)


class _Parsers(AioResponseParserFactory):
    def create_parser(self, protocol_name: str) -> AioJSONParser:
        """Return the parser of DynamoDB's protocol."""
        if protocol_name != "json":
            raise ValueError(f"DynamoDB speaks JSON, not {protocol_name}")
        return _ItemsAsTheyAre()


def new_session() -> AioSession:
    """Return a session whose DynamoDB clients leave items as they come."""
    session = get_session()
    session.register_component("response_parser_factory", _Parsers())
    return session


@dataclass(frozen=True, slots=True)
class Table:
    """Where the tasks are.

    Attributes:
        name: The table.
        region: The AWS region.
        endpoint: The emulator's URL; None for AWS itself.
    """

    name: str
    region: str
    endpoint: str | None = None


@asynccontextmanager
async def open_tasks(table: Table) -> AsyncIterator["DynamoTasks"]:
    """Give the table's tasks; credentials come from where the AWS SDKs look."""
    async with new_session().create_client(
        "dynamodb", table.region, endpoint_url=table.endpoint, config=CONFIG
    ) as client:
        yield DynamoTasks(client, table.name)


@dataclass(frozen=True, slots=True)
class _Change:
    """A conditional write.

    Attributes:
        attributes: What is set.
        condition: What must hold beside the task's existence.
        refuse: Returns the error where it does not, given the task as it is.
        values: Placeholders of the condition.
    """

    attributes: dict[str, Any]
    condition: str
    refuse: Callable[[Task], Exception]
    values: dict[str, Any] = field(default_factory=dict)


class DynamoTasks:
    """A `TaskStore` on DynamoDB.

    Args:
        client: A DynamoDB client of aiobotocore.
        table: The table's name.
        chunk: Items read at once while a page is filled.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - botocore's
        table: str,
        *,
        chunk: int = _CHUNK,
    ) -> None:
        self._client = client
        self._chunk = chunk
        self._table = table

    async def get(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Return the task."""
        return from_item(await self._get(owner, task_id, now))

    async def page(
        self, owner: Owner, status: Status, *, after: int, limit: int, now: datetime
    ) -> tuple[list[Task], int]:
        """Return up to `limit` tasks with an id above `after`, and where to go on."""
        found: list[Task] = []
        async for item in self._items(owner, after, limit + 1):
            if is_gone(item, now):
                continue
            task = from_item(item)
            if not shows(status, task):
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(task)
        return found, 0

    async def create(self, owner: Owner, text: TaskText, now: datetime) -> Task:
        """Add a task and return it."""
        task = Task(await self._next_id(owner), 1, text, created_at=now)
        item = to_item(owner, task, uuid4().hex)
        try:
            await self._call(
                "put_item", Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            # Nobody else has this id: an earlier attempt of ours is there already.
            if not _is_condition(error):
                raise
        return task

    async def edit(
        self, owner: Owner, task_id: int, text: TaskText, *, version: int, now: datetime
    ) -> Task:
        """Replace what is written and return the task."""
        change = _Change(
            text_attributes(text),
            condition="version = :version",
            values={":version": {"N": str(version)}},
            refuse=lambda held: stale_edit(task_id, held.version, version),
        )
        return await self._change(owner, task_id, change, now)

    async def complete(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Mark a task done and return it."""
        change = _Change(
            {"completed_at": {"S": now.isoformat()}},
            condition="attribute_not_exists(completed_at)",
            refuse=lambda _: TaskConflictError(f"task {task_id} is done already"),
        )
        return await self._change(owner, task_id, change, now)

    async def delete(self, owner: Owner, task_id: int, now: datetime) -> None:
        """Remove a task: it stays as a tombstone until its time to live is over."""
        change = _Change(
            {
                "deleted_at": {"S": now.isoformat()},
                "expires_at": {"N": epoch(now + KEEPS_DELETED)},
            },
            condition="attribute_exists(pk)",
            refuse=lambda _: _missing(task_id),
        )
        await self._change(owner, task_id, change, now)
        await self._count(owner, -1)

    async def _next_id(self, owner: Owner) -> int:
        """Return an id that no task of this owner had, and count the task."""
        names: dict[str, str] = {"#last": "last", "#alive": "alive"}
        values: dict[str, Any] = {
            ":one": {"N": "1"},
            ":most": {"N": str(owner.max_tasks)},
        }
        update = "ADD #last :one, #alive :one"
        if owner.keeps_until is not None:
            update = "SET expires_at = :until " + update
            values[":until"] = {"N": epoch(owner.keeps_until)}
        try:
            answer = await self._call(
                "update_item",
                Key=sequence_key(owner),
                UpdateExpression=update,
                ConditionExpression="attribute_not_exists(#alive) OR #alive < :most",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if _is_condition(error):
                raise full_list(owner) from None
            raise
        return int(answer["Attributes"]["last"]["N"])

    async def _count(self, owner: Owner, change: int) -> None:
        await self._call(
            "update_item",
            Key=sequence_key(owner),
            UpdateExpression="ADD #alive :change",
            ExpressionAttributeNames={"#alive": "alive"},
            ExpressionAttributeValues={":change": {"N": str(change)}},
        )

    async def _get(self, owner: Owner, task_id: int, now: datetime) -> Item:
        answer = await self._call(
            "get_item", Key=task_key(owner, task_id), ConsistentRead=True
        )
        item: Item | None = answer.get("Item")
        if item is None or is_gone(item, now):
            raise _missing(task_id)
        return item

    async def _items(
        self, owner: Owner, after: int, wanted: int
    ) -> AsyncIterator[Item]:
        """Give the items above an id; at first as many as are wanted, then more."""
        start: Mapping[str, Any] | None = None
        while True:
            more = {"ExclusiveStartKey": start} if start else {}
            answer = await self._call(
                "query",
                KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
                ExpressionAttributeValues={
                    ":pk": task_key(owner, 0)["pk"],
                    ":low": {"S": sort_key(after + 1)},
                    ":high": {"S": "TASK#~"},
                },
                Limit=wanted,
                ConsistentRead=True,
                **more,
            )
            for item in answer["Items"]:
                yield item
            wanted = max(wanted, self._chunk)
            start = answer.get("LastEvaluatedKey")
            if not start:
                return

    async def _change(
        self, owner: Owner, task_id: int, change: _Change, now: datetime
    ) -> Task:
        """Set attributes if the task is there and the condition holds."""
        write_id = uuid4().hex
        sets = {**change.attributes, "write_id": {"S": write_id}}
        names = {f"#{name}": name for name in sets}
        held = {f":{name}": value for name, value in sets.items()}
        changes = ", ".join(f"#{name} = :{name}" for name in sets)
        try:
            answer = await self._call(
                "update_item",
                Key=task_key(owner, task_id),
                UpdateExpression=f"SET {changes} ADD version :one",
                ConditionExpression="attribute_exists(pk) AND"
                f" attribute_not_exists(#deleted) AND {change.condition}",
                ExpressionAttributeNames=names | {"#deleted": "deleted_at"},
                ExpressionAttributeValues=held | change.values | {":one": {"N": "1"}},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not _is_condition(error):
                raise
            item = error.response.get("Item")
            if item and item.get("write_id", {}).get("S") == write_id:
                return from_item(item)
            if not item or is_gone(item, now):
                raise _missing(task_id) from None
            raise change.refuse(from_item(item)) from None
        return from_item(answer["Attributes"])

    async def _call(self, operation: str, **options: Any) -> Mapping[str, Any]:  # noqa: ANN401
        method: Callable[..., Awaitable[Mapping[str, Any]]]
        method = getattr(self._client, operation)
        try:
            return await method(TableName=self._table, **options)
        except ClientError as error:
            if error.response["Error"]["Code"] in _BUSY:
                raise StoreBusyError(str(error)) from error
            raise
        except (HTTPClientError, BotoCoreError) as error:
            raise StoreBusyError(str(error)) from error


def _is_condition(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == _CONDITION


def _missing(task_id: int) -> TaskNotFoundError:
    return TaskNotFoundError(f"there is no task {task_id}")


async def create_table(client: Any, name: str) -> None:  # noqa: ANN401 - botocore's
    """Create the table with its time to live; one that exists is left as it is."""
    try:
        await client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
    except client.exceptions.ResourceInUseException:
        return
    await client.get_waiter("table_exists").wait(TableName=name)
    await client.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
    )
