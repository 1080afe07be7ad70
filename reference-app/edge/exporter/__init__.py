"""Counts what the front door's access log says, each line once, whatever happens."""
