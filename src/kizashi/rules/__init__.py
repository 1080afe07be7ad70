"""The alert state machine, and the names of recorded series."""
