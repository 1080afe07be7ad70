"""Regular expressions of matchers, as Prometheus 3 reads them."""

from kizashi.model.matchers import Matcher, MatchOp


def test_a_dot_matches_a_line_break():
    """Prometheus 2.53 says no; no page of ours has one, but stored samples may."""
    assert Matcher("path", MatchOp.REGEX, "/a.b").matches_value("/a\nb")
    assert Matcher("path", MatchOp.REGEX, ".+").matches_value("\n")
    assert not Matcher("path", MatchOp.NOT_REGEX, "/.*").matches_value("/a\nb")
