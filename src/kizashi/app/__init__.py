"""Use cases: state in, decision out."""
