"""A fault in a text is told where it stands in the file, however YAML writes the text."""

import pytest
import yaml
from hypothesis import given, strategies as st

from kizashi.declarations.problems import ProblemList
from kizashi.declarations.yaml_document import YamlMap, YamlScalar, parse_documents
from kizashi.errors import PromqlError
from kizashi.lint.sources import read
from kizashi.promql.reader import parse


def scalar_of(text: str) -> YamlScalar:
    problems = ProblemList()
    (document,) = parse_documents(text, "f", problems, is_foreign=True)
    assert not len(problems)
    assert isinstance(document, YamlMap)
    value = document.entries[-1].value
    assert isinstance(value, YamlScalar)
    return value


@pytest.mark.parametrize(
    ("text", "line", "col"),
    [
        ("expr: a b", 1, 9),
        ("expr:   'a b'", 1, 12),
        ('expr: "a b"', 1, 10),
        ("expr: 'x{y=''z''} b'", 1, 19),
        ('expr: "x{y=\\"\\u00e9\\"} b"', 1, 24),
        ('expr: "ab\\t\\x20b"', 1, 16),
        ("expr: |\n  a\n  b", 3, 3),
        ("expr: |2-  # said\n\n    a +\n      c b\n", 4, 9),
        ("expr: >-\n  a +\n  c\n  b\n", 4, 3),
        ("expr: >\n  a +\n\n  c b\n", 4, 5),
        ("expr: a +\n  c\n  b", 3, 3),
        ("expr: 'a +\n\n  c\n  b'", 4, 3),
        ('expr: "a + \\\n  \\ c\n  b"', 3, 3),
        ("é: '日本'\r\nexpr: |\r\n  a{c='日'}\r\n  b\r\n", 4, 3),
        ("\ufeffexpr: a b", 1, 9),
        ("expr: &x a b", 1, 12),
        ("expr: !!str |\n  a b", 2, 5),
    ],
)
def test_the_word_that_is_wrong_is_found_in_every_style(text: str, line: int, col: int):
    scalar = scalar_of(text)
    with pytest.raises(PromqlError) as caught:
        parse(scalar.text)

    place = scalar.place_of(caught.value.params)

    assert caught.value.code == "promql.expected.operator"
    assert (place.line, place.col) == (line, col)
    source = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    assert source[line - 1][col - 1] == "b"


def test_the_end_of_an_expression_is_behind_its_last_character():
    scalar = scalar_of("expr: |\n  a\n    +\n\nnext: 'a +'\n")
    whole = scalar_of("expr: |\n  a\n    +\n\n")

    for given_scalar, wanted in ((scalar, (5, 11)), (whole, (3, 6))):
        with pytest.raises(PromqlError) as caught:
            parse(given_scalar.text)
        place = given_scalar.place_of(caught.value.params)
        assert (place.line, place.col) == wanted


WORDS = st.lists(
    st.sampled_from(
        ["a", "bc", '"d\'e"', "é", "日本", "#", ":", "\n", " ", "\\n", "'"]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@given(WORDS, st.sampled_from([None, "'", '"', "|", ">"]), st.integers(10, 60))
def test_every_character_is_found_again(value: str, style: str | None, width: int):
    text = yaml.safe_dump(
        {"k": f"x{value}"}, default_style=style, width=width, allow_unicode=True
    )
    scalar = scalar_of(text)
    source = text.split("\n")
    for number, line in enumerate(scalar.text.split("\n"), 1):
        for col, character in enumerate(line, 1):
            if character.isspace():
                continue
            place = scalar.place_of({"line": number, "col": col})
            found = source[place.line - 1][place.col - 1 :]
            is_escaped = scalar.written is not None and scalar.written.style == '"'
            assert found.startswith(character) or (is_escaped and found[0] == "\\")


def test_a_rule_file_names_the_line_within_a_block():
    text = """\
groups:
  - name: g
    rules:
      - record: a:b
        expr: |
          sum by (job) (
            rate(http_requests_total[5m]))
          / sum by job (x)
"""
    (finding,) = read(text, "rules.yaml", ProblemList()).findings

    assert str(finding.position) == "rules.yaml:8:20"
    assert finding.params["why_code"] == "promql.expected.labels"
