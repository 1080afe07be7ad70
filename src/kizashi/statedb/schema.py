"""The tables of the state database, in terms that SQLite and PostgreSQL share."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

#: Numbers that the database gives; SQLite counts only in a column of type INTEGER.
COUNTED = BigInteger().with_variant(Integer, "sqlite")

#: The checksum of a row; see `kizashi.statedb.checksums`.
CHECKSUM = "crc"

#: Which migrations ran, and when (Unix milliseconds).
MIGRATIONS = Table(
    "kizashi_migrations",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("applied_ms", BigInteger, nullable=False),
)

#: Access tokens; `digest` is the hexadecimal SHA-256, the token itself is nowhere.
TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=True),
    Column("last_used_ms", BigInteger, nullable=True),
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("tokens_digest", "digest", unique=True),
)

#: Sessions of browsers; `digest` is the hexadecimal SHA-256 of their secret.
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("token_id", String(32), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("last_used_ms", BigInteger, nullable=False),
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("sessions_token", "token_id", "created_ms"),
)

#: Every alert that ever was, one row each. `state` is JSON; `ended` is the state in
#: which it resolved last, until it fires again: somebody may yet have to be told.
ALERTS = Table(
    "alerts",
    METADATA,
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
    Column("acknowledged_remark", Text, nullable=False, server_default=""),
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("alerts_phase", "phase"),
)

#: Every change of phase of every alert.
ALERT_EVENTS = Table(
    "alert_events",
    METADATA,
    Column("number", COUNTED, primary_key=True, autoincrement=True),
    Column("alert_id", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("before", String(10), nullable=False),
    Column("after", String(10), nullable=False),
    Column("episode", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("alert_events_alert", "alert_id", "at_ms"),
    Index("alert_events_at", "at_ms"),
)

#: Groups that are awake; `id` is the SHA-256 of receiver and group key, `told` (JSON)
#: what each integration was told.
ALERT_GROUPS = Table(
    "alert_groups",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("born_ms", BigInteger, nullable=False),
    Column("next_flush_ms", BigInteger, nullable=False),
    Column("has_flushed", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("told", Text, nullable=False),
    Column("muted", Text, nullable=False),
    Column(CHECKSUM, BigInteger, nullable=True),
)

#: The outbox; `id` is the idempotency key. Lists are JSON.
NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("number", COUNTED, primary_key=True, autoincrement=True),
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
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("notifications_id", "id", unique=True),
    Index("notifications_state", "state", "number"),
)

#: Which alerts a notification speaks of.
NOTIFICATION_ALERTS = Table(
    "notification_alerts",
    METADATA,
    Column("notification_id", String(64), primary_key=True),
    Column("alert_id", String(16), primary_key=True),
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("notification_alerts_alert", "alert_id", "notification_id"),
)

#: Attempts to deliver.
ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("number", COUNTED, primary_key=True, autoincrement=True),
    Column("notification_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("outcome", String(100), nullable=False),
    Column("answer", Text, nullable=False),
    Column(CHECKSUM, BigInteger, nullable=True),
    Index("attempts_notification", "notification_id", "number"),
)

#: Silences; `matchers` is JSON.
SILENCES = Table(
    "silences",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("matchers", Text, nullable=False),
    Column("starts_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger, nullable=True),
    Column("made_by", Text, nullable=False, server_default=""),
    Column("ended_by", Text, nullable=False, server_default=""),
    Column(CHECKSUM, BigInteger, nullable=True),
)

#: Rows that failed their checksum, as they were found; `content` is JSON.
DAMAGED_ROWS = Table(
    "damaged_rows",
    METADATA,
    Column("number", COUNTED, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("found_ms", BigInteger, nullable=False),
)
