"""Regular expressions of matchers, as Prometheus 3 reads them."""

import pytest

from kizashi.errors import RegexError
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.model.regexes import compile_regex


def test_a_dot_matches_a_line_break():
    """Prometheus 2.53 says no; no page of ours has one, but stored samples may."""
    assert LabelMatcher("path", MatchOp.REGEX, "/a.b").matches_value("/a\nb")
    assert LabelMatcher("path", MatchOp.REGEX, ".+").matches_value("\n")
    assert not LabelMatcher("path", MatchOp.NOT_REGEX, "/.*").matches_value("/a\nb")


@pytest.mark.parametrize(
    "text", ["a)|(b", "a)(?:b", "a|b)|(?:c", "(?i", r"\C", r"a\\\C", "(a"]
)
def test_what_go_does_not_read_is_refused_and_told_as_it_was_written(text: str):
    """Prometheus is written in Go: it would refuse the whole file of rules."""
    with pytest.raises(RegexError) as raised:
        compile_regex(text)

    assert "?s" not in str(raised.value)


def test_a_literal_part_may_be_left_open_and_may_hold_anything():
    assert compile_regex(r"\Qa.b").fullmatch("a.b")
    assert compile_regex(r"\Q\C\E.").fullmatch("\\Cx")
    assert compile_regex(r"\\C").fullmatch("\\C")
