"""What is logged, how much of it, and what must never be in it."""
