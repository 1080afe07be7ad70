"""Protocols only: what the inside asks of the outside."""
