"""Step 3: sessions of browsers, and who acted beside what was said of it.

Released: never edited.
"""

from sqlalchemy import BigInteger, Column, Connection, Index, MetaData, String, Table

_ADDED = (
    ("alerts", "acknowledged_remark"),
    ("silences", "made_by"),
    ("silences", "ended_by"),
)


def create_sessions(connection: Connection) -> None:
    """Create the table of sessions, and the columns for who acted."""
    sessions = Table(
        "sessions",
        MetaData(),
        Column("digest", String(64), primary_key=True),
        Column("token_id", String(32), nullable=False),
        Column("created_ms", BigInteger, nullable=False),
        Column("expires_ms", BigInteger, nullable=False),
        Column("last_used_ms", BigInteger, nullable=False),
        Index("sessions_token", "token_id", "created_ms"),
    )
    sessions.create(connection)
    for table, column in _ADDED:
        connection.exec_driver_sql(
            f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT ''"
        )
