"""Alerts on their way to people: fingerprints, groups, silences, payloads."""
