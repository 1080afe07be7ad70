"""How long a server asks us to wait."""

from email.utils import formatdate

import pytest
from hypothesis import given, strategies as st

from kizashi.http.retry_after import retry_after_ms

NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", 120_000),
        (" 0 ", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        (formatdate(NOW_MS / 1000 + 90, usegmt=True), 90_000),
        (formatdate(NOW_MS / 1000 - 90, usegmt=True), 0),
        ("9" * 400, 999_999_999_000),
    ],
)
def test_patience_is_asked_for_in_seconds_or_by_a_date(
    header: str, expected: int | None
):
    assert retry_after_ms(header, NOW_MS) == expected


@given(st.text())
def test_any_other_header_asks_for_nothing_or_something(header: str):
    asked = retry_after_ms(header, NOW_MS)

    assert asked is None or asked >= 0
