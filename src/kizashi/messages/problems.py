"""What can be wrong with a declaration or a configuration, and what to do."""

TEXTS: dict[str, tuple[str, str]] = {}
