"""Names that look unused to the dead-code finder but are not."""

# Every __exit__ takes the traceback.
trace = None
# A protocol that brings its own buffer is told how large the loop would make it.
sizehint = None

__all__ = ["sizehint", "trace"]
