"""One client for every address that is asked: what it may do, and how it may fail."""
