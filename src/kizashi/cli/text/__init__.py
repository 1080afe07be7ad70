"""What commands print, line by line, in the reader's language."""
