"""The composition root and the loops of a server, and jobs of commands."""
