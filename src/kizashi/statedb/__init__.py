"""State that is not samples: tokens."""
