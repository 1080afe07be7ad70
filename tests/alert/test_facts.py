"""Facts are values inside, and the text that they always were in rows and answers."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from kizashi.alert.facts import facts_of, texts_of

#: A row as it has been written since alerts are stored.
STORED = {
    "target": "0.9995",
    "window": "30d",
    "factor": "14.4",
    "long": "1h",
    "short": "5m",
    "bad": "120",
    "valid": "4000.5",
    "coverage": "1.0",
    "state": "live",
    "long_burn": "30.000000000000004",
    "budget_left": "-0.25",
    "budget_minutes": "12.5",
    "time_to_empty_s": "0.0",
    "sli": "0.97",
    "down": "2",
    "targets": "3",
    "rows": "7",
    "error": "scrape.status",
    "error.status": "503",
}


def test_a_row_written_before_is_read_as_values_and_written_as_it_was():
    facts = facts_of(STORED)

    assert facts["target"] == Decimal("0.9995")
    assert facts["long_burn"] == 30.000000000000004
    assert (facts["bad"], facts["valid"], facts["rows"]) == (120, 4000.5, 7)
    assert facts["error.status"] == "503"
    assert texts_of(facts) == STORED


@pytest.mark.parametrize("text", ["", "many", "nan", "-Infinity"])
def test_what_is_no_number_stays_text(text: str):
    for name in ("bad", "coverage", "rows", "factor"):
        assert texts_of(facts_of({name: text})) == {name: text}


@given(
    st.integers(0, 10**20), st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(0, 1, allow_nan=False),
)  # fmt: skip
def test_a_fact_comes_back_as_it_went(count: int, number: float, target: Decimal):
    facts = {"down": count, "sli": number, "target": target, "long": "1h"}

    assert facts_of(texts_of(facts)) == facts
