"""English: our own tables, spaCy's small model, and dateparser for the long tail."""
