"""Configuration, composition root, loops, the only clock."""
