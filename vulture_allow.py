"""Names that look unused to the dead-code finder but are not."""

# Every __exit__ takes the traceback.
trace = None

__all__ = ["trace"]
