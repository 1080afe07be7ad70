"""Names, selectors and bounds, of which the tests of each kind make indicators."""

from hypothesis import strategies as st

from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector

WORDS = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=6)


def selectors(end: str = "") -> st.SearchStrategy[Selector]:
    """Return selectors that fix their metric's name."""
    others = st.dictionaries(WORDS, VALUES, max_size=2).map(
        lambda found: [
            LabelMatcher(n, MatchOp.EQUAL, v) for n, v in sorted(found.items())
        ]
    )
    named = WORDS.map(lambda n: LabelMatcher(METRIC_NAME, MatchOp.EQUAL, f"{n}{end}"))
    return st.builds(lambda name, rest: Selector((name, *rest)), named, others)


BOUNDS = st.decimals(min_value=-1000, max_value=1000, places=3)
