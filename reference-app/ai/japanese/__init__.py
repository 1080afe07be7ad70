"""Japanese: our own tables over Sudachi's tokens."""
