"""The tables of the state database, in terms that SQLite and PostgreSQL share."""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table

METADATA = MetaData()

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
    Index("tokens_digest", "digest", unique=True),
)
