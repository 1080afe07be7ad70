"""Bounded traffic for the to-do API, counted so exactly that a ledger can be checked."""
