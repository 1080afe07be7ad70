"""The embedded sample and ledger store, in SQLite."""
