"""The YAML we write is what every reader takes it for."""

from decimal import Decimal

import pytest
import yaml
from hypothesis import given, strategies as st

from kizashi.compiler.yaml_text import Commented, write_document

TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"),
    max_size=30,
) | st.sampled_from(
    [
        "yes",
        "No",
        "~",
        "null",
        "1:30",
        "1e3",
        "0x1f",
        "- a",
        "a: b",
        "a #b",
        "",
        " a",
        "2026-11-27",
        "5m",
        "'",
        '"',
        "a\nb",
        "a\n\nb\n\n    ",
        "\na",
        "a \nb",
        "<<",
        "=",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "a:",
        "?",
        "\u2028",
        "\x85",
        "[",
        "{",
        "0.5",
        "+1",
    ]
)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
def test_what_is_written_reads_back_as_itself(document: dict[str, object]):
    text = write_document(document)

    assert yaml.load(text, Loader=yaml.CSafeLoader) == document
    assert text.endswith("\n")
    assert "\n---" not in text


def test_decimals_have_no_noise():
    text = write_document({"a": Decimal("0.9990"), "b": Decimal("1E+2")})

    assert text == "a: 0.999\nb: 100\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("http_requests_total", "http_requests_total"),
        ("5m", "5m"),
        ("yes", "'yes'"),
        ('up{job="a"} == 0', "'up{job=\"a\"} == 0'"),
        ("it's: so", "'it''s: so'"),
        ("sum(\n  a\n)", "|-\n  sum(\n    a\n  )"),
        ("\N{DELETE}", '"\\u007f"'),
    ],
)
def test_a_text_is_as_readable_as_it_can_be(value: str, written: str):
    assert write_document({"a": value}) == f"a: {written}\n"


def test_a_comment_stands_in_front():
    text = write_document(
        {"a": [{"b": "c", "d": []}, "e", ["f"]]}, ["One.", "", "Two."]
    )

    assert text == ("# One.\n#\n# Two.\na:\n  - b: c\n    d: []\n  - e\n  -\n    - f\n")


def test_a_comment_stands_above_its_item():
    items = [Commented({"name": "a"}, ["why", ""]), Commented({"name": "b"}, ())]

    assert write_document({"items": items}) == (
        "items:\n  # why\n  #\n  - name: a\n  - name: b\n"
    )
