"""Jobs that need no running server: on data folders, and on files for other programs."""
