"""Names that look unused to the dead-code finder but are not."""
