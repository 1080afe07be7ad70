"""Step 2: alerts, their groups, their notifications, and silences.

Released: never edited.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

_COUNTED = BigInteger().with_variant(Integer, "sqlite")


def create_alerts(connection: Connection) -> None:
    """Create the tables of alerts."""
    metadata = MetaData()
    _alerts(metadata)
    _outbox(metadata)
    metadata.create_all(connection)


def _alerts(metadata: MetaData) -> None:
    Table(
        "alerts",
        metadata,
        Column("id", String(16), primary_key=True),
        Column("phase", String(10), nullable=False),
        Column("labels", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("ended", Text, nullable=True),
        Column("facts", Text, nullable=False),
        Column("runbook", Text, nullable=False),
        Column("acknowledged_by", Text, nullable=False),
        Column("acknowledged_ms", BigInteger, nullable=True),
        Column("changed_ms", BigInteger, nullable=False),
        Index("alerts_phase", "phase"),
    )
    Table(
        "alert_events",
        metadata,
        Column("number", _COUNTED, primary_key=True, autoincrement=True),
        Column("alert_id", String(16), nullable=False),
        Column("at_ms", BigInteger, nullable=False),
        Column("before", String(10), nullable=False),
        Column("after", String(10), nullable=False),
        Column("episode", BigInteger, nullable=False),
        Column("why", Text, nullable=False),
        Index("alert_events_alert", "alert_id", "at_ms"),
        Index("alert_events_at", "at_ms"),
    )
    Table(
        "silences",
        metadata,
        Column("id", String(64), primary_key=True),
        Column("matchers", Text, nullable=False),
        Column("starts_ms", BigInteger, nullable=False),
        Column("ends_ms", BigInteger, nullable=False),
        Column("owner", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("created_ms", BigInteger, nullable=False),
        Column("deleted_ms", BigInteger, nullable=True),
    )


def _outbox(metadata: MetaData) -> None:
    Table(
        "alert_groups",
        metadata,
        Column("id", String(64), primary_key=True),
        Column("receiver", Text, nullable=False),
        Column("labels", Text, nullable=False),
        Column("born_ms", BigInteger, nullable=False),
        Column("next_flush_ms", BigInteger, nullable=False),
        Column("has_flushed", Boolean, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("told", Text, nullable=False),
        Column("muted", Text, nullable=False),
    )
    Table(
        "notifications",
        metadata,
        Column("number", _COUNTED, primary_key=True, autoincrement=True),
        Column("id", String(64), nullable=False),
        Column("receiver", Text, nullable=False),
        Column("kind", String(20), nullable=False),
        Column("place", Integer, nullable=False),
        Column("group_key", Text, nullable=False),
        Column("alert_ids", Text, nullable=False),
        Column("new_ids", Text, nullable=False),
        Column("payload", Text, nullable=False),
        Column("created_ms", BigInteger, nullable=False),
        Column("state", String(10), nullable=False),
        Column("next_attempt_ms", BigInteger, nullable=True),
        Column("tries", Integer, nullable=False),
        Column("refused_since_ms", BigInteger, nullable=True),
        Column("muted_by", Text, nullable=False),
        Index("notifications_id", "id", unique=True),
        Index("notifications_state", "state", "number"),
    )
    Table(
        "notification_alerts",
        metadata,
        Column("notification_id", String(64), primary_key=True),
        Column("alert_id", String(16), primary_key=True),
        Index("notification_alerts_alert", "alert_id", "notification_id"),
    )
    Table(
        "attempts",
        metadata,
        Column("number", _COUNTED, primary_key=True, autoincrement=True),
        Column("notification_id", String(64), nullable=False),
        Column("at_ms", BigInteger, nullable=False),
        Column("outcome", String(100), nullable=False),
        Column("answer", Text, nullable=False),
        Index("attempts_notification", "notification_id", "number"),
    )
