"""The HTTP face, one file per resource."""
