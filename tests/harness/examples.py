"""How many examples a property gets where each of them costs much."""

from hypothesis import settings

#: What the ordinary profile has, in tests/conftest.py.
ORDINARY = 50


def examples(ordinarily: int) -> int:
    """Return so many in an ordinary run, and by night whatever the profile says."""
    by_night = settings().max_examples
    return by_night if by_night > ORDINARY else ordinarily
