"""PromQL texts to trees: the one door for every expression that is brought.

Words are counted before anything else looks at them, so that no text takes more time or
depth than its limits allow.
"""

from kizashi.promql.parser import Parser
from kizashi.promql.scanner import words_of
from kizashi.promql.tree import Tree


def parse(text: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        PromqlError: If it is not PromQL, or larger than what is read; says why, and at
            which line and column.
    """
    return Parser(text, words_of(text), is_checked=True).parse()
