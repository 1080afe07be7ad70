"""Step 4: a checksum for every row, and a place for rows that fail theirs.

Rows that were written before have none: they get one here, as they are.

Released: never edited.
"""

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text

from kizashi.statedb.checksums import protect

_COUNTED = BigInteger().with_variant(Integer, "sqlite")

_COLUMNS = {
    "tokens": "id name role digest created_ms expires_ms last_used_ms",
    "sessions": "digest token_id created_ms expires_ms last_used_ms",
    "alerts": "id phase labels state ended facts runbook acknowledged_by"
    " acknowledged_ms changed_ms acknowledged_remark",
    "alert_events": "number alert_id at_ms before after episode why",
    "alert_groups": "id receiver labels born_ms next_flush_ms has_flushed sequence"
    " told muted",
    "notifications": "number id receiver kind place group_key alert_ids new_ids payload"
    " created_ms state next_attempt_ms tries refused_since_ms muted_by",
    "notification_alerts": "notification_id alert_id",
    "attempts": "number notification_id at_ms outcome answer",
    "silences": "id matchers starts_ms ends_ms owner reason created_ms deleted_ms"
    " made_by ended_by",
}


def add_checksums(connection: Connection) -> None:
    """Add a checksum to every table."""
    for table, columns in _COLUMNS.items():
        protect(connection, table, columns.split())
    damaged = Table(
        "damaged_rows",
        MetaData(),
        Column("number", _COUNTED, primary_key=True, autoincrement=True),
        Column("name", Text, nullable=False),
        Column("content", Text, nullable=False),
        Column("found_ms", BigInteger, nullable=False),
    )
    damaged.create(connection)
