"""The two-language catalogue. The core knows message ids only."""
