"""Kizashi: SLO-driven observability and incident response."""

__version__ = "0.1.0"
