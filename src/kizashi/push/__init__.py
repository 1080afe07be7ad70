"""Where compiled documents are put: one file per kind of place."""
