"""The ledger's tables, one numbered step of the samples' file."""

LEDGER_TABLES = (
    """CREATE TABLE ledger_generation(
        id INTEGER PRIMARY KEY,
        service TEXT NOT NULL,
        objective TEXT NOT NULL,
        number INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        slice_ms INTEGER NOT NULL,
        opened_ms INTEGER NOT NULL,
        sealed_block INTEGER,
        UNIQUE(service, objective, number))""",
    """CREATE TABLE ledger_version(
        id INTEGER PRIMARY KEY,
        service TEXT NOT NULL,
        objective TEXT NOT NULL,
        from_ms INTEGER NOT NULL,
        to_ms INTEGER,
        generation INTEGER NOT NULL REFERENCES ledger_generation(id),
        spec TEXT NOT NULL)""",
    "CREATE INDEX ledger_version_key ON ledger_version(service, objective, from_ms)",
    # A rowid table: rows without one are slow with blobs of this size.
    """CREATE TABLE ledger(
        generation INTEGER NOT NULL,
        block INTEGER NOT NULL,
        bad REAL NOT NULL,
        valid REAL NOT NULL,
        seen INTEGER NOT NULL,
        v BLOB NOT NULL)""",
    """CREATE UNIQUE INDEX ledger_totals
        ON ledger(generation, block, bad, valid, seen)""",
    """CREATE TABLE ledger_late(
        id INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL,
        slice INTEGER NOT NULL,
        bad REAL NOT NULL,
        valid REAL NOT NULL)""",
    "CREATE INDEX ledger_late_slice ON ledger_late(generation, slice)",
    """CREATE TABLE ledger_birth(
        id INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL,
        slice INTEGER NOT NULL,
        series TEXT NOT NULL,
        amount REAL NOT NULL)""",
    "CREATE INDEX ledger_birth_slice ON ledger_birth(generation, slice)",
)

#: Where slices came from that were not counted from our own scrapes.
SOURCE_TABLES = (
    """CREATE TABLE ledger_source(
        id INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL,
        kind TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL)""",
    "CREATE INDEX ledger_source_generation ON ledger_source(generation)",
)

#: Why each birth was inferred; of those before nobody remembers.
BIRTH_REASONS = ("ALTER TABLE ledger_birth ADD COLUMN reason TEXT NOT NULL DEFAULT ''",)
