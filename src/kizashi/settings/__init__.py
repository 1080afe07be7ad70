"""The configuration and the declarations, read from files: which, and what is secret."""
