"""One file per indicator kind."""
