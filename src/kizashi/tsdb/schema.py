"""The tables of the sample file, as numbered steps.

Step N is `MIGRATIONS[N - 1]`; ``PRAGMA user_version`` holds the number of steps that
a file has had. A step that was released is never edited: a change is a new step at
the end. Every step runs in one transaction together with its number.
"""

from kizashi.tsdb.checking_schema import CHECKED_TABLES
from kizashi.tsdb.ledger_schema import BIRTH_REASONS, LEDGER_TABLES, SOURCE_TABLES

#: Told apart from other SQLite files by this number: "Kzsi" in ASCII.
APPLICATION_ID = 0x4B7A7369

_SAMPLES = (
    # Who was scraped, since when, and how.
    """CREATE TABLE target(
        id INTEGER PRIMARY KEY, job TEXT NOT NULL, labels TEXT NOT NULL,
        UNIQUE(job, labels))""",
    """CREATE TABLE discovery(
        id INTEGER PRIMARY KEY, target INTEGER NOT NULL, from_ms INTEGER NOT NULL,
        to_ms INTEGER)""",
    """CREATE TABLE target_config(
        id INTEGER PRIMARY KEY, target INTEGER NOT NULL, from_ms INTEGER NOT NULL,
        fingerprint TEXT NOT NULL, honor_labels INTEGER NOT NULL,
        interval_ms INTEGER NOT NULL)""",
    # Label sets. The hash stands in for the text so that its index stays small.
    "CREATE TABLE metric(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE series(
        id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, metric INTEGER NOT NULL,
        first_ms INTEGER NOT NULL, labels TEXT NOT NULL)""",
    "CREATE INDEX series_by_metric ON series(metric)",
    """CREATE TABLE layout(
        id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, series BLOB NOT NULL)""",
    # A stream is what one target said of one series: two targets that expose the
    # same series (honor_labels) must not be mixed, or each looks like a reset.
    """CREATE TABLE stream(
        id INTEGER PRIMARY KEY, target INTEGER NOT NULL, series INTEGER NOT NULL,
        UNIQUE(target, series))""",
    "CREATE INDEX stream_by_series ON stream(series)",
    # The newest scrapes, a row each. No second index: the store keeps one in memory.
    """CREATE TABLE head(
        id INTEGER PRIMARY KEY, target INTEGER NOT NULL, ts INTEGER NOT NULL,
        layout INTEGER NOT NULL, lo INTEGER, hi INTEGER, crc INTEGER NOT NULL,
        v BLOB NOT NULL, t BLOB, stale BLOB)""",
    # Sealed samples. key = block << 32 | stream, so that a block is one rowid range:
    # nothing to index, and retention is a range delete. times.key = block << 32 | n.
    """CREATE TABLE chunk_2h(
        key INTEGER PRIMARY KEY, times INTEGER NOT NULL, v BLOB NOT NULL)""",
    """CREATE TABLE times_2h(
        key INTEGER PRIMARY KEY, lo INTEGER NOT NULL, hi INTEGER NOT NULL,
        t BLOB NOT NULL)""",
    """CREATE TABLE chunk_1d(
        key INTEGER PRIMARY KEY, times INTEGER NOT NULL, v BLOB NOT NULL)""",
    """CREATE TABLE times_1d(
        key INTEGER PRIMARY KEY, lo INTEGER NOT NULL, hi INTEGER NOT NULL,
        t BLOB NOT NULL)""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _SAMPLES,
    LEDGER_TABLES,
    SOURCE_TABLES,
    BIRTH_REASONS,
    CHECKED_TABLES,
)

#: Small tables that give everything else its meaning, and the newest samples: they are
#: compared with their indexes and constraints whenever a file is opened.
CHECKED_AT_OPENING = (
    "target",
    "discovery",
    "target_config",
    "metric",
    "series",
    "layout",
    "stream",
    "head",
    "ledger_generation",
    "ledger_version",
    "ledger_source",
    "ledger_late",
    "ledger_birth",
    "damage",
)
