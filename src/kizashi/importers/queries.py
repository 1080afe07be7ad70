"""What queries of other tools count: the bad, or the good, events out of all.

A ledger counts the growth of counters. A query that adds up such growth names them,
and so do a difference of two, and a quotient; of any other nobody can tell the events.
"""

import re
from dataclasses import dataclass

from kizashi.declarations.openslo_promql import (
    CountedQuery,
    Quotient,
    UnreadQuery,
    read_query,
)
from kizashi.declarations.problems import ProblemList
from kizashi.errors import ObjectiveError, PromqlError
from kizashi.model.matchers import Selector
from kizashi.model.positions import Position
from kizashi.promql import tree as promql
from kizashi.promql.reader import parse
from kizashi.promql.tree import Tree, bare
from kizashi.promql.writer import shown
from kizashi.sli._base import CounterGrowth, EventSelector, Indicator, Side
from kizashi.sli._kinds import recognised

#: Sloth's placeholder is a template of Go.
_PLACEHOLDER = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_ANY_RANGE = "5m"


def counters(part: Selector, total: Selector, *, is_good: bool) -> CounterGrowth:
    """Return events out of all.

    Args:
        part: The series that count one side.
        total: The series that count every event.
        is_good: Whether that side is the good one.
    """
    side = Side.GOOD if is_good else Side.BAD
    return CounterGrowth(side, EventSelector(part), EventSelector(total))


@dataclass(frozen=True, slots=True)
class QueryReader:
    """Reads queries, and reports those that cannot be carried."""

    problems: ProblemList

    def bad_of(
        self, error: str, error_place: Position, total: str, total_place: Position
    ) -> CounterGrowth | None:
        """Return the events of a query for bad ones, and of one for all."""
        whole = self.growth(total, total_place)
        if whole is None:
            return None
        tree = _parsed(error)
        if tree is not None and (sides := _difference(tree)) is not None:
            left = self.growth(sides[0], error_place)
            right = self.growth(sides[1], error_place)
            if left is None or right is None:
                return None
            if set(left.matchers) != set(whole.matchers):
                self.problems.report(error_place, "import.difference")
                return None
            return counters(right, whole, is_good=True)
        part = self.growth(error, error_place)
        return None if part is None else counters(part, whole, is_good=False)

    def ratio_of(
        self, query: str, place: Position, *, is_good: bool
    ) -> CounterGrowth | None:
        """Return the events of a query for a ratio; ``1 - ratio`` turns its sides."""
        tree = _parsed(query)
        while tree is not None and (inner := _complement(tree)) is not None:
            tree, is_good = inner, not is_good
        if (
            isinstance(tree, promql.BinaryExpr)
            and tree.op == "/"
            and _difference(bare(tree.lhs)) is not None
        ):
            sides = shown(tree.lhs), shown(tree.rhs)
            found = self.bad_of(sides[0], place, sides[1], place)
            if found is None or not is_good:
                return found
            # Good events as what is left of all: the difference counts the good.
            return found.complement
        text = query if tree is None else shown(tree)
        read = read_query(text)
        if isinstance(read, UnreadQuery):
            self.problems.report(place, read.code, **read.params)
            return None
        if not isinstance(read, Quotient):
            self.problems.report(place, "import.no-quotient")
            return None
        for side in (read.part, read.total):
            if not self._is_growth(side, place):
                return None
        return counters(read.part.selector, read.total.selector, is_good=is_good)

    def growth(self, query: str, place: Position) -> Selector | None:
        """Return the counters whose growth a query adds up, None where it does not."""
        read = read_query(query)
        if isinstance(read, UnreadQuery):
            self.problems.report(place, read.code, **read.params)
            return None
        if isinstance(read, Quotient):
            self.problems.report(place, "import.quotient")
            return None
        return read.selector if self._is_growth(read, place) else None

    def _is_growth(self, read: CountedQuery, place: Position) -> bool:
        if not read.is_growth:
            self.problems.report(place, "import.no-growth", given=read.selector)
            return False
        if not read.is_sum:
            self.problems.advise(place, "import.no-sum", given=read.selector)
        return True

    def indicator(self, events: CounterGrowth, place: Position) -> Indicator | None:
        """Return the indicator that some events make."""
        try:
            return recognised(events)
        except ObjectiveError:
            self.problems.report(place, "ratio.same-as-valid", side=events.side)
            return None


def without_placeholder(query: str) -> tuple[str, bool]:
    """Return a query of Sloth with a range for its window, and whether it had one."""
    text, count = _PLACEHOLDER.subn(_ANY_RANGE, query)
    return text, count > 0


def with_window(query: str, window: str) -> str:
    """Return a query of Sloth over a window."""
    return _PLACEHOLDER.sub(window, query)


def _parsed(query: str) -> Tree | None:
    try:
        return bare(parse(query))
    except PromqlError:
        return None


def _complement(tree: Tree) -> Tree | None:
    """Return what is taken from 1, None where nothing is."""
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "-":
        return None
    one = bare(tree.lhs)
    is_one = isinstance(one, promql.NumberLiteral) and one.val == 1
    return bare(tree.rhs) if is_one else None


def _difference(tree: Tree) -> tuple[str, str] | None:
    """Return the sides of a difference, None where it is none."""
    tree = bare(tree)
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "-":
        return None
    return shown(tree.lhs), shown(tree.rhs)
