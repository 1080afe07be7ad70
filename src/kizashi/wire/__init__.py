"""Bytes to model: exposition formats."""
