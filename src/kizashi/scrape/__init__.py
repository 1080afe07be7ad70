"""Targets: discovery, fetching, labelling."""
