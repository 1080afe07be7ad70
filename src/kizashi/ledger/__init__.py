"""The ledger: events counted from samples into slices, and kept."""
