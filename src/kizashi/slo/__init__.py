"""Objectives, windows, the ledger, budgets and burn rates."""
