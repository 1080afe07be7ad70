"""Durations that are no durations, however long."""

import pytest

from kizashi.errors import DurationError
from kizashi.model.durations import parse_duration


def test_a_duration_of_thousands_of_digits_is_none():
    with pytest.raises(DurationError, match="is not a duration"):
        parse_duration("9" * 5_000 + "s")
