"""What makes damage show, one numbered step of the samples' file.

Rows with blobs have checksums of their own. Small tables, which give everything else
its meaning, have every column in an index as well: SQLite compares the two when a file
is opened, and a writer of rows need not know. A block's totals, which answer without
the block, have a mark that adds up as they do.
"""

#: Added up over blocks it is the same of their sums: one look checks a whole window.
MARK = "bad + 3 * valid + 7 * seen + 11 * block + 13 * generation"

CHECKED_TABLES = (
    """CREATE TABLE damage(
        id INTEGER PRIMARY KEY, tbl TEXT NOT NULL, row INTEGER NOT NULL,
        first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, target INTEGER,
        series INTEGER, generation INTEGER, mended INTEGER NOT NULL,
        UNIQUE(tbl, row, first_ms))""",
    f"ALTER TABLE ledger ADD COLUMN mark REAL AS ({MARK}) VIRTUAL",
    "DROP INDEX ledger_totals",
    """CREATE UNIQUE INDEX ledger_totals
        ON ledger(generation, block, bad, valid, seen, mark)""",
    # Half a million rows that change: a number that the check of constraints looks at
    # costs less than an index.
    """ALTER TABLE series ADD COLUMN first_mark INTEGER
        CHECK (first_mark IS NULL OR first_mark = ~first_ms - id)""",
    "UPDATE series SET first_mark = ~first_ms - id",
    "CREATE INDEX discovery_whole ON discovery(target, from_ms, to_ms)",
    """CREATE INDEX target_config_whole ON target_config(
        target, from_ms, fingerprint, honor_labels, interval_ms)""",
    """CREATE INDEX ledger_generation_whole ON ledger_generation(
        fingerprint, slice_ms, opened_ms, sealed_block)""",
    "CREATE INDEX ledger_version_whole ON ledger_version(generation, to_ms, spec)",
    "DROP INDEX ledger_source_generation",
    """CREATE INDEX ledger_source_whole
        ON ledger_source(generation, kind, first, last)""",
    "DROP INDEX ledger_late_slice",
    "CREATE INDEX ledger_late_whole ON ledger_late(generation, slice, bad, valid)",
    "DROP INDEX ledger_birth_slice",
    """CREATE INDEX ledger_birth_whole
        ON ledger_birth(generation, slice, series, amount, reason)""",
)
