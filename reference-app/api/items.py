"""Tasks as items of a DynamoDB table.

One table for everything of a user: partition ``USER#<subject>``, sort key ``TASK#<id>``
for a task and ``SEQUENCE`` for the last id given and the number of tasks alive.
`expires_at` (epoch seconds) is the table's time to live. A deleted task stays as a
tombstone until then; readers filter it, as DynamoDB removes items late.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from api.tasks import Owner, Priority, Source, Task, TaskText

Item = Mapping[str, Any]
SEQUENCE = "SEQUENCE"
_DIGITS = 16  # ids sort as text: 2**53 has sixteen digits


def task_key(owner: Owner, task_id: int) -> dict[str, Any]:
    """Return the key of a task."""
    return {"pk": {"S": f"USER#{owner.id}"}, "sk": {"S": sort_key(task_id)}}


def sort_key(task_id: int) -> str:
    """Return the sort key of a task; in order of ids."""
    return f"TASK#{task_id:0{_DIGITS}d}"


def sequence_key(owner: Owner) -> dict[str, Any]:
    """Return the key of an owner's counter."""
    return {"pk": {"S": f"USER#{owner.id}"}, "sk": {"S": SEQUENCE}}


def to_item(owner: Owner, task: Task, write_id: str) -> dict[str, Any]:
    """Return a task as an item.

    Args:
        owner: Whose it is.
        task: The task.
        write_id: Tells this write from another: a repeat of it finds itself done.
    """
    item = {
        **task_key(owner, task.id),
        "id": {"N": str(task.id)},
        "version": {"N": str(task.version)},
        "created_at": {"S": task.created_at.isoformat()},
        "write_id": {"S": write_id},
        **text_attributes(task.text),
    }
    if owner.keeps_until is not None:
        item["expires_at"] = {"N": epoch(owner.keeps_until)}
    return item


def text_attributes(text: TaskText) -> dict[str, Any]:
    """Return what is written about a task as attributes, each of them always there."""
    return {
        "title": {"S": text.title},
        "note": {"S": text.note},
        "due": {"S": text.due.isoformat()} if text.due else {"NULL": True},
        "due_time": (
            {"S": text.due_time.isoformat("minutes")}
            if text.due_time
            else {"NULL": True}
        ),
        "priority": {"S": text.priority},
        "people": {"L": [{"S": name} for name in text.people]},
        "places": {"L": [{"S": name} for name in text.places]},
        "source": {"S": text.source},
    }


def from_item(item: Item) -> Task:
    """Return the task that an item holds."""
    due, due_time = item["due"].get("S"), item["due_time"].get("S")
    completed_at = item.get("completed_at", {}).get("S")
    return Task(
        id=int(item["id"]["N"]),
        version=int(item["version"]["N"]),
        text=TaskText(
            title=item["title"]["S"],
            note=item["note"]["S"],
            due=date.fromisoformat(due) if due else None,
            due_time=time.fromisoformat(due_time) if due_time else None,
            priority=Priority(item["priority"]["S"]),
            people=tuple(name["S"] for name in item["people"]["L"]),
            places=tuple(name["S"] for name in item["places"]["L"]),
            source=Source(item["source"]["S"]),
        ),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        completed_at=datetime.fromisoformat(completed_at) if completed_at else None,
    )


def is_gone(item: Item, now: datetime) -> bool:
    """Return whether an item is a tombstone, or past its time to live."""
    expires_at = item.get("expires_at", {}).get("N")
    return "deleted_at" in item or (
        expires_at is not None and int(expires_at) <= now.timestamp()
    )


def epoch(when: datetime) -> str:
    """Return a moment in whole epoch seconds, as a DynamoDB number."""
    return str(int(when.timestamp()))
