"""Measurements: `python -m bench.NAME`; each prints what it measured."""
