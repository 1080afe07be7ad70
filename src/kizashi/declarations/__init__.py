"""Text to checked objects, with positions and problems."""
