"""Numbered steps that bring a state database from any older version to this one.

A step that has been released is never edited: it spells its tables out, instead of
using `schema`, so that it still does in five years what it did on the first day.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    MetaData,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
)

from kizashi.errors import SchemaError
from kizashi.statedb.schema import MIGRATIONS
from kizashi.statedb.step_2_alerts import create_alerts
from kizashi.statedb.step_3_sessions import create_sessions
from kizashi.statedb.step_4_checksums import add_checksums


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; `apply` runs inside the transaction that records it."""

    number: int
    name: str
    apply: Callable[[Connection], None]


def _create_tokens(connection: Connection) -> None:
    tokens = Table(
        "tokens",
        MetaData(),
        Column("id", String(32), primary_key=True),
        Column("name", String(100), nullable=False),
        Column("role", String(20), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("created_ms", BigInteger, nullable=False),
        Column("expires_ms", BigInteger, nullable=True),
        Column("last_used_ms", BigInteger, nullable=True),
        Index("tokens_digest", "digest", unique=True),
    )
    tokens.create(connection)


STEPS: tuple[Migration, ...] = (
    Migration(1, "tokens", _create_tokens),
    Migration(2, "alerts", create_alerts),
    Migration(3, "sessions", create_sessions),
    Migration(4, "checksums", add_checksums),
)


def version(connection: Connection) -> int:
    """Return the number of the newest step that ran, 0 for an empty database."""
    if not inspect(connection).has_table(MIGRATIONS.name):
        return 0
    newest = connection.scalar(select(func.max(MIGRATIONS.c.number)))
    return int(newest or 0)


def refuse_version(found: int, where: str) -> None:
    """Refuse a database whose version this program does not know.

    Raises:
        SchemaError: If a newer Kizashi wrote the database.
    """
    known = STEPS[-1].number
    if found > known:
        raise SchemaError(
            f"{where} has schema version {found}, but this Kizashi knows versions up"
            f" to {known}; run the Kizashi that wrote it, or a newer one"
        )


def migrate(connection: Connection, where: str, now_ms: int) -> int:
    """Run the steps that are missing, in the caller's transaction; return the version.

    Args:
        connection: A connection that is inside a writing transaction, so that two
            processes cannot both find the same step missing.
        where: What to call the database in an error.
        now_ms: Unix milliseconds, recorded with each step.

    Raises:
        SchemaError: If a newer Kizashi wrote the database. Nothing is written.
    """
    schema_version = version(connection)
    refuse_version(schema_version, where)
    if schema_version == 0:
        MIGRATIONS.create(connection, checkfirst=True)
    for step in STEPS:
        if step.number > schema_version:
            step.apply(connection)
            connection.execute(
                insert(MIGRATIONS).values(
                    number=step.number, name=step.name, applied_ms=now_ms
                )
            )
    return STEPS[-1].number
